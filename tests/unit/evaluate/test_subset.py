import numpy as np
import pandas as pd
from endobench.benchmark.baselines import annotations_of
from endobench.evaluate.subset import Subset, variant_counts, with_all_resamples
from endobench.stats.estimates import statistics_of
from frames import benchmark, choices_of

PAIRS_, ANNOTATIONS_ = benchmark(n_chromosomes=1)
BLOCK = np.arange(len(PAIRS_)) // 5
WHOLE = Subset(PAIRS_, ANNOTATIONS_, annotations_of(PAIRS_, ANNOTATIONS_), BLOCK)


def test_pairs_of_a_mask_keep_their_annotations_and_blocks():
    mask = PAIRS_["effect"] > 0
    some = WHOLE.where(mask)
    assert some.pairs["variant_id"].tolist() == PAIRS_["variant_id"][mask].tolist()
    np.testing.assert_array_equal(some.block, BLOCK[mask])
    expected = WHOLE.scores()[mask.to_numpy()].reset_index(drop=True)
    pd.testing.assert_frame_equal(some.scores().reset_index(drop=True), expected)
    assert WHOLE.where(mask | True) is WHOLE


def test_the_model_alone_has_one_predictor():
    some = WHOLE.of_model().where(PAIRS_["effect"] > 0)
    assert list(some.scores()) == ["model"] and "model" in WHOLE.scores()
    assert some.scores()["model"].tolist() == some.pairs["raw"].tolist()


def test_variants_are_counted_once_however_many_pairs_they_have():
    twice = pd.concat([PAIRS_, PAIRS_.iloc[:1].assign(feature_id="x")])
    twice = twice.assign(shift_bp=[5] * 3 + [0] * (len(twice) - 4) + [5], route="atlas")
    counts = variant_counts(twice).set_index("metric")["value"]
    assert counts.to_dict() == {"moved_windows": 3, "from_atlas": len(PAIRS_)}


def test_all_resamples_are_of_the_model_alone():
    effect = PAIRS_["effect"].to_numpy()
    scores = WHOLE.scores()[["model", "motif_change"]]
    statistics = statistics_of(effect, scores, BLOCK, names=("spearman",))
    rows = pd.DataFrame({"predictor": ["model", "motif_change"], "p": [2.0, 3.0]})
    found = with_all_resamples(rows, statistics, choices_of())
    assert found["predictor"].tolist() == ["model", "motif_change"]
    assert found["p"].iloc[0] < 0.05 and found["p"].iloc[1] == 3.0
