import logging

import pandas as pd
import pytest
from endobench.core.columns import ANSWERS, DROPPED, FAILURES, WINDOWS
from endobench.core.errors import InputError
from endobench.core.tables import as_table
from endobench.predict.look_up import (
    answers_from_table,
    check_missing,
    compare_tables,
    reasons_of,
)
from frames import VARIANT_IDS as VARIANTS
from frames import rows_of, variants_of
from hypothesis import given, settings
from hypothesis import strategies as st


def table_of(**scores):
    ids = [f"chr{name}_b38" for name in scores]
    return variants_of(*ids).assign(
        source_id=ids, feature_id=None, score=list(scores.values())
    )


def test_swapped_alleles_negate_the_score(caplog):
    table = table_of(**{"1_10_G_A": 0.5, "1_20_AC_A": -2.0, "2_30_C_G": 9.0})
    with caplog.at_level(logging.INFO):
        answers, missing = answers_from_table(variants_of(*VARIANTS), table, "m")
    assert list(answers) == ANSWERS.names and list(missing) == FAILURES.names
    found = dict(rows_of(answers, "variant_id", "raw"))
    assert {key: value.tolist() for key, value in found.items()} == {
        VARIANTS[0]: [-0.5],
        VARIANTS[1]: [-2.0],
    }
    assert rows_of(missing, "variant_id", "grpc_status", "attempts") == [
        (VARIANTS[2], "NOT_IN_TABLE", 0)
    ]
    for frame in (answers, missing):
        assert frame["route"].unique() == frame["scorer"].unique() == ["table"]
    assert "2 of 3 variants have a score, 1 of them with REF and ALT" in caplog.text


def test_a_variant_that_the_table_dropped_has_that_reason():
    dropped = pd.DataFrame(
        [
            ("variants", "effect_missing", "chr1_20_A_AC_b38", 2, "nan"),
            ("scores", "several_scores", VARIANTS[1], 3, "1.0"),
            ("scores", "several_scores", VARIANTS[1], 4, "2.0"),
            # The substitution with its alleles swapped, and a row without a variant.
            ("scores", "several_scores", "chr2_30_T_C_b38", 5, "1.0"),
            ("variants", "rsid_unknown", None, 6, None),
        ],
        columns=DROPPED.names,
    )
    rows = variants_of(*VARIANTS[:2], "chr2_30_C_T_b38")
    _, missing = answers_from_table(rows, table_of(), "m", reasons_of(dropped))
    assert rows_of(missing, "variant_id", "grpc_status", "message") == [
        (VARIANTS[0], "NOT_IN_TABLE", "the table of scores has no such variant"),
        *(
            (
                id_,
                "SEVERAL_SCORES",
                "the table of scores has this variant, but its rows were dropped:"
                " several_scores",
            )
            for id_ in rows["variant_id"].iloc[1:]
        ),
    ]


def test_the_given_alleles_take_precedence_over_swapped_ones():
    table = table_of(**{"1_10_G_A": 0.5, "1_10_A_G": 0.25})
    answers, _ = answers_from_table(variants_of(VARIANTS[0]), table, "m")
    assert answers["raw"].iloc[0].tolist() == [0.25]


def test_a_swapped_indel_is_another_variant():
    table = table_of(**{"1_20_A_AC": 0.5})
    answers, missing = answers_from_table(variants_of(VARIANTS[1]), table, "m")
    assert answers.empty and len(missing) == 1


def test_a_variant_is_found_by_its_id_in_the_table():
    table = table_of(**{"1_17_GA_G": 0.5}).assign(source_id=VARIANTS[1])
    answers, missing = answers_from_table(variants_of(*VARIANTS[1:]), table, "m")
    assert rows_of(answers, "variant_id") == [(VARIANTS[1],)]
    assert answers["raw"].iloc[0].tolist() == [0.5]
    assert missing["variant_id"].tolist() == [VARIANTS[2]]


def test_another_position_or_chromosome_is_another_variant():
    table = table_of(**{"1_11_A_G": 1.0, "2_10_A_G": 1.0, "1_10_A_C": 1.0})
    answers, missing = answers_from_table(variants_of(VARIANTS[0]), table, "m")
    assert answers.empty and len(missing) == 1


@given(
    score=st.floats(-5, 5, width=32),
    rows=st.permutations(VARIANTS),
    is_swapped=st.booleans(),
)
@settings(max_examples=10)
def test_every_variant_has_an_answer_or_is_missing(score, rows, is_swapped):
    key = "1_10_G_A" if is_swapped else "1_10_A_G"
    answers, missing = answers_from_table(
        variants_of(*rows), table_of(**{key: score}), "m"
    )
    assert answers["raw"].iloc[0].tolist() == [-score if is_swapped else score]
    assert sorted([*answers["variant_id"], *missing["variant_id"]]) == sorted(rows)


