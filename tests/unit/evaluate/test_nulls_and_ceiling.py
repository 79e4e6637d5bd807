import numpy as np
import pandas as pd
import pytest
import scipy.stats
from endobench.evaluate.nulls_and_ceiling import (
    ceiling_rows,
    control_rows,
    control_sequence_rows,
    null_rows,
    power_rows,
    replicate_effects,
    replicate_rows,
    sequence_rows,
)
from endobench.stats import nulls as null_tests
from endobench.stats.ld_blocks import blocks_of_pairs
from frames import CHOICES, benchmark, blocks_of, choices_of, exchanged

PAIRS_, ANNOTATIONS_ = benchmark()
NULLS = ["permuted_in_strata", "sign_flip_by_block", "mismatched_variant"]


def nulls(pairs, options=CHOICES):
    block = blocks_of_pairs(pairs, blocks_of())
    return null_rows(pairs, block, options).set_index("predictor")


def test_nulls_are_around_zero_and_an_agreement_is_significant():
    found = nulls(PAIRS_)
    assert found.index.tolist() == NULLS
    assert set(found["metric"]) == {"spearman"} and set(found["n"]) == {len(PAIRS_)}
    assert (found["value"].abs() < 0.2).all()
    assert (found["ci_low"] < 0).all() and (found["ci_high"] > 0).all()
    assert found["p"].iloc[:2].tolist() == [2 / 50, 1 / 50]
    assert found["p"].iloc[2] > 0.05
    assert (found["n_blocks"] == found["n_blocks"].iloc[0]).all()


def test_random_scores_are_not_significant():
    found = [nulls(benchmark(rho=0.0, seed=seed)[0])["p"] for seed in range(10)]
    assert (np.array(found)[:, :2] <= 0.05).mean() < 0.2


def test_neither_the_order_of_pairs_nor_of_alleles_matters():
    expected = nulls(PAIRS_)
    pd.testing.assert_frame_equal(
        nulls(PAIRS_.sample(frac=1, random_state=1)), expected
    )
    flipped = nulls(exchanged(PAIRS_, ANNOTATIONS_)[0])
    pd.testing.assert_frame_equal(
        flipped.loc[NULLS[1:]], expected.loc[NULLS[1:]], check_exact=False
    )
    assert flipped.loc[NULLS[0], "p"] == expected.loc[NULLS[0], "p"]


def test_effects_are_relative_to_their_null():
    shifted = PAIRS_.assign(effect=PAIRS_["effect"] + 0.5)
    found = nulls(shifted, choices_of(null=0.5))
    pd.testing.assert_frame_equal(found, nulls(PAIRS_))


def test_distance_and_frequency_may_be_unknown():
    found = nulls(PAIRS_.assign(distance=np.nan, maf=np.nan))
    assert found["value"].notna().all()


def test_a_variant_with_two_scores_is_two():
    again = PAIRS_.iloc[:3].assign(feature_id="other", raw=[3.0, 2.0, 1.0])
    found = nulls(pd.concat([PAIRS_, again], ignore_index=True))
    assert set(found["n"]) == {len(PAIRS_) + 3} and found["value"].notna().all()


def test_without_a_known_effect_allele_signs_do_not_matter():
    unsigned = choices_of(is_signed=False)
    found = nulls(PAIRS_, unsigned)
    assert found.index.tolist() == [NULLS[0], NULLS[2]]
    signs = np.where(PAIRS_.index % 3, 1, -1)
    turned = PAIRS_.assign(effect=signs * PAIRS_["effect"], raw=-signs * PAIRS_["raw"])
    pd.testing.assert_frame_equal(nulls(turned, unsigned), found)


@pytest.mark.parametrize("n", [0, 1, 3])
def test_few_pairs_are_counted_and_have_no_value(n):
    found = nulls(PAIRS_.iloc[:n])
    assert set(found["n"]) == {n}
    assert found[["value", "ci_low", "p"]].isna().all(axis=None)


def rho_of(value=0.5, n_eff=80.0, degrees=1e6):
    numbers = {"value": value, "ci_low": value - 0.1, "ci_high": value + 0.1}
    return pd.Series(numbers | {"n": 100, "n_eff": n_eff, "degrees": degrees})


def ceiling(rows, rho=None):
    rho = rho_of() if rho is None else rho
    return ceiling_rows(rows, rho).set_index("metric")


