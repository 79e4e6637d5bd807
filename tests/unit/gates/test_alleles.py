import numpy as np
import pandas as pd
import pytest
from endobench.benchmark.scores import TrackSet
from endobench.core.columns import ANSWERS, EXCHANGED, PAIRS
from endobench.gates.alleles import allele_copies, allele_exchange, score_recheck
from endobench.gates.scores import Expected

SCORER = "DNASE-501-DIFF_LOG2_SUM"
ASKED = Expected("alphagenome", "all", SCORER)
RAW = np.random.default_rng(1).normal(0, 0.2, 20)


def exchanged(other, raw=RAW):
    frame = pd.DataFrame({"raw": raw, "exchanged_raw": other, "scorer": SCORER})
    frame["variant_id"] = [f"chr1_{i}_A_G_b38" for i in range(1, len(frame) + 1)]
    return frame.reindex(columns=EXCHANGED.names)


def sites(n=40, **changes):
    """Return pairs at sites with one alternate allele."""
    frame = pd.DataFrame({"variant_id": [f"chr1_{i}_A_G_b38" for i in range(1, n + 1)]})
    rng = np.random.default_rng(4)
    frame = frame.assign(feature_id="g", effect=rng.normal(size=n), p_value=0.1)
    return frame.reindex(columns=PAIRS.names).assign(**changes)


def with_other_alt(pairs, **changes):
    ids = pairs["variant_id"].str.replace("_A_G_", "_A_T_")
    return pd.concat([pairs, pairs.assign(variant_id=ids, **changes)])


def test_two_alleles_with_the_same_statistics_are_copies():
    pairs = sites()
    assert allele_copies(pairs).value == 0
    both = pd.concat([pairs[10:], with_other_alt(pairs[:10])])
    found = allele_copies(both)
    assert (found.value, found.n) == (20 / 50, 50)
    assert "such as chr1_10_A_G_b38, chr1_10_A_T_b38" in found.evidence


@pytest.mark.parametrize("name", ["effect", "effect_se", "p_value"])
def test_two_alleles_with_statistics_of_their_own_are_none(name):
    assert allele_copies(with_other_alt(sites(), **{name: 0.25})).value == 0
    # Another gene of the same variant may have the same effect by its rounding.
    other = sites().assign(feature_id="h")
    assert allele_copies(pd.concat([sites(), other])).value == 0


def test_classes_and_signs_have_no_copies():
    pairs = sites(effect=np.arange(40) % 2)
    assert np.isnan(allele_copies(with_other_alt(pairs)).value)


def test_rounded_effects_alone_have_no_copies_but_others_have():
    alone = {"effect_se": np.nan, "p_value": np.nan}
    assert allele_copies(with_other_alt(sites(**alone))).value == 1
    rounded = sites(effect=np.arange(40) % 7 / 100, **alone)
    assert np.isnan(allele_copies(with_other_alt(rounded)).value)


def test_a_score_of_both_alleles_flips():
    found = allele_exchange(exchanged(-RAW), ASKED)
    assert (found.value, found.n) == (0, 20)
    assert "0 of 20 substitutions keep the sign" in found.evidence
    # A model computes in bfloat16.
    rounded = -RAW * np.random.default_rng(2).normal(1, 0.01, 20)
    assert allele_exchange(exchanged(rounded), ASKED).value < 0.05


def test_a_score_of_one_allele_stays():
    ref, alt = np.random.default_rng(3).normal(5, 1, (2, 20))
    assert allele_exchange(exchanged(ref, alt), ASKED).value == pytest.approx(1)
    centred = allele_exchange(exchanged(ref - 5, ref - 5 + 0.1 * RAW), ASKED)
    assert centred.value > 0.9
    assert allele_exchange(exchanged(np.abs(RAW), np.abs(RAW)), ASKED).value == 1


@pytest.mark.parametrize("share", [0.3, 0.5])
def test_a_mixture_is_measured_by_its_share(share):
    is_same = np.arange(20) < share * 20
    size = np.sign(RAW)
    found = allele_exchange(exchanged(np.where(is_same, size, -size), size), ASKED)
    assert found.value == pytest.approx(share)


def test_other_scorers_and_missing_scores_are_left_out():
    other = exchanged(RAW).assign(scorer="another")
    both = pd.concat([exchanged(-RAW), other])
    assert allele_exchange(both, ASKED).value == 0
    some = -RAW.copy()
    some[:5] = np.nan
    assert allele_exchange(exchanged(some), ASKED).n == 15


@pytest.mark.parametrize(
    ("table", "why"),
    [
        (None, "no model was asked"),
        (exchanged(-RAW).iloc[:4], "at least 5 needed"),
        (exchanged(0 * RAW, 0 * RAW), "are 0"),
        # A model that takes REF from the genome compares ALT with itself.
        (exchanged(0 * RAW), "REF is read from the genome"),
    ],
)
def test_without_answers_the_gate_says_so(table, why):
    found = allele_exchange(table, ASKED)
    assert np.isnan(found.value) and why in found.evidence


