"""All combinations of a run beside the first: windows, scorers, sets, protocols."""

from endobench.columns import SWEEP
from endobench.predictors import MODEL

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
