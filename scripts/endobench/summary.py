"""One line for each benchmark."""

import pandas as pd
import pyarrow as pa

from endobench.columns import SUMMARY
from endobench.predictors import MODEL

COUNTS = ("moved_windows", "from_atlas")
_METRICS = ("spearman", "pearson", "sign_agreement", "sign_auroc")
_OF_METRIC = ("ci_low", "ci_high", "p")
_OF_SPEARMAN = ("naive_low", "naive_high", "design_effect", "n_eff", "n_blocks")


def summarise(metrics, waterfall, verdicts):
    """Lay the metrics of all benchmarks out, one row per stratum that is a whole.

    Parameters
    ----------
    metrics : pandas.DataFrame
        In the columns of `columns.METRICS`, of several datasets and protocols.
    waterfall : pandas.DataFrame
        In the columns of `columns.WATERFALL`, of the same.
    verdicts : pandas.DataFrame
        In the columns of `columns.VERDICTS`, of the same.

    Returns
    -------
    pandas.DataFrame
        In the columns of `columns.SUMMARY`, in the order of the verdicts.
    """
    source = waterfall[waterfall["stage"] == "input"].set_index(["dataset", "protocol"])
    keys = ["dataset", "protocol", "stratum"]
    groups = dict(list(metrics.groupby(keys, sort=False)))
    rows = []
    for verdict in verdicts.itertuples(index=False):
        key = tuple(getattr(verdict, name) for name in keys)
        part = groups[key]
        values = part[(part["predictor"] == MODEL) & (part["task"] == "signed")]
        values = values.set_index("metric")
        counts = part[part["task"] == "count"].set_index("metric")["value"]
        spearman = values.loc["spearman"]
        row = {name: spearman[name] for name in SUMMARY.names if name in spearman}
        row |= {name: spearman[name] for name in _OF_SPEARMAN}
        row |= {f"n_{name}": int(counts[name]) for name in COUNTS}
        row |= {
            "n_source_pairs": source.loc[key[:2], "n_pairs"],
            "n_pairs": spearman["n"],
            "answer": verdict.answer,
            "is_reportable": verdict.is_reportable,
            "why": verdict.why,
        }
        for metric in _METRICS:
            row[metric] = values.loc[metric, "value"]
            for name in _OF_METRIC:
                row[f"{metric}_{name}"] = values.loc[metric, name]
        rows.append(row)
    # A column of counts that has missing values elsewhere comes as one of floats.
    counts = [field.name for field in SUMMARY if pa.types.is_integer(field.type)]
    frame = pd.DataFrame(rows, columns=SUMMARY.names)
    return frame.astype(dict.fromkeys(counts, "Int64"))
