"""Rows of metrics for the tests of controls."""

import numpy as np
import pandas as pd
import pytest
from endobench.core.columns import METRICS
from endobench.evaluate.conditions.rows import ControlRows


@pytest.fixture
def rows_of():
    """Return a function that returns the rows of controls, each of one predictor.

    Each row is ``(task, predictor, metric, value, half width of its interval)``, and may
    have further columns.
    """

    def make(*rows, task="signed"):
        table = [
            {
                "task": own_task,
                "stratum": "all_pairs",
                "predictor": predictor,
                "metric": metric,
                "value": value,
                "ci_low": value - half,
                "ci_high": value + half,
                "p": np.nan,
                "n": 100,
                "n_blocks": 40,
                "model": "m",
                **dict(*further),
            }
            for own_task, predictor, metric, value, half, *further in rows
        ]
        metrics = pd.DataFrame(table, columns=METRICS.names)
        return ControlRows(metrics, None, "all_pairs", task)

    return make
