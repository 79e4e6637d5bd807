import numpy as np
import pandas as pd
import pytest
from endobench.core.columns import PAIRS
from endobench.gates.missing_values import (
    allele_lengths,
    effect_ties,
    missing_scores,
    score_ties,
)

N = 1_000
WARNS, FAILS = 0.02, 0.05


def variants(n=N, seed=1):
    rng = np.random.default_rng(seed)
    alt = np.where(np.arange(n) % 10 == 0, "AC", "G")
    ids = [f"chr{1 + i % 4}_{100 * i + 1}_A_{alt[i]}_b38" for i in range(n)]
    frame = pd.DataFrame(
        {
            "variant_id": ids,
            "raw": 0.1 * rng.standard_t(3, n),
            "route": np.where(np.arange(n) % 3, "model", "atlas"),
            "shift_bp": np.where(np.arange(n) % 20, 0, 50),
            "in_peak": np.arange(n) % 7 < 3,
        }
    )
    return frame.reindex(columns=PAIRS.names)


def filled(is_missing, value=0.0, frame=None):
    frame = variants() if frame is None else frame
    return frame.assign(raw=np.where(is_missing, value, frame["raw"]))


def some(share, seed=2):
    return np.random.default_rng(seed).random(N) < share


@pytest.mark.parametrize("scale", [1e-6, 1, 1e4])
@pytest.mark.parametrize("kind", [np.float64, np.float32, np.float16])
def test_scores_of_a_model_are_not_equal(scale, kind):
    frame = variants()
    raw = frame["raw"].to_numpy().astype(kind).astype(float) * scale
    assert score_ties(frame.assign(raw=raw)).value < WARNS


@pytest.mark.parametrize("value", [0.0, -1.0, 99.0, 0.013])
@pytest.mark.parametrize("share", [0.09, 0.4])
def test_missing_scores_are_found_whatever_their_value(share, value):
    everywhere = variants().assign(in_peak=None)
    found = score_ties(filled(some(share), value, everywhere))
    assert found.value > FAILS
    assert found.value == pytest.approx(some(share).mean(), abs=0.002)
    assert f"the most common score, {value:.5g}" in found.evidence


def test_a_jittered_value_is_one_value():
    jitter = 1e-10 * np.random.default_rng(3).normal(size=N)
    assert score_ties(filled(some(0.2), jitter)).value > 0.1


PARTS = {
    "variants on chr2": lambda frame: frame["variant_id"].str.startswith("chr2_"),
    "insertions": lambda frame: frame["variant_id"].str.contains("_AC_"),
    "variants of route atlas": lambda frame: frame["route"] == "atlas",
    "variants with moved windows": lambda frame: frame["shift_bp"] != 0,
    "variants in peaks": lambda frame: frame["in_peak"].astype(bool),
}


@pytest.mark.parametrize("name", PARTS)
def test_a_part_without_scores_is_named(name):
    is_part = PARTS[name](variants()).to_numpy()
    found = score_ties(filled(is_part, 0.5))
    assert found.value == 1
    assert f" {name} have the most common score" in found.evidence
    assert found.n == is_part.sum()


def test_scores_of_genes_are_counted_as_pairs():
    frame = variants()
    frame["variant_id"] = np.repeat(frame["variant_id"].to_numpy()[:500], 2)
    found = score_ties(filled(some(0.2), 0.5, frame))
    assert f"of {N:,} pairs have the most common score" in found.evidence


def test_a_sparse_model_may_be_zero_outside_peaks():
    frame = variants()
    is_outside = ~frame["in_peak"].astype(bool).to_numpy()
    sparse = filled(is_outside & some(0.6))
    assert score_ties(sparse).value < WARNS
    # But not in peaks, nor by another value, nor wholly.
    assert score_ties(filled(~is_outside & some(0.6))).value > FAILS
    assert score_ties(filled(is_outside & some(0.6), 0.1)).value > FAILS
    assert score_ties(filled(is_outside)).value == 1
    # Without peaks, nothing says where a sparse model finds nothing.
    assert score_ties(sparse.assign(in_peak=None)).value > FAILS


def test_rounded_scores_are_compared_with_adjacent_values():
    frame = variants()
    rounded = frame.assign(raw=frame["raw"].round(2))
    assert score_ties(rounded).value < FAILS
    everywhere = rounded.assign(in_peak=None)
    assert score_ties(filled(some(0.2), 0.0, everywhere)).value > FAILS


@pytest.mark.parametrize("seed", range(8))
def test_rounded_scores_of_small_parts_are_equal_by_chance(seed):
    scores = np.random.default_rng(seed).normal(0, 0.02, 400)
    rounded = variants(400).assign(raw=scores.round(3))
    assert score_ties(rounded).value < WARNS
    is_here = rounded["variant_id"].str.startswith("chr2_") & (some(0.2)[:400])
    assert score_ties(filled(is_here, 0.013, rounded)).value > FAILS


def test_a_few_equal_scores_are_chance():
    frame = variants(40)
    frame.loc[[1, 2], "raw"] = 0.1
    assert score_ties(frame).value == 0
    assert np.isnan(score_ties(frame.iloc[:20]).value)