def test_the_ceiling_is_the_root_of_the_reliability():
    found = ceiling(PAIRS_)
    reliability = 1 - 0.2**2 / PAIRS_["effect"].var()
    assert found.loc["reliability", "value"] == pytest.approx(reliability)
    row = found.loc["spearman_over_ceiling", ["value", "ci_low", "ci_high"]]
    expected = np.array([0.5, 0.4, 0.6]) / np.sqrt(reliability)
    np.testing.assert_allclose(row.astype(float), expected)


def test_effects_without_a_standard_error_are_left_out_of_the_ceiling():
    # A standard error of zero was not measured.
    for unknown in (np.nan, 0.0):
        none = ceiling(PAIRS_.assign(effect_se=unknown))
        assert none[["value", "ci_low"]].isna().all(axis=None)
        assert none.loc["reliability", "n"] == 0
    has_error = PAIRS_.index >= 40
    part = PAIRS_.assign(effect_se=PAIRS_["effect_se"].where(has_error))
    pd.testing.assert_frame_equal(ceiling(part), ceiling(PAIRS_[has_error]))
    assert ceiling(part).loc["reliability", "n"] == 80


def test_errors_larger_than_effects_leave_no_ceiling():
    found = ceiling(PAIRS_.assign(effect_se=5.0))
    assert found.loc["reliability", "value"] < 0
    assert np.isnan(found.loc["spearman_over_ceiling", "value"])


@pytest.mark.parametrize(
    "changes", [{"unit": "p_value"}, {"effect": 0.3}], ids=["p values", "constant"]
)
def test_p_values_and_constant_effects_have_no_reliability(changes):
    assert ceiling(PAIRS_.assign(**changes))["value"].isna().all()


def replicated(pairs, options=CHOICES, noise=0.3, n_unknown=20):
    """Return the rows of a second cohort that lacks the first pairs."""
    rng = np.random.default_rng(4)
    other = pairs["effect"] + noise * rng.normal(size=len(pairs))
    table = pairs[["source_id", "feature_id", "effect"]].rename(
        columns={"source_id": "variant_id"}
    )
    table = table.assign(replicate_effect=other, replicate="cohort")
    found = replicate_effects(pairs, table.iloc[n_unknown:])
    assert np.isnan(found).sum() == n_unknown
    shared = np.isfinite(found)
    block = blocks_of_pairs(pairs, blocks_of())[shared]
    rows = replicate_rows(pairs[shared], {"cohort": found[shared]}, block, options)
    return rows.set_index("predictor"), pairs[shared], found[shared]


def test_a_replicate_agrees_on_the_pairs_of_both_cohorts_with_an_interval():
    rows, pairs, other = replicated(PAIRS_)
    assert rows.index.tolist() == ["cohort", "cohort/model"]
    for name, values in (("cohort", other), ("cohort/model", pairs["raw"])):
        expected = scipy.stats.spearmanr(pairs["effect"], values).statistic
        assert rows.loc[name, "value"] == pytest.approx(expected)
        assert rows.loc[name, "ci_low"] < expected < rows.loc[name, "ci_high"]
    assert set(rows["n"]) == {len(PAIRS_) - 20} and set(rows["metric"]) == {"spearman"}
    noisy, *_ = replicated(PAIRS_, noise=2.0)
    assert noisy.loc["cohort", "value"] < rows.loc["cohort", "value"] - 0.2


def test_a_replicate_without_known_alleles_agrees_in_size():
    rows, pairs, other = replicated(PAIRS_, choices_of(is_signed=False))
    expected = scipy.stats.spearmanr(pairs["effect"].abs(), np.abs(other)).statistic
    assert rows.loc["cohort", "value"] == pytest.approx(expected)


def test_p_values_in_place_of_effects_have_no_replicate():
    table = PAIRS_[["source_id", "feature_id"]].assign(replicate_effect=1.0)
    table = table.rename(columns={"source_id": "variant_id"})
    assert np.isfinite(replicate_effects(PAIRS_, table)).all()
    assert np.isnan(replicate_effects(PAIRS_.assign(unit="p_value"), table)).all()


