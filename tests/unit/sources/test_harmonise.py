import pandas as pd
import pytest
from endobench.core.errors import InputError
from endobench.core.losses import dropped
from endobench.genome.variants import make_variant_ids
from endobench.sources.harmonise import (
    anchor,
    check_harmonised,
    count_unharmonised,
    harmonise,
    normalise,
)
from endobench.sources.read import Parsed
from frames import effects_of, fasta, rows_of, variants_of

#          1234567890
CHR1 = "ACGTAGGTAC"


@pytest.fixture
def genome(tmp_path):
    return fasta(tmp_path, chr1=CHR1)


def parsed_of(*pairs):
    """Return a parsed table of ``(variant_id, feature, effect)``."""
    ids = list(dict.fromkeys(pair[0] for pair in pairs))
    effects = effects_of(*pairs).assign(source_line=range(2, len(pairs) + 2))
    variants = variants_of(*ids)
    return Parsed(variants, effects, dropped(variants[:0], "variants", ""), len(pairs))


def test_the_genome_determines_which_allele_is_ref(genome):
    parsed = parsed_of(("chr1_1_A_G_b38", "f", 0.5), ("chr1_2_T_C_b38", "f", 0.25))
    found = harmonise(parsed, genome, 0)
    assert rows_of(found.effects, "variant_id", "effect") == [
        ("chr1_1_A_G_b38", 0.5),
        ("chr1_2_C_T_b38", -0.25),
    ]
    assert rows_of(found.variants, "variant_id", "ref", "alt") == [
        ("chr1_1_A_G_b38", "A", "G"),
        ("chr1_2_C_T_b38", "C", "T"),
    ]
    assert found.dropped.empty


@pytest.mark.parametrize("null", [0, 0.5])
def test_the_order_of_the_alleles_decides_nothing(genome, null):
    one = harmonise(parsed_of(("chr1_3_G_A_b38", "f", 0.75)), genome, null)
    turned = 2 * null - 0.75
    other = harmonise(parsed_of(("chr1_3_A_G_b38", "f", turned)), genome, null)
    pd.testing.assert_frame_equal(one.effects, other.effects)
    pd.testing.assert_frame_equal(one.variants, other.variants)


def test_an_effect_of_unknown_sign_is_unchanged(genome):
    parsed = parsed_of(("chr1_2_T_C_b38", "f", 0.25))
    found = harmonise(parsed, genome, 0, is_signed=False)
    assert rows_of(found.effects, "variant_id", "effect") == [("chr1_2_C_T_b38", 0.25)]


def test_variants_that_cannot_be_harmonised_are_dropped_and_counted(genome):
    parsed = parsed_of(
        ("chr1_1_C_G_b38", "f", 1),
        ("chr1_1_C_G_b38", "g", 2),
        ("chr9_1_C_G_b38", "f", 3),
        # The genome has A, and also AG.
        ("chr1_5_A_AG_b38", "f", 4),
        ("chr1_1_A_G_b38", "f", 5),
    )
    found = harmonise(parsed, genome, 0)
    assert rows_of(found.dropped, "stage", "reason", "source_line", "value") == [
        ("orientation", "neither_allele_is_reference", 2, "C,G"),
        ("orientation", "neither_allele_is_reference", 3, "C,G"),
        ("orientation", "chromosome_not_in_genome", 4, "C,G"),
        ("orientation", "either_allele_is_reference", 5, "A,AG"),
    ]
    assert found.effects["source_line"].tolist() == [6]
    assert found.variants["variant_id"].tolist() == ["chr1_1_A_G_b38"]


def test_a_table_with_too_many_unmatched_alleles_is_refused(genome):
    wrong = [("chr1_1_C_G_b38", "f", 1), ("chr1_2_A_G_b38", "f", 1)]
    # Chromosomes that the genome lacks are no sign of another build.
    elsewhere = [("chr9_1_C_G_b38", "f", 1)] * 5
    right = [("chr1_3_A_G_b38", name, 1) for name in "fghijk"]
    parsed = harmonise(parsed_of(*wrong, *elsewhere, *right), genome, 0)
    assert count_unharmonised(parsed.effects, parsed.dropped) == (2, 8)
    check_harmonised(parsed, 0.25, "scores.tsv")
    with pytest.raises(InputError) as caught:
        check_harmonised(parsed, 0.24, "scores.tsv")
    message = str(caught.value)
    assert "scores.tsv: neither allele matches the genome in 2 of 8 rows" in message
    assert "'gates.unoriented.fail'" in message and "\n" not in message


