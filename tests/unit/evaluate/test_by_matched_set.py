import numpy as np
import pandas as pd
import pytest
from endobench.evaluate.by_matched_set import (
    N_DRAWS,
    by_matched_set,
    interval_by_matched_set,
)
from endobench.evaluate.by_tissue import auprc


def made(n_sets=150, seed=3):
    """Return sets of one or two positives and one to nine negatives in mixed lines."""
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(n_sets):
        labels = [1] * rng.integers(1, 3) + [0] * rng.integers(1, 10)
        rows += [(f"{number}", label) for label in labels]
    pairs = pd.DataFrame(rows, columns=["matched_set", "effect"])
    pairs["raw"] = np.round(pairs["effect"] + rng.normal(size=len(pairs)), 1)
    pairs["source_line"] = rng.permutation(len(pairs)) + 2
    return pairs


def average_precision(label, score):
    """Return the mean precision at the scores of positives, from its definition."""
    at = [np.mean(label[score >= value]) for value in score[label == 1]]
    return np.mean(at)


def test_the_value_is_that_of_draws_of_one_pair_for_each_set():
    pairs = made(60)
    rows = pairs.sort_values("source_line")
    combined = rows[rows["effect"] == 1].merge(
        rows[rows["effect"] == 0], on="matched_set", suffixes=("_pos", "_neg")
    )
    found = []
    for seed in range(N_DRAWS):
        drawn = combined.groupby("matched_set").sample(n=1, random_state=seed)
        label = np.repeat([1, 0], len(drawn))
        score = np.concatenate([drawn["raw_pos"].abs(), drawn["raw_neg"].abs()])
        found.append(average_precision(label, score))
    value, n = by_matched_set(pairs)
    assert value == pytest.approx(np.mean(found))
    assert n == 120
    # Among all rows, positives are fewer than negatives.
    pooled = auprc(pairs["effect"].to_numpy(), pairs["raw"].abs().to_numpy())
    assert value > pooled + 0.1


def test_sets_of_one_class_and_rows_without_a_set_are_left_out():
    pairs = made(20)
    others = pd.DataFrame(
        {
            "matched_set": ["alone", "alone", None],
            "effect": [1, 1, 0],
            "raw": [9.0, 8.0, 9.0],
            "source_line": [900, 901, 902],
        }
    )
    assert by_matched_set(pd.concat([pairs, others])) == by_matched_set(pairs)
    value, n = by_matched_set(others)
    assert np.isnan(value) and n == 0
    found, n_blocks = interval_by_matched_set(
        others, np.arange(3), n_resamples=50, seed=1
    )
    assert np.isnan(found.ci_low) and n_blocks == 0


@pytest.mark.studies
def test_the_interval_is_as_wide_as_values_of_other_samples():
    samples = [made(60, seed=100 + number) for number in range(30)]
    expected = 2 * 1.96 * np.std([by_matched_set(each)[0] for each in samples], ddof=1)
    for pairs in samples[:3]:
        block = pairs["matched_set"].astype(int).to_numpy()
        found, n_blocks = interval_by_matched_set(pairs, block, n_resamples=100, seed=1)
        assert n_blocks == 60
        # The spread of 30 values is known to 13 %, that of 100 resamples to 7 %.
        assert 0.6 * expected < found.ci_high - found.ci_low < 1.6 * expected


def test_positives_of_two_blocks_have_no_interval():
    pairs = made()
    is_positive = pairs["effect"].to_numpy() > 0
    block = np.where(is_positive, np.arange(len(pairs)) % 2, np.arange(len(pairs)) % 30)
    found, n_blocks = interval_by_matched_set(pairs, block, n_resamples=100, seed=1)
    assert np.isnan([found.ci_low, found.ci_high]).all()
    assert n_blocks == 30
