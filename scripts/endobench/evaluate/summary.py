"""Tables of all benchmarks: their conclusions, and the model's results in every stratum.

`summarise` makes ``summary.tsv``, a row per conclusion; `sweep` makes ``sweep.tsv``, a row
per number of the model, with its difference from the first benchmark of the dataset.
"""

import pandas as pd
import pyarrow as pa

from endobench.core.columns import SWEEP, summary_of
from endobench.design.metrics import NAMES, PRIMARY, metric_named
from endobench.design.models import MODEL
from endobench.design.tasks import TASKS, UNSIGNED

# Schema of summary.tsv, which holds every metric.
SUMMARY = summary_of(NAMES, [name for name in NAMES if metric_named(name).null is None])
_COUNTS = ("moved_windows", "from_atlas")
_OF_METRIC = ("ci_low", "ci_high", "p", "chance")
_OF_PRIMARY = ("analytic_low", "analytic_high", "design_effect", "n_eff", "n_blocks")
_INTEGERS = [field.name for field in SUMMARY if pa.types.is_integer(field.type)]


def summarise(metrics, waterfall, conclusions):
    """Return one row per conclusion, with all metrics of its task.

    Parameters
    ----------
    metrics : pandas.DataFrame
        In the columns of `columns.METRICS`, for several datasets and protocols.
    waterfall : pandas.DataFrame
        In the columns of `columns.WATERFALL`, for the same.
    conclusions : pandas.DataFrame
        In the columns of `columns.CONCLUSIONS`, for the same.

    Returns
    -------
    pandas.DataFrame
        In the columns of `summary.SUMMARY` and the order of the conclusions. Metrics of
        other tasks are missing.
    """
    source = waterfall[waterfall["stage"] == "input"].set_index(["dataset", "protocol"])
    keys = ["dataset", "protocol", "stratum"]
    groups = dict(list(metrics.groupby(keys, sort=False)))
    rows = []
    for conclusion in conclusions.itertuples(index=False):
        key = tuple(getattr(conclusion, name) for name in keys)
        n_source_pairs = source.loc[key[:2], "n_pairs"]
        rows.append(_summary_row(conclusion, groups[key], n_source_pairs))
    # With missing values elsewhere, a column of counts has become one of floats.
    frame = pd.DataFrame(rows, columns=SUMMARY.names)
    return frame.astype(dict.fromkeys(_INTEGERS, "Int64"))


def _summary_row(conclusion, metrics, n_source_pairs):
    """Return the row of one conclusion, given the metrics of its stratum."""
    task = conclusion.task
    of_model = metrics[(metrics["predictor"] == MODEL) & (metrics["task"] == task)]
    of_model = of_model.set_index("metric")
    counts = metrics[metrics["task"] == "count"].set_index("metric")["value"]
    primary = of_model.loc[PRIMARY[task].metric]
    row = {name: primary[name] for name in SUMMARY.names if name in primary}
    row |= {name: primary[name] for name in _OF_PRIMARY}
    row |= {f"n_{name}": int(counts[name]) for name in _COUNTS}
    row |= {
        "n_source_pairs": n_source_pairs,
        "n_pairs": primary["n"],
        "finding": conclusion.finding,
        "is_reportable": conclusion.is_reportable,
        "why": conclusion.why,
    }
    if task == UNSIGNED:
        row["prevalence"] = counts["prevalence"]
    for metric, found in of_model.iterrows():
        row[metric] = found["value"]
        row |= {f"{metric}_{name}": found[name] for name in _OF_METRIC}
    return row


def sweep(metrics, differences):
    """Return every number of the model, with its difference from the reference.

    Parameters
    ----------
    metrics : pandas.DataFrame
        In the columns of `columns.METRICS`, for all benchmarks.
    differences : pandas.DataFrame
        In the columns of `columns.DIFFERENCES`, for all datasets: ``b`` is the reference,
        ``a`` the benchmark that is compared with it.

    Returns
    -------
    pandas.DataFrame
        In the columns of `columns.SWEEP`. The reference itself and strata that were not
        compared have no difference.
    """
    is_wanted = (metrics["predictor"] == MODEL) & metrics["task"].isin(TASKS)
    compared = differences[differences["comparison"] == "protocol"]
    # Differences are reference minus benchmark; their sign is reversed.
    found = compared[["dataset", "task", "stratum", "metric", "n_shared"]].assign(
        protocol=compared["a"],
        reference=compared["b"],
        difference=0 - compared["difference"],
        difference_low=0 - compared["ci_high"],
        difference_high=0 - compared["ci_low"],
        difference_p=compared["p"],
        difference_p_adjusted=compared["p_adjusted"],
    )
    keys = ["dataset", "protocol", "task", "stratum", "metric"]
    frame = metrics[is_wanted].merge(found, on=keys, how="left", validate="1:1")
    return frame.reindex(columns=SWEEP.names).astype({"n_shared": "Int64"})