def test_a_table_with_ordered_alleles_is_not_refused():
    check_harmonised(parsed_of(("chr1_1_C_G_b38", "f", 1)), 0, "scores.tsv")
    check_harmonised(parsed_of(), 0, "scores.tsv")


@pytest.mark.parametrize(
    ("effect", "reasons"),
    [(-0.5, ["duplicate"]), (0.5, ["conflicting_duplicate"] * 2)],
)
def test_a_pair_in_both_orders_counts_once_or_contradicts_itself(
    genome, effect, reasons
):
    parsed = parsed_of(
        ("chr1_1_A_G_b38", "f", 0.5),
        ("chr1_1_G_A_b38", "f", effect),
        ("chr1_2_C_T_b38", "f", 1),
    )
    found = harmonise(parsed, genome, 0)
    assert found.dropped["reason"].tolist() == reasons
    assert len(found.effects) + len(found.dropped) == parsed.n_rows


def test_a_deletion_gets_the_base_before_it(genome):
    parsed = parsed_of(("chr1_3_G_-_b38", "f", 1), ("chr1_3_G_T_b38", "f", 2))
    found = anchor(parsed, genome)
    assert rows_of(found.effects, "variant_id", "effect") == [
        ("chr1_2_CG_C_b38", 1),
        ("chr1_3_G_T_b38", 2),
    ]
    assert rows_of(found.variants, "pos", "ref", "alt") == [
        (2, "CG", "C"),
        (3, "G", "T"),
    ]


def test_a_deletion_without_a_base_before_it_is_dropped(genome):
    parsed = parsed_of(
        ("chr1_1_A_-_b38", "f", 1),
        ("chr9_5_A_-_b38", "f", 2),
        ("chr1_99_A_-_b38", "f", 3),
        ("chr1_3_G_T_b38", "f", 4),
    )
    found = anchor(parsed, genome)
    assert found.dropped["reason"].tolist() == ["no_base_before"] * 3
    assert found.effects["effect"].tolist() == [4]


def test_a_score_is_reflected_about_its_null(genome):
    parsed = parsed_of(("chr1_2_T_C_b38", "f", 0.75), ("chr1_1_A_C_b38", "f", 0.75))
    found = normalise(parsed, genome, 0.5)
    assert rows_of(found.effects, "variant_id", "effect") == [
        ("chr1_2_C_T_b38", 0.25),
        ("chr1_1_A_C_b38", 0.75),
    ]


def test_a_parsed_table_is_harmonised_and_left_aligned(tmp_path):
    genome = fasta(tmp_path, chr1="TTGAAAAAAAATCACACAGTT")
    expected = {
        "chr1_8_AA_A_b38": ("chr1_3_GA_G_b38", 0.5),
        "chr1_5_AA_A_b38": ("chr1_3_GA_G_b38", 0.5),
        "chr1_3_C_G_b38": ("chr1_3_G_C_b38", -0.5),  # swapped
        "chr1_12_CG_T_b38": ("chr1_12_T_CG_b38", -0.5),
        "chr1_3_C_T_b38": ("chr1_3_C_T_b38", 0.5),  # neither matches
        "chr7_3_AC_A_b38": ("chr7_3_AC_A_b38", 0.5),  # no such chromosome
    }
    effects = effects_of(*((each, "f", 0.5) for each in expected))
    parsed = Parsed(variants_of(*expected), effects, None, len(expected))
    found = normalise(parsed, genome)
    assert rows_of(found.effects, "variant_id", "effect") == list(expected.values())
    ids = {each for each, _ in expected.values()}
    assert sorted(found.variants["variant_id"]) == sorted(ids)
    pd.testing.assert_series_equal(
        make_variant_ids(found.variants),
        found.variants["variant_id"],
        check_names=False,
    )
    is_swapped = found.effects["effect"] < 0
    assert found.effects["source_id"].isna().equals(is_swapped)
    kept = found.effects[~is_swapped]
    assert kept["source_id"].tolist() == effects["variant_id"][~is_swapped].tolist()


def test_a_single_swapped_substitution_gets_its_id(tmp_path):
    genome = fasta(tmp_path, chr1="TTGAAAAAAAATCACACAGTT")
    parsed = Parsed(
        variants_of("chr1_3_C_G_b38"), effects_of(("chr1_3_C_G_b38", "f", 1)), None, 1
    )
    assert normalise(parsed, genome).variants["variant_id"].tolist() == [
        "chr1_3_G_C_b38"
    ]
