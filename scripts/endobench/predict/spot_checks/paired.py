"""Two answers for the same variants, paired gene by gene."""

import logging

import numpy as np

from endobench.design.routes import ATLAS, MODEL_ITSELF

log = logging.getLogger(__name__)


def by_gene(one, other):
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


def mean_of_known(values):
    """Return the mean of the known values; NaN if there are none."""
    known = np.empty(0) if values is None else values[np.isfinite(values)]
    return float(known.mean()) if len(known) else np.nan


def log_unshared(rows, one, other, one_name, other_name):
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


def rows_of_both(here, there, places, other_name, only_shared=False):
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
            answers = (
                answer_of(here, scorer, here_at),
                answer_of(there, scorer, there_at),
            )
            if any(each is None for each in answers):
                continue
            rows += [
                {
                    "variant_id": variant_id,
                    "feature_id": gene,
                    "scorer": scorer,
                    "window_bp": here.request.window_bp,
                    "raw": mean_of_known(raw),
                    other_name: mean_of_known(other),
                    "model": here.model_of(scorer),
                }
                for gene, raw, other in by_gene(*answers)
                if not (only_shared and (raw is None or other is None))
            ]
    return rows


def answer_of(shard, scorer, position):
    """Return a known answer, or None."""
    for route in (ATLAS, MODEL_ITSELF):
        places = shard.places.get(route, {}).get(scorer)
        if places is not None and places[position]["n_tracks"] > 0:
            return shard.answer(route, scorer, position)
    return None
