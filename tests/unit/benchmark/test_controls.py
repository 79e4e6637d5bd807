import json

import numpy as np
import pandas as pd
import pytest
from endobench.benchmark.controls import (
    MIN_BLOCKS,
    check_other_file,
    detection_rate,
    detections,
    join_control,
    measurements_of,
    scores_of_control,
    with_measurements,
)
from endobench.core.columns import CONTROL_PAIRS, EFFECTS, PAIRS, SCORE_TABLE
from endobench.core.errors import InputError
from endobench.core.tables import as_table
from frames import benchmark, effects_of, variants_of

IDS = ["chr1_10_A_G_b38", "chr1_20_AC_A_b38", "chr2_30_C_T_b38"]


def sample(n_blocks=60, size=5, seed=2):
    """Return effects and scores that know nothing of each other, linked by block."""
    rng = np.random.default_rng(seed)
    block = np.repeat(np.arange(n_blocks), size)
    linked = rng.normal(size=(2, n_blocks))[:, block]
    effect, score = 0.6 * linked + 0.8 * rng.normal(size=(2, n_blocks * size))
    return effect, score, block


def test_a_planted_correlation_is_detected_and_none_is_not():
    value, low, high = detection_rate(*sample(), 0.5)
    assert value > 0.95 and low <= value <= high
    value, low, high = detection_rate(*sample(), 0.0, n_trials=2000)
    assert 0.02 < value < 0.08 and low <= value <= high


def test_more_that_is_planted_is_found_more_often():
    rates = [detection_rate(*sample(), rho)[0] for rho in (0, 0.1, 0.2, 0.4)]
    assert rates == sorted(rates) and rates[-1] > rates[0]


def test_few_pairs_find_little():
    effect, score, block = sample(n_blocks=4, size=2)
    assert detection_rate(effect, score, block, 0.5)[0] < 0.5


@pytest.mark.parametrize("n_blocks", [1, MIN_BLOCKS - 1])
def test_blocks_too_few_to_find_anything_have_no_rate(n_blocks):
    effect, score, block = sample(n_blocks=n_blocks, size=100)
    assert np.isnan(detection_rate(effect, score, block, 0.9)).all()
    # Blocks without a pair are none.
    assert np.isnan(detection_rate(effect, score, 7 * block, 0.9)).all()
    found = detections(effect, score, block, 0.9)
    assert found[["value", "ci_low", "ci_high"]].isna().all(axis=None)


def test_the_fewest_blocks_that_can_find_something_do():
    effect, score, block = sample(n_blocks=MIN_BLOCKS, size=100)
    assert detection_rate(effect, score, block, 0.9)[0] > 0


@pytest.mark.parametrize("sign", [1, -1])
def test_existing_agreement_is_removed(sign):
    _, score, block = sample()
    noise = np.random.default_rng(3).normal(size=len(score))
    sham, _, _ = detection_rate(sign * score + 0.5 * noise, score, block, 0.0)
    assert sham < 0.12
    # Nothing is left of effects that are the scores.
    assert detection_rate(sign * score, score, block, 0.0)[0] == 0
    assert detection_rate(sign * score, score, block, 0.5)[0] == 1


def test_ranks_alone_matter():
    effect, score, block = sample()
    expected = detection_rate(effect, score, block, 0.1)
    assert detection_rate(np.exp(effect), score**3, block, 0.1) == expected


def test_ties_do_not_weaken_what_is_planted():
    effect, score, block = sample()
    tied = np.where(score > np.quantile(score, 0.7), score, -1.0)
    whole = detection_rate(effect, score, block, 0.2)[0]
    assert detection_rate(effect, tied, block, 0.2)[0] == pytest.approx(whole, abs=0.15)


@pytest.mark.parametrize(
    ("effect", "score"),
    [([], []), ([1] * 5, [1, 2, 3, 4, 5]), ([1, 2, 3, 4, 5], [0] * 5)],
)
def test_a_constant_vector_has_no_rate(effect, score):
    found = detection_rate(effect, score, np.arange(len(effect)), 0.5)
    assert np.isnan(found).all()


