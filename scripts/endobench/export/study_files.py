"""The five files of the published study, as its protocol gives them, faults included.

The protocol is known from the study's own files: the p-value column was read as the
effect, peaks were of another build, scores were means over the whole window and all
tracks, and indels shifted the sequence behind them. One fault is not reproduced: the
study wrote random numbers for failed calls. Here, a failed call is a row of the failures
table and has no score.
"""

import pandas as pd

from endobench.design.models import MODEL
from endobench.design.terms import notice


def bed_of_pairs(pairs):
    """Return pairs as the study's BED, with all values joined in the name.

    Parameters
    ----------
    pairs : pandas.DataFrame
        ``chrom, pos, ref, alt, variant_id, feature_id, effect``; pos is 1-based.

    Returns
    -------
    pandas.DataFrame
        ``chrom, start, end`` (0-based half-open, one base) and ``name``,
        ``variant:gene:slope:ref:alt``.
    """
    columns = ["variant_id", "feature_id", "effect", "ref", "alt"]
    name = pairs[columns[0]].astype(str)
    for column in columns[1:]:
        name = name + ":" + pairs[column].astype(str)
    return pd.DataFrame(
        {
            "chrom": pairs["chrom"].astype(str),
            "start": pairs["pos"] - 1,
            "end": pairs["pos"],
            "name": name,
        }
    )


def prediction_table(pairs):
    """Return the study's CSV of predictions, one row per pair.

    If the model is not the hosted AlphaGenome, a seventh column ``model`` names it.

    Parameters
    ----------
    pairs : pandas.DataFrame
        In the columns of `columns.PAIRS`.
    """
    table = pairs[["variant_id", "feature_id", "effect", "ref_value", "alt_value"]]
    table = table.assign(delta_pred=pairs["raw"])
    models = pairs["model"].astype(str)
    if not models.str.startswith("alphagenome/").all():
        table["model"] = models
    return table.rename(
        columns={
            "feature_id": "gene_id",
            "effect": "slope",
            "ref_value": "ref_score",
            "alt_value": "alt_score",
        }
    )


def benchmark_text(metrics, *, only_positives=False):
    """Return the study's text of results, from the metrics over all pairs.

    Parameters
    ----------
    metrics : pandas.DataFrame
        In the columns of `columns.METRICS`.
    only_positives : bool, default False
        Whether the metrics are those of a class, which the text then says.
    """
    of_model = (metrics["task"] == "signed") & (metrics["predictor"] == MODEL)
    by_name = metrics[of_model & (metrics["stratum"] == "all_pairs")]
    by_name = by_name.set_index("metric")
    model = metrics["model"].iloc[0]
    lines = [
        "Predicted versus measured effects, with the published protocol",
        "'slope' is the p-value column, so this result says nothing about the model.",
        *(["Numbers are of the positives only (key 'classes')."] * only_positives),
        f"model\t{model}",
        f"n\t{by_name.loc['spearman', 'n']}",
    ]
    for name in ("pearson", "spearman"):
        row = by_name.loc[name]
        lines.append(f"{name}\t{row['value']:.6f}\tp\t{row['p']:.6g}")
    lines += filter(None, [notice([model])])
    return "\n".join(lines) + "\n"
