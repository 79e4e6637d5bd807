"""Spot checks of answers: Atlas and model, two windows, REF and ALT exchanged.

Each compares answers for one sample of variants (`sample_of`, `sample_to_exchange`).
"""

import hashlib
import logging

import numpy as np
import pandas as pd

from endobench.core.columns import ANSWERS, EXCHANGED, ROUTES, WINDOWS
from endobench.design.protocol import is_study
from endobench.design.routes import ATLAS, MODEL_ITSELF
from endobench.genome.fasta import open_genome
from endobench.genome.reference import centred_windows
from endobench.genome.variants import make_variant_ids

log = logging.getLogger(__name__)

_MOST_EXCHANGED = 50


def sample_of(shards, n_variants, routes=(ATLAS,)):
    """Choose variants that a route has answered; the choice is reproducible.

    Parameters
    ----------
    shards : dict of str to shard.Shard
    n_variants : int
    routes : iterable of str
        Routes, at least one of which has answered; by default the Atlas.

    Returns
    -------
    dict of str to list of str
        Variant ids by shard.
    """
    answered = {
        name: shard.rows.loc[
            np.any([shard.is_answered(route) for route in routes], axis=0), "variant_id"
        ]
        for name, shard in shards.items()
    }
    return _sample(answered, n_variants)


def sample_to_exchange(shards, n_variants):
    """Choose substitutions that the model answers or will answer; reproducible.

    No table and not the Atlas answers for a variant whose REF is not that of the genome,
    and the study's reference sequence is always that of the genome.

    Parameters
    ----------
    shards : dict of str to shard.Shard
    n_variants : int
        At most 50 are chosen.

    Returns
    -------
    dict of str to list of str
        Variant ids by shard.
    """
    asked = {}
    for name, shard in shards.items():
        if any(map(is_study, shard.request.scorers)):
            continue
        rows = shard.rows.iloc[shard.positions(MODEL_ITSELF)]
        is_one = (rows["ref"].str.len() == 1) & (rows["alt"].str.len() == 1)
        asked[name] = rows.loc[is_one, "variant_id"]
    return _sample(asked, min(n_variants, _MOST_EXCHANGED))


def _sample(variant_ids, number):
    """Choose a number of variant ids, given by shard, by their digests."""
    ordered = sorted(
        (hashlib.sha256(variant_id.encode()).digest(), name, variant_id)
        for name, ids in variant_ids.items()
        for variant_id in ids
    )
    chosen = {}
    for _, name, variant_id in ordered[:number]:
        chosen.setdefault(name, []).append(variant_id)
    return chosen


def compare_routes(shard):
    """Compare the Atlas' answers with the model's, over all tracks.

    Parameters
    ----------
    shard : shard.Shard
        Only variants with answers from both are compared.

    Returns
    -------
    pandas.DataFrame
        In the columns of `columns.ROUTES`. Answers of scorers by gene are compared gene
        by gene; a gene that only one of them has is a row without the other's value.
    """
    rows = []
    both = np.flatnonzero(shard.is_answered(ATLAS) & shard.is_answered(MODEL_ITSELF))
    for position in both:
        for scorer in shard.request.scorers:
            answers = [
                shard.answer(route, scorer, position) for route in (ATLAS, MODEL_ITSELF)
            ]
            rows += [
                {
                    "variant_id": shard.rows["variant_id"].iloc[position],
                    "feature_id": gene,
                    "scorer": scorer,
                    "model": shard.model_of(scorer),
                    **_compared(atlas, model),
                }
                for gene, atlas, model in _by_gene(*answers)
            ]
    _log_unshared(rows, "atlas_raw", "model_raw", "the Atlas", "the model")
    return pd.DataFrame(rows, columns=ROUTES.names)


def _compared(atlas, model):
    """Return the columns of `columns.ROUTES` that compare the values of all tracks."""
    if atlas is None or model is None:
        return {
            "n_tracks": 0,
            "atlas_raw": _mean(atlas),
            "model_raw": _mean(model),
        }
    is_known = np.isfinite(atlas) & np.isfinite(model)
    atlas, model = (values[is_known].astype(float) for values in (atlas, model))
    if not len(atlas):
        return {"n_tracks": 0}
    difference = np.abs(atlas - model)
    is_flat = atlas.std() == 0 or model.std() == 0
    return {
        "n_tracks": len(atlas),
        "atlas_raw": atlas.mean(),
        "model_raw": model.mean(),
        "mean_abs_difference": difference.mean(),
        "max_abs_difference": difference.max(),
        "pearson": np.nan if is_flat else np.corrcoef(atlas, model)[0, 1],
    }