def test_the_order_of_rows_does_not_matter():
    frame = filled(some(0.1))
    assert score_ties(frame) == score_ties(frame.sample(frac=1, random_state=1))


def test_lengths_of_alleles_are_read_from_ids():
    ref, alt = allele_lengths(pd.Series(["chr1_5_A_GT_b38", "chrUn_1_7_AC_A", "x"]))
    assert ref.tolist()[:2] == [1, 2] and alt.tolist()[:2] == [2, 1]
    assert np.isnan(ref[2]) and np.isnan(alt[2])


def lost(*rows):
    """Return a waterfall of rows of stage, reason and number of pairs."""
    return pd.DataFrame(rows, columns=["stage", "reason", "n_pairs"])


def test_pairs_without_a_score_are_counted_with_their_reasons():
    kept = pd.DataFrame({"model": ["table/one"] * 60})
    waterfall = lost(
        ("input", "all rows", 130),
        ("peaks", "outside_peaks", 20),
        ("predict", "not_in_table", 25),
        ("predict", "score_not_a_number", 15),
        ("join", "left_out", 10),
        ("kept", "scored pairs", 60),
    )
    found = missing_scores(kept, waterfall)
    assert (found.value, found.n) == (0.4, 100)
    assert "40 of 100 pairs" in found.evidence
    assert "(not_in_table 25, score_not_a_number 15)" in found.evidence
    assert missing_scores(kept, lost(("kept", "scored pairs", 60))).value == 0


@pytest.mark.parametrize(
    "reason", ["not_in_atlas", "gene_not_in_window", "gene_id_retired"]
)
def test_what_is_missing_whatever_the_effects_are_does_not_count(reason):
    kept = pd.DataFrame({"model": ["alphagenome"] * 60})
    waterfall = lost(("predict", reason, 40), ("predict", "prediction_failed", 20))
    assert missing_scores(kept, waterfall).value == 0.25


def test_genes_that_a_table_lacks_may_have_been_chosen():
    kept = pd.DataFrame({"model": ["table/one"] * 60})
    found = missing_scores(kept, lost(("predict", "gene_not_in_table", 20)))
    assert (found.value, found.n) == (0.25, 80)


def test_an_assay_measures_variants_of_its_own():
    kept = pd.DataFrame({"model": ["assay/dsqtl"] * 60})
    assert np.isnan(missing_scores(kept, lost(("predict", "not_in_table", 940))).value)


def effects(n=N, seed=4):
    frame = variants(n).assign(feature_id=[f"gene{i // 3}" for i in range(n)])
    draw = np.random.default_rng(seed).normal(0, 0.4, n)
    return frame.assign(effect=draw, unit="log2FC")


@pytest.mark.parametrize("value", [0.0, -9.0, 0.0131])
def test_missing_effects_are_found_whatever_their_value(value):
    pairs = effects()
    assert effect_ties(pairs).value < WARNS
    pairs["effect"] = pairs["effect"].mask(some(0.3), value)
    found = effect_ties(pairs)
    assert found.value > 4 * FAILS
    assert f"are {value:.5g}, the most common" in found.evidence


def test_variants_in_perfect_ld_have_one_effect():
    pairs = effects()
    # A fifth of the variants of chr2 are those of one gene.
    is_linked = pairs["variant_id"].str.startswith("chr2_") & (np.arange(N) < N / 5)
    linked = pairs.assign(
        effect=pairs["effect"].mask(is_linked, 0.5),
        feature_id=pairs["feature_id"].mask(is_linked, "gene"),
    )
    assert effect_ties(linked).value < WARNS
    assert effect_ties(linked.assign(feature_id=pairs["feature_id"])).value > FAILS


@pytest.mark.parametrize("n_reads", [8, 50])
def test_simple_fractions_are_common_among_allelic_ratios(n_reads):
    rng = np.random.default_rng(5)
    depth = n_reads + rng.poisson(n_reads, N)
    pairs = effects().assign(effect=rng.binomial(depth, 0.55) / depth, unit="Pi")
    assert (pairs["effect"] == 0.5).mean() > WARNS
    assert effect_ties(pairs).value < FAILS / 5
    for value in (0.0, 0.5):
        missing = pairs.assign(effect=pairs["effect"].mask(some(0.3), value))
        assert effect_ties(missing).value > FAILS


def test_missing_effects_of_one_chromosome_are_found():
    pairs = effects()
    is_here = pairs["variant_id"].str.startswith("chr3_") & some(0.2)
    found = effect_ties(pairs.assign(effect=pairs["effect"].mask(is_here, 0.0)))
    assert found.value > FAILS and "effects on chr3 are 0" in found.evidence


@pytest.mark.parametrize(
    ("change", "unit", "is_seen"),
    [
        (np.sign, "log2FC", True),
        (np.sign, "sign", False),
        (lambda effect: effect > 0, "label", False),
        (lambda effect: np.round(effect, 1), "log2FC", False),
        (lambda effect: np.maximum(effect, 0), "p_value", False),
    ],
)
def test_signs_are_no_effects_and_rounded_effects_are_effects(change, unit, is_seen):
    pairs = effects()
    found = effect_ties(pairs.assign(effect=change(pairs["effect"]) * 1.0, unit=unit))
    assert (found.value > FAILS) == is_seen
