"""One line for each benchmark."""

import pandas as pd
import pyarrow as pa

from endobench.core.columns import SWEEP
from endobench.design.metrics import PRIMARY, SUMMARY
from endobench.design.models import MODEL
from endobench.design.tasks import UNSIGNED

COUNTS = ("moved_windows", "from_atlas")
_OF_METRIC = ("ci_low", "ci_high", "p")
_OF_PRIMARY = ("analytic_low", "analytic_high", "design_effect", "n_eff", "n_blocks")


def summarise(metrics, waterfall, conclusions):
    """Lay the metrics of all benchmarks out, one row per stratum that is a whole.

    Parameters
    ----------
    metrics : pandas.DataFrame
        In the columns of `columns.METRICS`, of several datasets and protocols.
    waterfall : pandas.DataFrame
        In the columns of `columns.WATERFALL`, of the same.
    conclusions : pandas.DataFrame
        In the columns of `columns.CONCLUSIONS`, of the same.

    Returns
    -------
    pandas.DataFrame
        In the columns of `columns.SUMMARY`, in the order of the conclusions. The metrics
        are those of the conclusion's task; what it has none of is missing.
    """
    source = waterfall[waterfall["stage"] == "input"].set_index(["dataset", "protocol"])
    keys = ["dataset", "protocol", "stratum"]
    groups = dict(list(metrics.groupby(keys, sort=False)))
    rows = []
    for conclusion in conclusions.itertuples(index=False):
        key = tuple(getattr(conclusion, name) for name in keys)
        part = groups[key]
        values = part[(part["predictor"] == MODEL) & (part["task"] == conclusion.task)]
        values = values.set_index("metric")
        counts = part[part["task"] == "count"].set_index("metric")["value"]
        answer = values.loc[PRIMARY[conclusion.task].metric]
        row = {name: answer[name] for name in SUMMARY.names if name in answer}
        row |= {name: answer[name] for name in _OF_PRIMARY}
        row |= {f"n_{name}": int(counts[name]) for name in COUNTS}
        row |= {
            "n_source_pairs": source.loc[key[:2], "n_pairs"],
            "n_pairs": answer["n"],
            "finding": conclusion.finding,
            "is_reportable": conclusion.is_reportable,
            "why": conclusion.why,
        }
        if conclusion.task == UNSIGNED:
            row["prevalence"] = counts["prevalence"]
        for metric, found in values.iterrows():
            row[metric] = found["value"]
            row |= {f"{metric}_{name}": found[name] for name in _OF_METRIC}
        rows.append(row)
    # A column of counts that has missing values elsewhere comes as one of floats.
    counts = [field.name for field in SUMMARY if pa.types.is_integer(field.type)]
    frame = pd.DataFrame(rows, columns=SUMMARY.names)
    return frame.astype(dict.fromkeys(counts, "Int64"))


# What is asked of a model's scores; the other tasks say what the answers are worth.
_TASKS = ("signed", "magnitude", "unsigned")
_KEYS = ["dataset", "protocol", "task", "stratum", "metric"]


def sweep(metrics, differences):
    """Lay all benchmarks' numbers out with their differences from the primary.

    Parameters
    ----------
    metrics : pandas.DataFrame
        In the columns of `columns.METRICS`, of all benchmarks.
    differences : pandas.DataFrame
        In the columns of `columns.DIFFERENCES`, of all datasets: ``b`` is the
        reference, ``a`` what is compared with it.

    Returns
    -------
    pandas.DataFrame
        In the columns of `columns.SWEEP`. The reference itself has no difference, and
        neither has a stratum that was not compared.
    """
    is_wanted = (metrics["predictor"] == MODEL) & metrics["task"].isin(_TASKS)
    compared = differences[differences["comparison"] == "protocol"]
    # Turned, so that more than the reference is above 0.
    found = compared[["dataset", "task", "stratum", "metric", "n_shared"]].assign(
        protocol=compared["a"],
        reference=compared["b"],
        difference=0 - compared["difference"],
        difference_low=0 - compared["ci_high"],
        difference_high=0 - compared["ci_low"],
        difference_p=compared["p"],
        difference_p_adjusted=compared["p_adjusted"],
    )
    frame = metrics[is_wanted].merge(found, on=_KEYS, how="left", validate="1:1")
    return frame.reindex(columns=SWEEP.names).astype({"n_shared": "Int64"})