def _by_gene(one, other):
    """Yield genes with their raw scores in two answers, None where one lacks a gene.

    Without genes, the scores of the variant are the only ones, and its gene is None.
    """
    if one.feature_ids is None or other.feature_ids is None:
        yield None, one.raw, other.raw
        return
    ones, others = (
        dict(zip(each.feature_ids.tolist(), each.raw, strict=True))
        for each in (one, other)
    )
    for gene in sorted(ones.keys() | others.keys()):
        yield gene, ones.get(gene), others.get(gene)


def _mean(values):
    """Return the mean of the known values; NaN if there are none."""
    known = np.empty(0) if values is None else values[np.isfinite(values)]
    return float(known.mean()) if len(known) else np.nan


def _log_unshared(rows, one, other, one_name, other_name):
    """Log how many genes have a score in one of two answers alone."""
    known = [
        (np.isfinite(row.get(one, np.nan)), np.isfinite(row.get(other, np.nan)))
        for row in rows
        if row["feature_id"] is not None
    ]
    n_both, n_one, n_other = (
        known.count(each) for each in ((True, True), (True, False), (False, True))
    )
    if n_one or n_other:
        log.info(
            "%d scores of genes from both; %d from %s alone, %d from %s alone",
            *(n_both, n_one, one_name, n_other, other_name),
        )


def log_differences(table):
    """Log how much the Atlas and the model differ, in one line."""
    table = table.dropna(subset="mean_abs_difference")
    if table.empty:
        log.warning("no variant has answers from both the Atlas and the model")
        return
    log.info(
        "%d scores from both: mean difference %.4g, largest %.4g, median r %.4f",
        len(table),
        table["mean_abs_difference"].mean(),
        table["max_abs_difference"].max(),
        table["pearson"].median(),
    )


def at_window(rows, window_bp, genome_path):
    """Place variants in another window.

    Parameters
    ----------
    rows : pandas.DataFrame
        In the columns of `columns.SHARDS`, of one chromosome.
    window_bp : int
    genome_path : path-like
        Indexed FASTA.

    Returns
    -------
    pandas.DataFrame
        The rows with their new window, if it fits into the chromosome.
    """
    if rows.empty:
        return rows
    genome = open_genome(genome_path)
    length_bp = genome.get_reference_length(str(rows["chrom"].iloc[0]))
    start, shift = centred_windows(
        rows["pos"].to_numpy(), rows["ref"].str.len().to_numpy(), window_bp, length_bp
    )
    moved = rows.assign(
        window_start=start, window_end=start + window_bp, shift_bp=shift
    )
    return moved[moved["window_end"] <= length_bp]


def compare_windows(here, there):
    """Pair the answers at two windows.

    Parameters
    ----------
    here, there : shard.Shard
        The same scorers at two windows.

    Returns
    -------
    pandas.DataFrame
        In the columns of `columns.WINDOWS`: means over all tracks. Windows hold different
        genes, which are compared as in `compare_routes`.
    """
    positions = {id_: place for place, id_ in enumerate(here.rows["variant_id"])}
    places = [positions[each] for each in there.rows["variant_id"]]
    rows = _rows_of_both(here, there, places, "other_raw")
    rows = [row | {"other_window_bp": there.request.window_bp} for row in rows]
    names = (f"{shard.request.window_bp} bp" for shard in (here, there))
    _log_unshared(rows, "raw", "other_raw", *names)
    return pd.DataFrame(rows, columns=WINDOWS.names)


def exchange_alleles(rows):
    """Exchange REF and ALT of substitutions.

    The model puts REF of a variant into the genome's sequence where it differs, as
    AlphaGenome's open code does, and thus reads the same two sequences as before.

    Parameters
    ----------
    rows : pandas.DataFrame
        In the columns of `columns.SHARDS`.

    Returns
    -------
    pandas.DataFrame
        In the same order, with the ids of the exchanged variants.
    """
    exchanged = rows.assign(ref=rows["alt"], alt=rows["ref"])
    return exchanged.assign(variant_id=make_variant_ids(exchanged))


def n_to_exchange(shard, variant_ids):
    """Return how many of a sample have no known answer with REF and ALT exchanged."""
    if not variant_ids:
        return 0
    rows = exchange_alleles(shard.only(variant_ids, MODEL_ITSELF).rows)
    return shard.at(rows, shard.request.window_bp).n_missing(MODEL_ITSELF)


def compare_alleles(here, there):
    """Pair the answers for variants and for the same with REF and ALT exchanged.

    Parameters
    ----------
    here, there : shard.Shard
        `there` holds the rows of `exchange_alleles` of those of `here`.

    Returns
    -------
    pandas.DataFrame
        In the columns of `columns.EXCHANGED`: means over all tracks.
    """
    places = range(len(here.rows))
    rows = _rows_of_both(here, there, places, "exchanged_raw", only_shared=True)
    return pd.DataFrame(rows, columns=EXCHANGED.names)