def test_more_pairs_detect_smaller_correlations():
    found = [power_rows(rho_of(n_eff=n))["value"].item() for n in (10, 100, 1000)]
    assert found == sorted(found, reverse=True)
    # Cohen 1988, table 3.3.5: 84 pairs detect 0.3 with a power of 0.8.
    # A rank correlation varies a little more than Pearson's.
    assert power_rows(rho_of(n_eff=84.0))["value"].item() == pytest.approx(
        0.305, abs=0.005
    )
    # So do more blocks.
    found = [power_rows(rho_of(degrees=n))["value"].item() for n in (2, 9, 80)]
    assert found == sorted(found, reverse=True) and found[0] > 1.8 * found[2]


@pytest.mark.parametrize("n_eff", [np.nan, 3.0])
def test_power_of_too_few_pairs_is_missing(n_eff):
    found = power_rows(rho_of(n_eff=n_eff))
    assert found["value"].isna().all() and found["n"].item() == 100


def followed(pairs, annotations=ANNOTATIONS_):
    block = blocks_of_pairs(pairs, blocks_of())
    return sequence_rows(pairs, annotations, block, CHOICES)


def test_scores_follow_the_sequence_by_their_sign():
    found = followed(PAIRS_).squeeze()
    assert (found["predictor"], found["metric"]) == ("sequence", "spearman")
    assert found["ci_low"] > 0 and found["n"] == len(PAIRS_)
    motifs = PAIRS_["raw"].corr(ANNOTATIONS_["motif_change"], method="spearman")
    assert found["value"] == pytest.approx(motifs)
    swapped = PAIRS_.assign(raw=-PAIRS_["raw"])
    assert followed(swapped).squeeze()["ci_high"] < 0
    # Neither effects nor the order of rows matter.
    other = PAIRS_.assign(effect=PAIRS_["p_value"]).sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(followed(other), followed(PAIRS_), check_exact=False)


def test_scores_of_other_variants_follow_no_sequence():
    n_found = 0
    for seed in range(10):
        raw = np.random.default_rng(seed).permutation(PAIRS_["raw"])
        n_found += followed(PAIRS_.assign(raw=raw)).squeeze()["ci_low"] > 0
    assert n_found <= 2


def test_every_variant_counts_once_and_only_where_its_motifs_are_known():
    again = pd.concat([PAIRS_, PAIRS_.assign(feature_id="x")], ignore_index=True)
    pd.testing.assert_frame_equal(followed(again), followed(PAIRS_))
    known = ANNOTATIONS_["motif_change"].where(ANNOTATIONS_.index >= 30)
    part = ANNOTATIONS_.assign(motif_change=known)
    assert followed(PAIRS_, part).squeeze()["n"] == len(PAIRS_) - 30


@pytest.mark.parametrize(
    "annotations", [ANNOTATIONS_.assign(motif_change=np.nan), ANNOTATIONS_.iloc[:0]]
)
def test_without_a_genome_there_are_no_rows(annotations):
    assert followed(PAIRS_, annotations).empty


def controlled(control, **changes):
    found = control_rows(control, blocks_of(), choices_of(**changes))
    return found.set_index("metric")


def test_a_control_has_its_name_and_the_sign_of_its_agreement():
    control = PAIRS_.assign(model="control/other")
    found = controlled(control)
    assert set(found["predictor"]) == {"other"}
    assert found.loc["spearman", "ci_low"] > 0 and found["n_eff"].notna().all()
    assert (found["n"] == len(PAIRS_)).all()
    against = controlled(control.assign(raw=-control["raw"]))
    assert against.loc["spearman", "ci_high"] < 0


def test_without_signs_a_control_compares_magnitudes():
    control = PAIRS_.assign(model="control/other")
    found = controlled(control, is_signed=False)
    assert list(found.index) == ["spearman"]
    sizes = control[["effect", "raw"]].abs()
    expected = sizes["effect"].corr(sizes["raw"], method="spearman")
    assert found.loc["spearman", "value"] == pytest.approx(expected)


def test_a_control_of_labels_separates_them():
    label = np.where(PAIRS_["raw"].abs() > 1, 1.0, 0.0)
    label[:10] = np.nan
    control = PAIRS_.assign(model="control/other", label=label, effect=0.0)
    options = {"classes": ["label", 1, 0], "is_signed": False}
    found = controlled(control.assign(unit="label"), **options)
    assert list(found.index) == ["auroc", "auprc"]
    np.testing.assert_allclose(found["value"], 1)
    assert set(found["n"]) == {len(PAIRS_) - 10}


