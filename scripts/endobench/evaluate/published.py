"""What others have found of the same pairs, beside what is found here."""

import numpy as np
import pandas as pd

from endobench.design.metrics import names_of
from endobench.design.models import MODEL
from endobench.design.tasks import ALL_PAIRS, MAGNITUDE, SIGNED, UNSIGNED

PUBLISHED = "published"
_MISSING = dict.fromkeys(("value", "ci_low", "ci_high"), np.nan) | {
    "n": None,
    "n_blocks": None,
}


def published_values(metrics, published, task):
    """Lay published values beside the numbers that they should be.

    They are of the same pairs, so that no test is of use: a value that is recomputed is
    the published one, or something differs in how it was computed.

    Parameters
    ----------
    metrics : pandas.DataFrame
        ``task, stratum, predictor, metric, value, ci_low, ci_high, n, n_blocks``.
    published : dict of str to float
        By metric, of all pairs: names of `design.metrics`.
    task : str
        That of the benchmark's answer; see `tasks.task_of`.

    Returns
    -------
    rows : pandas.DataFrame
        Rows of `columns.METRICS`, of task and predictor ``published``.
    differences : list of dict
        In the columns of `columns.DIFFERENCES` from ``comparison`` on: the model minus
        the published value. The interval is the model's own minus that value, and holds
        zero where the model's holds the published value. All is missing but that value
        where nothing was recomputed.
    """
    of_model = metrics[
        (metrics["predictor"] == MODEL) & (metrics["stratum"] == ALL_PAIRS)
    ]
    differences = []
    for metric, value in published.items():
        # What needs the sign of effects is of no other task.
        asked = MAGNITUDE if task == MAGNITUDE else SIGNED
        asked = UNSIGNED if metric in names_of(UNSIGNED) else asked
        mine = of_model[(of_model["task"] == asked) & (of_model["metric"] == metric)]
        mine = mine.iloc[0] if len(mine) else _MISSING
        differences.append(
            {
                "comparison": PUBLISHED,
                "task": asked,
                "a": PUBLISHED,
                "b": MODEL,
                "stratum": ALL_PAIRS,
                "metric": metric,
                "value_a": value,
                "value_b": mine["value"],
                "difference": mine["value"] - value,
                "ci_low": mine["ci_low"] - value,
                "ci_high": mine["ci_high"] - value,
                "n_b": mine["n"],
                "n_blocks": mine["n_blocks"],
            }
        )
    rows = pd.DataFrame({"metric": list(published), "value": list(published.values())})
    names = {"task": PUBLISHED, "predictor": PUBLISHED, "stratum": ALL_PAIRS}
    return rows.assign(**names), differences
