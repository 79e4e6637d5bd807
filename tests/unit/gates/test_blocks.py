import numpy as np
import pandas as pd
import pytest
from alarms import alarms_of
from endobench.core.columns import PAIRS
from endobench.gates.blocks import measure

N_BLOCKS = 60
CHROMS = ("chr1", "chr2", "chr3")
# Borders of blocks of 0.6 to 1.6 Mb.
BORDERS = np.cumsum(np.random.default_rng(3).integers(600_000, 1_600_000, N_BLOCKS + 1))


@pytest.fixture(scope="module")
def pairs():
    """Linked pairs of features whose variants lie within one block each."""
    rng = np.random.default_rng(1)
    rows = []
    for chrom in CHROMS:
        for block in range(N_BLOCKS):
            low, high = BORDERS[block] + 20_000, BORDERS[block + 1] - 20_000
            for feature in range(2):
                places = np.sort(rng.integers(low, high, 8))
                rows += [
                    (f"{chrom}_{at}_A_G_b38", f"{chrom}.{block}.{feature}")
                    for at in places
                ]
    frame = pd.DataFrame(rows, columns=["variant_id", "feature_id"])
    return without_evidence(with_effects(frame.reindex(columns=PAIRS.names), 500_000))


def blocks_of(borders=BORDERS, by=0, chroms=CHROMS):
    frames = [
        pd.DataFrame(
            {"chrom": each, "start": borders[:-1] + by, "end": borders[1:] + by}
        )
        for each in chroms
    ]
    return pd.concat(frames, ignore_index=True)


def cut_into(length_bp):
    return blocks_of(np.arange(0, BORDERS[-1] + length_bp, length_bp))


def test_the_right_blocks_raise_no_alarm(pairs):
    assert alarms_of(measure(pairs, blocks_of())) == {}


def test_without_blocks_nothing_is_checked(pairs):
    measured = measure(pairs, None)
    assert len(measured) == 3
    assert np.isnan([each.value for each in measured.values()]).all()


@pytest.mark.parametrize("length_bp", [1_000, 10_000, 50_000])
def test_short_blocks_are_told(pairs, length_bp):
    assert alarms_of(measure(pairs, cut_into(length_bp)))["ld_block_length"] == "fail"


@pytest.mark.parametrize("by", [-500_000, 300_000, 2_000_000])
def test_blocks_of_another_build_are_told(pairs, by):
    found = alarms_of(measure(pairs, blocks_of(by=by)))
    assert found["ld_block_borders"] in ("warn", "fail")


@pytest.mark.parametrize(
    "blocks",
    [
        cut_into(10**9),
        cut_into(10**9).iloc[:1],
        blocks_of(chroms=("1", "2", "3")),
    ],
    ids=["one for each chromosome", "one", "other names"],
)
def test_few_blocks_are_told(pairs, blocks):
    assert alarms_of(measure(pairs, blocks)) == {"ld_block_count": "fail"}


def test_a_few_pairs_may_lie_in_one_block(pairs):
    assert alarms_of(measure(pairs[:16], blocks_of())) == {}


def test_features_with_one_variant_have_no_neighbours(pairs):
    alone = pairs.drop_duplicates("feature_id")
    measured = measure(alone, cut_into(1_000))
    assert np.isnan(measured["ld_block_length"].value)
    assert np.isnan(measured["ld_block_borders"].value)
    assert alarms_of(measured) == {}


def test_the_order_of_pairs_and_blocks_changes_nothing(pairs):
    mixed = measure(pairs.sample(frac=1, random_state=1), blocks_of(by=9).iloc[::-1])
    assert mixed == measure(pairs, blocks_of(by=9))


def with_effects(pairs, length_bp, seed=5):
    """Add effects that are alike up to a distance, or independent where it is 0."""
    rng = np.random.default_rng(seed)
    pos = pairs["variant_id"].str.split("_").str[1].astype(int).to_numpy()
    feature = pd.factorize(pairs["feature_id"])[0]
    value = rng.normal(size=len(pairs))
    for row in range(1, len(pairs)) if length_bp else ():
        if feature[row] == feature[row - 1]:
            r = np.exp((pos[row - 1] - pos[row]) / length_bp)
            value[row] = r * value[row - 1] + np.sqrt(1 - r**2) * value[row]
    return pairs.assign(effect=np.exp(value), effect_se=0.1, p_value=1e-6, unit="slope")


def without_evidence(pairs):
    return pairs.assign(effect_se=np.nan, p_value=np.nan)


@pytest.mark.parametrize("change", [lambda pairs: pairs, without_evidence])
def test_independent_signals_of_a_feature_may_lie_in_several_blocks(pairs, change):
    short = cut_into(50_000)
    independent = measure(change(with_effects(pairs, 0)), short)
    assert alarms_of(independent) == {}
    for name in ("ld_block_length", "ld_block_borders"):
        assert "too little LD to tell" in independent[name].evidence
    linked = measure(with_effects(pairs, 500_000), short)
    assert alarms_of(linked)["ld_block_length"] == "fail"
    other = measure(with_effects(pairs, 500_000), blocks_of(by=-500_000))
    assert alarms_of(other)["ld_block_borders"] in ("warn", "fail")