def test_p_values_taken_for_effects_fail_their_control():
    control = PAIRS_.assign(model="control/other", effect=PAIRS_["p_value"])
    assert not controlled(control).loc["spearman", "ci_low"] > 0


@pytest.mark.parametrize("n", [1, 3])
def test_a_control_of_few_pairs_has_no_value(n):
    found = controlled(PAIRS_.iloc[:n].assign(model="control/other"))
    assert found.loc["spearman", "n"] == n
    assert found.loc["spearman", ["value", "ci_low", "p"]].isna().all()


def test_a_control_that_follows_the_sequence_is_told_from_one_that_does_not():
    annotations = ANNOTATIONS_.assign(motif_change=np.nan)
    change = PAIRS_.drop_duplicates("variant_id").set_index("variant_id")["effect"]
    motif = annotations["variant_id"].map(change)
    annotations = annotations.assign(motif_change=motif.astype(float))
    control = PAIRS_.assign(raw=PAIRS_["effect"])
    block = blocks_of_pairs(control, blocks_of())
    (row,) = control_sequence_rows(control, annotations, block, CHOICES).itertuples()
    assert row.predictor == "control_sequence" and row.value > 0.9
    # The values of other variants, as after a join to the wrong ones.
    shuffled = control["raw"].sample(frac=1, random_state=2)
    moved = control.assign(raw=shuffled.to_numpy())
    (row,) = control_sequence_rows(moved, annotations, block, CHOICES).itertuples()
    assert row.ci_low < 0 < row.ci_high


def test_without_signs_or_a_genome_a_control_is_not_compared_with_motifs():
    block = blocks_of_pairs(PAIRS_, blocks_of())
    unsigned = choices_of(is_signed=False)
    assert control_sequence_rows(PAIRS_, ANNOTATIONS_, block, unsigned).empty
    unknown = ANNOTATIONS_.assign(motif_change=np.nan)
    assert control_sequence_rows(PAIRS_, unknown, block, CHOICES).empty


def test_scores_without_a_sign_follow_the_size_of_motif_changes():
    rng = np.random.default_rng(4)
    change = rng.normal(size=len(ANNOTATIONS_))
    annotations = ANNOTATIONS_.assign(motif_change=change)
    size = annotations.set_index("variant_id")["motif_change"].abs()
    pairs = PAIRS_.assign(raw=PAIRS_["variant_id"].map(size).astype(float))
    block = blocks_of_pairs(pairs, blocks_of())
    (row,) = sequence_rows(pairs, annotations, block, CHOICES).itertuples()
    assert row.value > 0.99


def test_scores_of_genes_are_exchanged_one_by_one(monkeypatch):
    # Each variant has two genes, whose effects and scores have opposite signs.
    twice = PAIRS_.assign(raw=-PAIRS_["raw"], effect=-PAIRS_["effect"], feature_id="g")
    both = pd.concat(
        [PAIRS_.assign(scored_gene="first"), twice.assign(scored_gene="second")],
        ignore_index=True,
    )
    seen = {}

    def permuted(effect, score, block, cells, variant, *draws):
        seen.update(variant=variant, block=block)
        return original(effect, score, block, cells, variant, *draws)

    original = null_tests.permutation_test
    monkeypatch.setattr(null_tests, "permutation_test", permuted)
    found = nulls(both)
    assert len(np.unique(seen["variant"])) == 2 * len(PAIRS_)
    # Both genes of a variant lie in one block.
    assert (seen["block"][: len(PAIRS_)] == seen["block"][len(PAIRS_) :]).all()
    assert found.loc["permuted_in_strata", "p"] < 0.05


def test_each_gene_of_a_variant_is_compared_with_its_sequence():
    both = pd.concat(
        [
            PAIRS_.assign(scored_gene=name, raw=PAIRS_["raw"] + at)
            for name, at in (("first", 0.0), ("second", 1e-9))
        ],
        ignore_index=True,
    )
    block = blocks_of_pairs(both, blocks_of())
    assert set(sequence_rows(both, ANNOTATIONS_, block, CHOICES)["n"]) == {len(both)}
    alone = both.assign(scored_gene=None)
    assert set(sequence_rows(alone, ANNOTATIONS_, block, CHOICES)["n"]) == {len(PAIRS_)}