def test_rows_say_which_is_which():
    effect, score, block = sample()
    found = detections(effect, pd.Series(score), block, 0.5).set_index("predictor")
    assert found.index.tolist() == ["spike_in", "sham"]
    assert set(found["metric"]) == {"detection_rate"}
    assert tuple(found.loc["spike_in", ["value", "ci_low", "ci_high"]]) == (
        detection_rate(effect, score, block, 0.5)
    )


def table_of(**scores):
    table = variants_of(*scores).assign(score=list(scores.values()))
    return table.assign(source_id=list(scores)).reindex(columns=SCORE_TABLE.names)


def controlled(table):
    effects = effects_of(*((each, "g", place) for place, each in enumerate(IDS)))
    effects = effects.reindex(columns=EFFECTS.names)
    return join_control(effects, scores_of_control(variants_of(*IDS), table, "other"))


def with_measured(pairs, table):
    return with_measurements(pairs, measurements_of(variants_of(*IDS), table))


def test_a_control_is_joined_by_what_a_variant_is_and_says_what_it_is():
    found = controlled(table_of(**{IDS[2]: 0.5, IDS[0]: -1.0}))
    assert found["variant_id"].tolist() == [IDS[0], IDS[2]]
    assert found["raw"].tolist() == [-1.0, 0.5]
    assert set(found["model"]) == {"control/other"}
    assert as_table(found, PAIRS).num_rows == 2


def test_a_control_without_a_shared_variant_is_told(caplog):
    assert controlled(table_of(chr5_10_A_G_b38=1.0)).empty
    assert "control other has none of the 3 variants with effects" in caplog.text
    assert "(such as 'chr5_10_A_G_b38')" in caplog.text


def test_a_control_with_ref_and_alt_exchanged_is_turned():
    found = controlled(table_of(chr1_10_G_A_b38=0.75))
    assert found["raw"].tolist() == [-0.75]


def test_a_control_that_shares_no_variant_is_empty():
    found = controlled(table_of(chr3_10_G_A_b38=0.75))
    assert found.empty and list(found) == PAIRS.names


def test_a_controls_errors_and_features_come_with_it():
    table = table_of(**{IDS[2]: 0.5, "chr1_10_G_A_b38": -1.0})
    table = table.assign(effect_se=[0.1, 0.2], measured_feature=["peak_1", "peak_2"])
    pairs = controlled(table)
    found = with_measured(pairs, table)
    assert found["variant_id"].tolist() == [IDS[0], IDS[2]]
    assert found["control_se"].tolist() == [0.2, 0.1]
    assert found["control_feature"].tolist() == ["peak_2", "peak_1"]
    assert as_table(found, CONTROL_PAIRS).num_rows == 2
    named = variants_of("chr9_1_A_G").assign(source_id=IDS[0], score=2.0)
    named = named.assign(feature_id=None, effect_se=0.3, measured_feature="peak_3")
    found = with_measured(controlled(named), named)
    assert found["control_feature"].tolist() == ["peak_3"]
    nothing = table.assign(pos=table["pos"] + 5, source_id=None)
    found = with_measured(pairs[:0], nothing)
    assert found.empty and list(found) == CONTROL_PAIRS.names


def test_pairs_of_a_benchmark_detect():
    pairs, _ = benchmark(n_features=100)
    block = np.arange(len(pairs)) // 3
    found = detections(pairs["effect"], pairs["raw"], block, 0.5)
    assert found["value"].iloc[0] > 0.8 > 0.2 > found["value"].iloc[1]


def record(folder, name, sha256):
    path = folder / f"{name}.json"
    path.write_text(json.dumps({"file": name, "sha256": sha256}))
    return path


def test_a_copy_of_the_effects_under_another_name_is_refused(tmp_path):
    mine, copy, other = (
        record(tmp_path, name, digest)
        for name, digest in (("mine", "ab"), ("copy", "ab"), ("other", "cd"))
    )
    check_other_file(mine, other, "other")
    check_other_file(record(tmp_path, "a", None), record(tmp_path, "b", None), "b")
    with pytest.raises(InputError, match="control copy: its file is a copy of that"):
        check_other_file(mine, copy, "copy")
