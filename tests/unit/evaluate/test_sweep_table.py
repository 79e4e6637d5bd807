import pandas as pd
import pytest
from endobench.core.columns import DIFFERENCES, METRICS, SWEEP
from endobench.core.tables import as_table
from endobench.evaluate.summary import sweep

OTHER = "corrected.DNASE-501-DIFF_LOG2_SUM.131072bp.K562"


def metrics_of(protocol, value, stratum="all_pairs", **changes):
    """Return one row of metrics."""
    row = {"dataset": "a", "protocol": protocol, "task": "signed", "stratum": stratum}
    row |= {"predictor": "model", "metric": "spearman", "value": value, "n": 9}
    return pd.DataFrame([row | changes], columns=METRICS.names)


def difference_of(a, b, difference, **changes):
    """Return one row of differences, `b` minus `a`."""
    row = {"dataset": "a", "protocol": b, "comparison": "protocol", "task": "signed"}
    row |= {"a": a, "b": b, "stratum": "all_pairs", "metric": "spearman"}
    row |= {"difference": difference, "ci_low": difference - 0.1, "p": 0.01}
    row |= {"ci_high": difference + 0.2, "p_adjusted": 0.02, "n_shared": 7}
    return pd.DataFrame([row | changes], columns=DIFFERENCES.names)


METRICS_OF_TWO = pd.concat(
    [
        metrics_of("corrected", 0.5),
        metrics_of(OTHER, 0.7),
        metrics_of(OTHER, 0.9, "effect_over_1"),
        metrics_of("corrected", 0.1, predictor="gc_change"),
        metrics_of("corrected", 0.1, task="chance"),
    ]
)
COMPARED = difference_of(OTHER, "corrected", -0.2)


def test_each_number_of_the_model_has_its_difference_from_the_reference():
    found = sweep(METRICS_OF_TWO, COMPARED)
    assert found["value"].tolist() == [0.5, 0.7, 0.9]
    row = found.iloc[1]
    assert (row["reference"], row["n_shared"]) == ("corrected", 7)
    assert row["difference"] == pytest.approx(row["value"] - found["value"].iloc[0])
    interval = (row["difference_low"], row["difference_high"])
    assert interval == pytest.approx((0.0, 0.3))
    assert found["difference"].isna().tolist() == [True, False, True]
    as_table(found, SWEEP)


def test_only_comparisons_of_protocols_are_used():
    baseline = difference_of("gc_change", "model", 0.4, comparison="baseline")
    with_it = sweep(METRICS_OF_TWO, pd.concat([COMPARED, baseline]))
    pd.testing.assert_frame_equal(with_it, sweep(METRICS_OF_TWO, COMPARED))


def test_differences_of_another_dataset_are_not_used():
    elsewhere = COMPARED.assign(dataset="b")
    assert sweep(METRICS_OF_TWO, elsewhere)["difference"].isna().all()
