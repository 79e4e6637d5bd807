"""A spot check of alleles: do scores change their sign with REF and ALT exchanged?"""

import numpy as np
import pandas as pd

from endobench.core.columns import ANSWERS, EXCHANGED
from endobench.design.routes import MODEL_ITSELF
from endobench.genome.variants import make_variant_ids
from endobench.predict.spot_checks.paired import answer_of, by_gene, rows_of_both
from endobench.predict.spot_checks.samples import sample_to_exchange


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
    rows = rows_of_both(here, there, places, "exchanged_raw", only_shared=True)
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
        In the columns of `columns.ANSWERS`, with raw scores only; one row for each gene
        if the scorer is by gene.
    """
    rows = []
    for position, variant_id in enumerate(here.rows["variant_id"]):
        for scorer in here.request.scorers:
            answer = answer_of(there, scorer, position)
            if answer is None:
                continue
            row = {
                "variant_id": variant_id,
                "model": here.model_of(scorer),
                "route": MODEL_ITSELF,
                "scorer": scorer,
                "window_bp": here.request.window_bp,
            }
            rows += [
                row | {"feature_id": gene, "raw": -np.asarray(raw)}
                for gene, raw, _ in by_gene(answer, answer)
            ]
    return pd.DataFrame(rows, columns=ANSWERS.names)


def sample_of_alleles(shards, n_variants, ask):
    """Predict a sample with REF and ALT exchanged, and compare both.

    Parameters
    ----------
    shards, n_variants, ask
        See `windows.sample_at_windows`.

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
