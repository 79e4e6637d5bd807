"""The published study's protocol, its faults included, and its five files.

What it did is known from its own files: the p-value column taken for the effect, peaks
of another build, whole-window means over all tracks, indels that shift all that follows
them. One thing is left out: it wrote random numbers where a call failed. Here a failure
is a row of the failures table and has no score.
"""

import pandas as pd

from endobench.design.models import MODEL


def bed_of_pairs(pairs):
    """Write pairs as the study's BED, with everything packed into the name.

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

    Predictions of another model than the hosted AlphaGenome have a seventh column,
    ``model``, that says so.

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


def benchmark_text(metrics):
    """Return the study's text of results, from its metrics over all pairs.

    Parameters
    ----------
    metrics : pandas.DataFrame
        In the columns of `columns.METRICS`.
    """
    of_model = (metrics["task"] == "signed") & (metrics["predictor"] == MODEL)
    by_name = metrics[of_model & (metrics["stratum"] == "all_pairs")]
    by_name = by_name.set_index("metric")
    model = metrics["model"].iloc[0]
    lines = [
        "Predicted against measured effects: the published protocol, repeated",
        "The 'slope' is the p-value column: this number says nothing about the model.",
        f"model\t{model}",
        f"n\t{by_name.loc['spearman', 'n']}",
    ]
    for name in ("pearson", "spearman"):
        row = by_name.loc[name]
        lines.append(f"{name}\t{row['value']:.6f}\tp\t{row['p']:.6g}")
    return "\n".join(lines) + "\n"