def test_variants_that_are_all_missing_are_an_error_with_examples():
    table = pd.DataFrame({"variant_id": ["chr1_5_A_G_b38", "chr1_6_A_G_b38"]})
    missing = pd.DataFrame({"variant_id": [f"chr2_{n}_A_G_b38" for n in range(9)]})
    missing = missing.assign(grpc_status="NOT_IN_TABLE")
    with pytest.raises(InputError) as caught:
        check_missing("scores", 9, missing, table)
    assert str(caught.value) == (
        "scores: none of 9 variants has a score: not_in_table 9 (such as"
        " 'chr2_0_A_G_b38', 'chr2_1_A_G_b38', 'chr2_2_A_G_b38'); the table has variants"
        " such as 'chr1_5_A_G_b38', 'chr1_6_A_G_b38'"
    )
    check_missing("scores", 99, missing, table)
    check_missing("scores", 0, missing[:0], table)


def scores_at(ids, score):
    return variants_of(*ids).assign(source_id=ids, feature_id=None, score=score)


def test_tables_of_one_model_are_compared_at_their_windows():
    ids = ["chr1_10_A_G_b38", "chr1_20_A_C_b38", "chr2_30_C_T_b38"]
    table = scores_at(ids, [0.5, 1.0, -2.0])
    others = {
        16_384: scores_at(ids[::-1], [-0.25, 0.125, 0.0625]),
        # Variants of one table alone are no pairs.
        131_072: scores_at([*ids[:1], "chr3_1_A_C_b38"], [0.25, 9.0]),
    }
    found = compare_tables(table, 2048, others, "table/mine")
    assert list(found) == WINDOWS.names
    names = ["variant_id", "window_bp", "raw", "other_window_bp", "other_raw"]
    assert rows_of(found, *names) == [
        (ids[0], 2048, 0.5, 16_384, 0.0625),
        (ids[1], 2048, 1.0, 16_384, 0.125),
        (ids[2], 2048, -2.0, 16_384, -0.25),
        (ids[0], 2048, 0.5, 131_072, 0.25),
    ]
    assert set(found["scorer"]) == {"table"}
    assert set(found["model"]) == {"table/mine"}


def test_tables_without_a_shared_variant_have_no_pairs():
    table, other = scores_at(["chr1_10_A_G_b38"], 1), scores_at(["chr1_9_A_G_b38"], 1)
    found = compare_tables(table, 2048, {16_384: other}, "table/mine")
    assert found.empty and list(found) == WINDOWS.names


def of_genes(*rows):
    """Return a table of scores by (variant, gene)."""
    ids = [name for name, *_ in rows]
    table = pd.concat([variants_of(each) for each in ids], ignore_index=True)
    genes, scores = zip(*(rest for _, *rest in rows), strict=True)
    return table.assign(source_id=ids, feature_id=genes, score=scores)


def test_each_gene_of_a_variant_has_its_score():
    swapped = "chr1_10_G_A_b38"
    table = of_genes(
        (VARIANTS[0], "E2", 0.5),
        (VARIANTS[0], "E1", -1.0),
        # Turned for the gene that has no score with the alleles in order.
        (swapped, "E1", 8.0),
        (swapped, "E3", 4.0),
        ("chr9_9_A_G_b38", "E1", 3.0),
    )
    answers, missing = answers_from_table(variants_of(*VARIANTS), table, "m")
    assert as_table(answers, ANSWERS).num_rows == 3
    found = answers.assign(raw=[each.item() for each in answers["raw"]])
    assert rows_of(found, "variant_id", "feature_id", "raw") == [
        (VARIANTS[0], "E1", -1.0),
        (VARIANTS[0], "E2", 0.5),
        (VARIANTS[0], "E3", -4.0),
    ]
    assert missing["variant_id"].tolist() == VARIANTS[1:]


def test_tables_are_compared_gene_by_gene():
    table = of_genes((VARIANTS[0], "E2", 0.5), (VARIANTS[0], "E1", -1.0))
    other = of_genes((VARIANTS[0], "E1", 3.0), (VARIANTS[1], "E2", 7.0))
    found = compare_tables(table, 2048, {16_384: other}, "m")
    assert rows_of(found, "variant_id", "feature_id", "raw", "other_raw") == [
        (VARIANTS[0], "E1", -1.0, 3.0)
    ]
