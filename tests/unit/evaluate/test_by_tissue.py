import numpy as np
import pandas as pd
import pytest
import scipy.stats
from endobench.evaluate.by_tissue import (
    METRICS,
    auprc,
    auroc,
    by_tissue,
    interval_by_tissue,
)
from endobench.sources.cells import published_of
from endobench.stats.agreement import Unsigned
from endobench.stats.estimates import Estimates


def pairs_of(*rows):
    names = ["feature_id", "effect", "raw"]
    return pd.DataFrame(rows, columns=names)


def made(seed=1, sizes=(60, 25, 7)):
    rng = np.random.default_rng(seed)
    parts = [
        pd.DataFrame(
            {
                "feature_id": [f"ENSG{n}@T{at}" for n in range(size)],
                "effect": rng.normal(size=size),
                # Ties in both.
                "raw": rng.integers(-3, 4, size).astype(float),
            }
        )
        for at, size in enumerate(sizes)
    ]
    return pd.concat(parts, ignore_index=True)


def test_a_correlation_is_the_mean_over_tissues_weighted_by_their_rows():
    pairs = made()
    tissue = pairs["feature_id"].str.split("@").str[1]
    for name, function in (
        ("spearman", scipy.stats.spearmanr),
        ("pearson", scipy.stats.pearsonr),
    ):
        expected = sum(
            len(part) * function(part["effect"], part["raw"]).statistic
            for _, part in pairs.groupby(tissue)
        ) / len(pairs)
        value, n = by_tissue(pairs, f"{name}_by_tissue", "signed")
        assert value == pytest.approx(expected)
        assert n == len(pairs)
        # It differs from that of all pairs together.
        pooled = function(pairs["effect"], pairs["raw"]).statistic
        assert value != pytest.approx(pooled)


def by_pairs(is_positive, score):
    """Return the share of pairs of a positive and a negative that are in order."""
    wins = [
        (a > b) + (a == b) / 2 for a in score[is_positive] for b in score[~is_positive]
    ]
    return np.mean(wins)


def by_thresholds(is_positive, score):
    """Return the average precision from the definition."""
    total, found = 0.0, 0.0
    for limit in sorted(set(score), reverse=True):
        is_above = score >= limit
        recall = is_positive[is_above].sum() / is_positive.sum()
        total += (recall - found) * is_positive[is_above].mean()
        found = recall
    return total


@pytest.mark.parametrize("seed", range(5))
def test_curves_are_those_of_their_definitions(seed):
    pairs = made(seed, sizes=(40,))
    effect, score = (pairs[name].to_numpy() for name in ("effect", "raw"))
    assert auroc(effect, score) == pytest.approx(by_pairs(effect > 0, score))
    assert auprc(effect, score) == pytest.approx(by_thresholds(effect > 0, score))


def test_tissues_of_one_row_or_one_class_are_left_out():
    pairs = pairs_of(
        ("g1@A", 1, 0.9),
        ("g2@A", 0, 0.1),
        ("g1@B", 1, 0.1),
        # One class, and one row.
        ("g1@C", 1, 0.3),
        ("g2@C", 1, 0.2),
        ("g1@D", 0, 0.3),
    )
    assert by_tissue(pairs, "auroc_by_tissue", "unsigned") == (1.0, 2)
    value, n = by_tissue(pairs.iloc[2:], "auroc_by_tissue", "unsigned")
    assert np.isnan(value) and n == 0


def test_pairs_without_a_tissue_are_of_one():
    pairs = pairs_of(("g1", 1, 2.0), ("g2", -1, 1.0), ("g3", 0, 1.5))
    assert by_tissue(pairs, "spearman_by_tissue", "signed") == (1.0, 3)


def test_signs_are_above_their_null_and_classes_have_sizes():
    signs = pairs_of(("g1@A", 1, 2.0), ("g2@A", 0, -3.0))
    assert by_tissue(signs, "sign_auroc_by_tissue", "signed", 0.5) == (1.0, 2)
    # A class is predicted by the size of a score.
    assert by_tissue(signs, "auroc_by_tissue", "unsigned") == (0.0, 2)


def test_every_metric_by_tissue_can_be_published():
    text = "; ".join(f"{name}_by_tissue=0.5" for name in METRICS)
    found = published_of({"published": text})
    assert list(found) == [f"{name}_by_tissue" for name in METRICS]


def test_an_interval_of_equal_rows_in_blocks_is_that_of_the_blocks():
    """Rows that repeat one another within a block say no more than one of them."""
    rng = np.random.default_rng(3)
    effect = rng.normal(size=120)
    one = pd.DataFrame({"effect": effect, "raw": effect + rng.normal(size=120)})
    one["feature_id"] = [f"ENSG{n}@T{n % 2}" for n in range(120)]
    block = np.arange(120)
    options = {"n_resamples": 200, "seed": 1}
    alone, n_alone = interval_by_tissue(
        one, block, "spearman_by_tissue", "signed", **options
    )
    thrice = pd.concat([one] * 3, ignore_index=True)
    blocked, n_blocked = interval_by_tissue(
        thrice, np.tile(block, 3), "spearman_by_tissue", "signed", **options
    )
    naive, _ = interval_by_tissue(
        thrice, np.arange(360), "spearman_by_tissue", "signed", **options
    )
    assert n_alone == n_blocked == 120
    value, _ = by_tissue(one, "spearman_by_tissue", "signed")
    assert alone.ci_low < value < alone.ci_high
    np.testing.assert_allclose(blocked[:2], alone[:2], atol=0.01)
    width, too_narrow = (each.ci_high - each.ci_low for each in (blocked, naive))
    assert too_narrow < 0.7 * width


def test_a_metric_of_heavy_tails_has_no_interval():
    found, _ = interval_by_tissue(
        made(), np.arange(92), "pearson_by_tissue", "signed", n_resamples=100, seed=1
    )
    assert np.isnan(found.ci_low) and np.isnan(found.ci_high)


def test_an_area_in_one_tissue_has_the_interval_of_the_area():
    rng = np.random.default_rng(5)
    pairs = made(sizes=(400,))
    is_positive = rng.random(400) < 0.1
    pairs["effect"] = is_positive.astype(float)
    block = rng.integers(0, 40, 400)
    found, n_blocks = interval_by_tissue(
        pairs, block, "auroc_by_tissue", "unsigned", n_resamples=200, seed=4
    )
    statistic = Unsigned(is_positive, pairs["raw"].abs(), block, 40)
    rows = Estimates({"model": statistic}, n_resamples=200, seed=4).rows()
    expected = rows.set_index("metric").loc["auroc"]
    assert (found.ci_low, found.ci_high) == pytest.approx(
        (expected["ci_low"], expected["ci_high"])
    )
    assert n_blocks == expected["n_blocks"] == 40
