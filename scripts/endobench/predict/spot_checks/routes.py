"""A spot check of routes: do the Atlas and the model give the same scores?"""

import logging

import numpy as np
import pandas as pd

from endobench.core.columns import ROUTES
from endobench.design.routes import ATLAS, MODEL_ITSELF
from endobench.predict.spot_checks.paired import by_gene, log_unshared, mean_of_known
from endobench.predict.spot_checks.samples import sample_of

log = logging.getLogger(__name__)


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
                for gene, atlas, model in by_gene(*answers)
            ]
    log_unshared(rows, "atlas_raw", "model_raw", "the Atlas", "the model")
    return pd.DataFrame(rows, columns=ROUTES.names)


def _compared(atlas, model):
    """Return the columns of `columns.ROUTES` that compare the values of all tracks."""
    if atlas is None or model is None:
        return {
            "n_tracks": 0,
            "atlas_raw": mean_of_known(atlas),
            "model_raw": mean_of_known(model),
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


def sample_by_routes(shards, n_variants, ask):
    """Ask the model about a sample that the Atlas has answered, and compare both.

    Parameters
    ----------
    shards : dict of str to shard.Shard
    n_variants : int
    ask : callable
        Requests what a shard lacks; takes the shard and ``label``.

    Returns
    -------
    pandas.DataFrame
        In the columns of `columns.ROUTES`.
    """
    found = [pd.DataFrame(columns=ROUTES.names)]
    for chrom, ids in sample_of(shards, n_variants).items():
        with shards[chrom].only(ids, MODEL_ITSELF) as shard:
            ask(shard, label=f"{chrom} routes")
        with shards[chrom].only(ids, "auto") as shard:
            found.append(compare_routes(shard))
    return pd.concat(found[1:] or found)


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
