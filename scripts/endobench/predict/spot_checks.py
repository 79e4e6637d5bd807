"""Spot checks of answers: Atlas and model, two windows, REF and ALT exchanged.

Each compares answers for one sample of variants (`sample_of`, `sample_to_exchange`).
"""

import hashlib
import logging

import numpy as np
import pandas as pd

from endobench.core.columns import EXCHANGED, ROUTES, WINDOWS
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
        In the columns of `columns.ROUTES`.
    """
    rows = []
    both = np.flatnonzero(shard.is_answered(ATLAS) & shard.is_answered(MODEL_ITSELF))
    for position in both:
        for scorer in shard.request.scorers:
            atlas, model = (
                shard.answer(route, scorer, position).raw.astype(float)
                for route in (ATLAS, MODEL_ITSELF)
            )
            is_known = np.isfinite(atlas) & np.isfinite(model)
            atlas, model = atlas[is_known], model[is_known]
            if not len(atlas):
                continue
            difference = np.abs(atlas - model)
            is_flat = atlas.std() == 0 or model.std() == 0
            rows.append(
                {
                    "variant_id": shard.rows["variant_id"].iloc[position],
                    "scorer": scorer,
                    "n_tracks": len(atlas),
                    "atlas_raw": atlas.mean(),
                    "model_raw": model.mean(),
                    "mean_abs_difference": difference.mean(),
                    "max_abs_difference": difference.max(),
                    "pearson": np.nan if is_flat else np.corrcoef(atlas, model)[0, 1],
                    "model": shard.model_of(scorer),
                }
            )
    return pd.DataFrame(rows, columns=ROUTES.names)


def log_differences(table):
    """Log how much the Atlas and the model differ, in one line."""
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
        In the columns of `columns.WINDOWS`: means over all tracks.
    """
    positions = {id_: place for place, id_ in enumerate(here.rows["variant_id"])}
    rows = []
    for there_at, variant_id in enumerate(there.rows["variant_id"]):
        here_at = positions[variant_id]
        for scorer in here.request.scorers:
            values = [
                _raw(shard, scorer, at)
                for shard, at in ((here, here_at), (there, there_at))
            ]
            if None not in values:
                rows.append(
                    {
                        "variant_id": variant_id,
                        "scorer": scorer,
                        "window_bp": here.request.window_bp,
                        "raw": values[0],
                        "other_window_bp": there.request.window_bp,
                        "other_raw": values[1],
                        "model": here.model_of(scorer),
                    }
                )
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
    rows = []
    for at, variant_id in enumerate(here.rows["variant_id"]):
        for scorer in here.request.scorers:
            values = [_raw(shard, scorer, at) for shard in (here, there)]
            if None not in values:
                rows.append(
                    {
                        "variant_id": variant_id,
                        "scorer": scorer,
                        "window_bp": here.request.window_bp,
                        "raw": values[0],
                        "exchanged_raw": values[1],
                        "model": here.model_of(scorer),
                    }
                )
    return pd.DataFrame(rows, columns=EXCHANGED.names)


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
    pandas.DataFrame
        In the columns of `columns.EXCHANGED`.
    """
    found = [pd.DataFrame(columns=EXCHANGED.names)]
    for chrom, ids in sample_to_exchange(shards, n_variants).items():
        here = shards[chrom].only(ids, MODEL_ITSELF)
        rows = exchange_alleles(here.rows)
        with here, here.at(rows, here.request.window_bp) as there:
            ask(there, label=f"{chrom} with REF and ALT exchanged")
            found.append(compare_alleles(here, there))
    return pd.concat(found[1:] or found)


def _raw(shard, scorer, position):
    """Return the mean over tracks of a known answer, or None."""
    for route in (ATLAS, MODEL_ITSELF):
        places = shard.places.get(route, {}).get(scorer)
        if places is not None and places[position]["n_tracks"] > 0:
            return float(np.nanmean(shard.answer(route, scorer, position).raw))
    return None