def answers_again(here, there):
    """Return the answers to exchanged variants as a second answer to the variants.

    A score that is ALT minus REF has the opposite sign. The second request is another one,
    at another time, so that answers that were mixed up differ from it.

    Parameters
    ----------
    here, there : shard.Shard
        See `compare_alleles`.

    Returns
    -------
    pandas.DataFrame
        In the columns of `columns.ANSWERS`, with raw scores only. Scorers by gene have
        none.
    """
    rows = []
    for position, variant_id in enumerate(here.rows["variant_id"]):
        for scorer in here.request.scorers:
            answer = _answer(there, scorer, position)
            if answer is None or answer.feature_ids is not None:
                continue
            row = {
                "variant_id": variant_id,
                "model": here.model_of(scorer),
                "route": MODEL_ITSELF,
                "scorer": scorer,
                "window_bp": here.request.window_bp,
                "raw": -np.asarray(answer.raw),
            }
            rows.append(row)
    return pd.DataFrame(rows, columns=ANSWERS.names)


def sample_at_windows(shards, n_variants, other_bp, genome_path, ask):
    """Predict a sample at another window, and compare both.

    Parameters
    ----------
    shards : dict of str to shard.Shard
    n_variants, other_bp : int
    genome_path : path-like
        Indexed FASTA.
    ask : callable
        Requests what a shard lacks; takes the shard and ``label``.

    Returns
    -------
    pandas.DataFrame
        In the columns of `columns.WINDOWS`.
    """
    found = [pd.DataFrame(columns=WINDOWS.names)]
    for chrom, ids in sample_of(shards, n_variants, (ATLAS, MODEL_ITSELF)).items():
        here = shards[chrom].only(ids, shards[chrom].request.policy)
        rows = at_window(here.rows, other_bp, genome_path)
        with here, here.at(rows, other_bp) as there:
            ask(there, label=f"{chrom} at {other_bp} bp")
            found.append(compare_windows(here, there))
    return pd.concat(found[1:] or found)


def sample_of_alleles(shards, n_variants, ask):
    """Predict a sample with REF and ALT exchanged, and compare both.

    Parameters
    ----------
    shards, n_variants, ask
        See `sample_at_windows`.

    Returns
    -------
    exchanged : pandas.DataFrame
        In the columns of `columns.EXCHANGED`.
    again : pandas.DataFrame
        The same answers with all their tracks, as those of the variants themselves, in
        the columns of `columns.ANSWERS`; see `answers_again`.
    """
    found = [pd.DataFrame(columns=EXCHANGED.names)]
    again = [pd.DataFrame(columns=ANSWERS.names)]
    for chrom, ids in sample_to_exchange(shards, n_variants).items():
        here = shards[chrom].only(ids, MODEL_ITSELF)
        rows = exchange_alleles(here.rows)
        with here, here.at(rows, here.request.window_bp) as there:
            ask(there, label=f"{chrom} with REF and ALT exchanged")
            found.append(compare_alleles(here, there))
            again.append(answers_again(here, there))
    return pd.concat(found[1:] or found), pd.concat(again[1:] or again)


def _rows_of_both(here, there, places, other_name, only_shared=False):
    """Return a row for each gene of each variant that has an answer in two shards.

    Parameters
    ----------
    here, there : shard.Shard
    places : iterable of int
        Position in `here` of each row of `there`.
    other_name : str
        Name of the means of `there`.
    only_shared : bool, default False
        Whether genes that one answer alone has are left out.
    """
    rows = []
    for there_at, here_at in enumerate(places):
        variant_id = here.rows["variant_id"].iloc[here_at]
        for scorer in here.request.scorers:
            answers = _answer(here, scorer, here_at), _answer(there, scorer, there_at)
            if any(each is None for each in answers):
                continue
            rows += [
                {
                    "variant_id": variant_id,
                    "feature_id": gene,
                    "scorer": scorer,
                    "window_bp": here.request.window_bp,
                    "raw": _mean(raw),
                    other_name: _mean(other),
                    "model": here.model_of(scorer),
                }
                for gene, raw, other in _by_gene(*answers)
                if not (only_shared and (raw is None or other is None))
            ]
    return rows


def _answer(shard, scorer, position):
    """Return a known answer, or None."""
    for route in (ATLAS, MODEL_ITSELF):
        places = shard.places.get(route, {}).get(scorer)
        if places is not None and places[position]["n_tracks"] > 0:
            return shard.answer(route, scorer, position)
    return None