def test_a_score_without_sign_is_not_expected_to_flip():
    found = allele_exchange(exchanged(np.abs(RAW), np.abs(RAW)), ASKED, False)
    assert np.isnan(found.value) and "no sign" in found.evidence


def test_all_genes_of_a_variant_count():
    # The gene that comes first has no score, as most genes of a window.
    first = exchanged(0 * RAW, 0 * RAW).assign(feature_id="ENSG01")
    second = exchanged(RAW).assign(feature_id="ENSG02")
    found = allele_exchange(pd.concat([first, second]), ASKED)
    assert (found.value, found.n) == (1, 20)
    assert "of 40 scores of 20 substitutions keep the sign" in found.evidence


N_ASKED = 40
TRACKS = TrackSet("two of three", [0, 2])


def asked_again(seed=1):
    """Return scored pairs, and the answers of a second request for them."""
    rng = np.random.default_rng(seed)
    raw = rng.normal(size=(N_ASKED, 3))
    ids = [f"chr1_{i}_A_G_b38" for i in range(N_ASKED)]
    pairs = pd.DataFrame({"variant_id": ids, "raw": raw[:, [0, 2]].mean(axis=1)})
    pairs = pairs.assign(
        source_id=ids, shift_bp=0, in_peak=True, scorer=SCORER, reduction="mean"
    )
    pairs["scored_gene"] = None
    again = pd.DataFrame({"variant_id": ids, "raw": list(raw), "scorer": SCORER})
    return pairs, again.reindex(columns=ANSWERS.names)


def test_the_same_answers_again_raise_no_alarm():
    pairs, again = asked_again()
    for changed in (pairs, pairs.assign(raw=pairs["raw"] * np.log(2))):
        found = score_recheck(changed, again, TRACKS)
        assert (found.value, found.n) == (0, N_ASKED)


@pytest.mark.parametrize("n_other", [1, 4, 16])
def test_scores_of_other_variants_are_counted_and_named(n_other):
    pairs, again = asked_again()
    raw = pairs["raw"].to_numpy().copy()
    raw[:n_other] += 1.0
    found = score_recheck(pairs.assign(raw=raw), again, TRACKS)
    assert found.value == n_other / N_ASKED
    assert "chr1_0_A_G_b38" in found.evidence


def test_scores_of_other_tracks_are_not_those_of_the_model():
    pairs, again = asked_again()
    assert score_recheck(pairs, again, TrackSet("one", [1])).value > 0.5


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda pairs, again: (pairs, None), "no model was asked again"),
        (lambda pairs, again: (pairs, again.iloc[:4]), "4 scored variants"),
        (lambda pairs, again: (pairs.assign(scorer="other"), again), "no model"),
        (lambda pairs, again: (pairs.assign(reduction="pc1"), again), "all variants"),
    ],
)
def test_without_second_answers_nothing_is_checked(change, why):
    found = score_recheck(*change(*asked_again()), TRACKS)
    assert np.isnan(found.value) and why in found.evidence


def test_sizes_are_the_same_with_exchanged_alleles():
    pairs, again = asked_again()
    pairs = pairs.assign(raw=pairs["raw"].abs())
    assert score_recheck(pairs, again, TRACKS, False).value == 0
    mixed = pairs.assign(raw=pairs["raw"].to_numpy()[::-1])
    assert score_recheck(mixed, again, TRACKS, False).value > 0.5


def of_two_genes():
    """Return pairs of two genes of each variant, and second answers for them."""
    pairs, again = asked_again()
    names, other = ["ENSG1", "ENSG2"], asked_again(2)
    both = [
        (
            one.assign(scored_gene=name),
            two.assign(feature_id=f"{name}.{version}"),
        )
        for name, version, (one, two) in zip(
            names, (1, 7), ((pairs, again), other), strict=True
        )
    ]
    return tuple(pd.concat(each, ignore_index=True) for each in zip(*both, strict=True))


def test_a_score_of_a_gene_is_compared_with_that_of_the_same_gene():
    pairs, again = of_two_genes()
    found = score_recheck(pairs, again, TRACKS)
    assert (found.value, found.n) == (0, 2 * N_ASKED)
    # In either order of the genes.
    assert score_recheck(pairs[::-1], again, TRACKS).value == 0
    # The scores of the other gene of a quarter of the variants.
    is_other = pairs["variant_id"].isin(pairs["variant_id"].unique()[: N_ASKED // 4])
    genes = pairs["scored_gene"].map({"ENSG1": "ENSG2", "ENSG2": "ENSG1"})
    exchanged = pairs.assign(scored_gene=genes.where(is_other, pairs["scored_gene"]))
    found = score_recheck(exchanged, again, TRACKS)
    assert found.value == pytest.approx(0.25, abs=0.03)
    assert f"{N_ASKED} variants" in found.evidence
