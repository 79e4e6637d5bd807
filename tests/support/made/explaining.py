"""Explanations of the result of a made dataset, and the tables that they are found in."""

import pandas as pd
from endobench.core.columns import (
    DIFFERENCES,
    EXPLANATION_TESTS,
    EXPLANATIONS,
    LADDER,
    METRICS,
)
from endobench.core.tables import as_table
from endobench.evaluate.explanations.table import Tables, explain

DNASE, EXPRESSION = "DNASE-501-DIFF_LOG2_SUM", "RNA_SEQ"
WHOLE = "DNASE-all-DIFF_MEAN"
SUPPORTED = {"difference": 0.2, "ci_low": 0.1, "ci_high": 0.3, "p": 1e-4}
OPPOSITE = {"difference": -0.2, "ci_low": -0.3, "ci_high": -0.1, "p": 1e-4}
UNCLEAR = {"difference": 0.05, "ci_low": -0.1, "ci_high": 0.2, "p": 0.5}
SMALL = {"difference": 0.02, "ci_low": 0.01, "ci_high": 0.03, "p": 0.01}
EVERY = [
    (SUPPORTED, "supported"),
    (OPPOSITE, "contradicted"),
    (UNCLEAR, "cannot be told apart"),
    (SMALL, "contradicted"),
]


def metrics_of(*kinds, value=0.4, low=0.3, high=0.5, extra=()):
    """Return metrics of benchmarks ``(protocol, scorer, window_bp, track_set)``."""
    rows = [
        {
            "protocol": protocol,
            "scorer": scorer,
            "window_bp": window_bp,
            "track_set": track_set,
            "task": task,
            "predictor": "model",
            "stratum": "lead_per_feature",
            "metric": metric,
            "value": number,
            "ci_low": low,
            "ci_high": high,
            "n": 200,
        }
        for protocol, scorer, window_bp, track_set in kinds
        for task, metric, number in (("signed", "spearman", value), *extra)
    ]
    frame = pd.DataFrame(rows).assign(dataset="d", model="m")
    return frame.reindex(columns=METRICS.names)


def differences_of(*rows):
    """Return differences between benchmarks, of one kind unless a row says more."""
    named = {"task": "signed", "stratum": "lead_per_feature", "metric": "spearman"}
    named |= {"dataset": "d", "value_a": 0.3, "value_b": 0.5, "n_shared": 150}
    frame = pd.DataFrame([named | row for row in rows])
    return frame.reindex(columns=DIFFERENCES.names)


EMPTY = {
    schema: schema.empty_table().to_pandas()
    for schema in (METRICS, DIFFERENCES, LADDER, EXPLANATION_TESTS)
}


def explained(
    metrics, differences=(), ladder=(), tests=(), main="corrected", **options
):
    """Return the explanations of dataset `d`, of which some tables may be empty."""
    frames = [
        each if len(each) else empty
        for each, empty in zip(
            (metrics, differences, ladder, tests), EMPTY.values(), strict=True
        )
    ]
    found = explain(Tables(*frames), "d", main, **options)
    assert as_table(found, EXPLANATIONS).num_rows == len(found)
    return found


def one(found, test):
    """Return the only row of a test."""
    [row] = found[found["test"] == test].to_dict("records")
    return row


MAIN = ("corrected", DNASE, 16384, "K562")
