import numpy as np
import pandas as pd
import pytest
from endobench.evaluate.published import published_values


def metrics_of(task="signed"):
    """Return metrics of the model in two strata, and of a baseline."""
    rows = [
        (task, stratum, predictor, metric, value + shift)
        for stratum, shift in (("all_pairs", 0.0), ("lead_per_feature", 0.05))
        for predictor in ("model", "maf")
        for metric, value in (("spearman", 0.5), ("pearson", 0.6))
    ]
    rows.append(("unsigned", "all_pairs", "model", "auprc", 0.4))
    rows.append(("unsigned", "matched_negatives", "model", "auprc", 0.7))
    names = ["task", "stratum", "predictor", "metric", "value"]
    frame = pd.DataFrame(rows, columns=names)
    frame = frame.assign(ci_low=frame["value"] - 0.1, ci_high=frame["value"] + 0.1)
    return frame.assign(n=90, n_blocks=7)


def compared(published, task="signed"):
    rows, differences = published_values(metrics_of(task), published, task)
    assert rows["value"].tolist() == list(published.values())
    assert set(rows["task"]) == set(rows["predictor"]) == {"published"}
    frame = pd.DataFrame(differences).set_index("metric")
    assert set(frame["comparison"]) == set(frame["a"]) == {"published"}
    assert set(frame["b"]) == {"model"} and set(frame["stratum"]) == {"all_pairs"}
    return frame


def test_a_published_value_is_compared_with_the_model_over_all_pairs():
    found = compared({"pearson": 0.55, "auprc": 0.8})
    assert found["task"].to_dict() == {"pearson": "signed", "auprc": "unsigned"}
    assert found["value_b"].to_dict() == {"pearson": 0.6, "auprc": 0.4}
    assert found["difference"].to_numpy() == pytest.approx([0.05, -0.4])
    assert found["n_b"].tolist() == [90, 90]


@pytest.mark.parametrize("value", [0.5, 0.55, 0.71, 0.49])
def test_the_interval_contains_zero_if_that_of_the_model_contains_the_value(value):
    found = compared({"pearson": value}).loc["pearson"]
    contains_zero = found["ci_low"] <= 0 <= found["ci_high"]
    assert contains_zero == (0.5 <= value <= 0.7)


def test_without_signs_a_published_correlation_is_compared_with_magnitudes():
    found = compared({"spearman": 0.5, "sign_auroc": 0.6}, "magnitude")
    assert found.loc["spearman", "task"] == "magnitude"
    assert found.loc["spearman", "difference"] == 0
    assert np.isnan(found.loc["sign_auroc", "difference"])


def test_a_value_that_was_not_recomputed_has_no_difference():
    found = compared({"auroc": 0.9, "pearson": 0.6}, "unsigned")
    assert found["value_a"].tolist() == [0.9, 0.6]
    missing = ["value_b", "difference", "ci_low", "ci_high"]
    assert found[missing].isna().all(axis=None)


def test_means_over_tissues_are_computed_from_the_pairs():
    pairs = pd.DataFrame(
        {
            "feature_id": ["g1@A", "g2@A", "g3@A", "g1@B", "g2@B"],
            "effect": [1.0, 0.0, 1.0, 1.0, 0.0],
            "raw": [3.0, 1.0, 0.5, 1.0, 2.0],
        }
    )
    published = {"sign_auroc_by_tissue": 0.81, "spearman": 0.4}
    rows, differences = published_values(
        metrics_of(), published, "signed", pairs, null=0.5
    )
    # One of two positives of A is above its negative, and none of B.
    expected = (3 * 0.5 + 2 * 0) / 5
    of_model = rows[rows["predictor"] == "model"].iloc[0]
    assert of_model[["task", "metric", "n"]].tolist() == [
        "published",
        "sign_auroc_by_tissue",
        5,
    ]
    assert of_model["value"] == pytest.approx(expected)
    found = pd.DataFrame(differences).set_index("metric")
    row = found.loc["sign_auroc_by_tissue"]
    assert row["difference"] == pytest.approx(expected - 0.81)
    assert row["task"] == "signed" and np.isnan(row["ci_low"])
    assert found.loc["spearman", "value_b"] == 0.5


def test_means_over_tissues_have_an_interval_from_blocks():
    rng = np.random.default_rng(1)
    effect = rng.normal(size=200)
    pairs = pd.DataFrame({"effect": effect, "raw": effect + rng.normal(size=200)})
    pairs["feature_id"] = [f"g{n}@{'AB'[n % 2]}" for n in range(200)]
    rows, [difference] = published_values(
        metrics_of(),
        {"spearman_by_tissue": 0.6},
        "signed",
        pairs,
        block=np.arange(200) // 2,
        n_resamples=100,
        seed=1,
    )
    of_model = rows[rows["predictor"] == "model"].iloc[0]
    assert of_model["ci_low"] < of_model["value"] < of_model["ci_high"]
    assert of_model["n_blocks"] == difference["n_blocks"] == 100
    assert difference["ci_low"] == pytest.approx(of_model["ci_low"] - 0.6)
