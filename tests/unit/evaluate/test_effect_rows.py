import functools

import numpy as np
import pandas as pd
from endobench.benchmark.baselines import annotations_of
from endobench.evaluate.effect_rows import add_effects
from endobench.evaluate.parts import Parts
from endobench.evaluate.subset import Subset
from frames import benchmark, choices_of

PAIRS_, ANNOTATIONS_ = benchmark(n_chromosomes=1)
MAIN = ("lead_per_feature", "all_pairs")


def added(pairs=PAIRS_, **changes):
    known = annotations_of(pairs, ANNOTATIONS_)
    whole = Subset(pairs, ANNOTATIONS_, known, np.arange(len(pairs)) // 5)
    with Parts("corrected", 1) as parts:
        add_effects(parts, whole, choices_of(**changes), None)
        return parts.gathered().metrics()


@functools.cache
def plain():
    return added()


def test_main_strata_alone_have_baselines_nulls_and_power():
    is_main = plain()["stratum"].isin(MAIN)
    others = plain()[~is_main]
    assert set(others["predictor"]) == {"model"}
    assert set(others["task"]) == {"signed", "magnitude"}
    for stratum in MAIN:
        found = plain()[plain()["stratum"] == stratum]
        assert set(found["task"]) > {"chance", "ceiling", "power", "control", "count"}
        assert {"motif_change", "mismatched_tracks"} < set(found["predictor"])


def test_strata_that_are_chosen_have_the_rows_that_they_have_among_all():
    chosen = ("all_pairs", "effect_tertile_1", "none of these")
    found = added(strata=chosen)
    expected = plain()[plain()["stratum"].isin(chosen)]
    assert set(found["stratum"]) == set(chosen[:2])
    pd.testing.assert_frame_equal(found, expected.reset_index(drop=True))


def test_tracks_of_another_tissue_are_compared_on_the_pairs_that_have_their_score():
    """One pair without a score must not hide that another tissue agrees better."""
    is_missing = np.arange(len(PAIRS_)) < 1
    other = PAIRS_["effect"].mask(is_missing)
    found = added(PAIRS_.assign(raw_mismatched=other), strata=("all_pairs",))
    is_asked = (found["task"] == "signed") & (found["metric"] == "spearman")
    rows = found[is_asked].set_index("predictor")
    assert rows.loc["mismatched_tracks", "value"] == 1
    assert rows.loc["mismatched_tracks", "n"] == len(PAIRS_) - 1
    assert rows.loc["mismatched_tracks/model", "n"] == len(PAIRS_) - 1
    without = added(PAIRS_.assign(raw_mismatched=np.nan), strata=("all_pairs",))
    assert "mismatched_tracks" not in set(without["predictor"])
