import pandas as pd
from endobench.core.columns import DROPPED, LOSSES, SCORE_TABLE
from endobench.sources.read import Parsed
from endobench.sources.score_table import FEATURE, GENE, losses, score_table
from frames import VARIANT_IDS as VARIANTS
from frames import effects_of, rows_of, variants_of


def test_a_variant_in_order_takes_precedence_over_a_swapped_one():
    effects = effects_of(*((VARIANTS[0], "f", score) for score in (1.0, -2.0)))
    effects = effects.assign(source_id=[VARIANTS[0], None])
    parsed = Parsed(variants_of(VARIANTS[0]), effects, effects_of()[:0], 2)
    table, lost = score_table(parsed)
    assert table["score"].tolist() == [1.0]
    assert lost["reason"].tolist() == ["exchanged_duplicate"]


def test_a_variant_with_several_scores_has_none():
    effects = effects_of((VARIANTS[0], "f1", 1.0), (VARIANTS[2], "f1", 0.5))
    effects = pd.concat([effects, effects_of((VARIANTS[0], "f2", 2.0))])
    before = pd.DataFrame(
        [["variants", "duplicate", "v", 9, ""]], columns=DROPPED.names
    )
    parsed = Parsed(variants_of(*VARIANTS), effects.reset_index(drop=True), before, 4)
    table, lost = score_table(parsed)
    assert rows_of(table, *SCORE_TABLE.names) == [
        (VARIANTS[2], "chr2", 30, "C", "T", VARIANTS[2], None, 0.5)
    ]
    assert rows_of(lost, "reason", "variant_id", "value") == [
        ("duplicate", "v", ""),
        ("several_scores", VARIANTS[0], "1.0"),
        ("several_scores", VARIANTS[0], "2.0"),
    ]
    account = losses("mine", parsed.n_rows, table, lost)
    assert list(account) == LOSSES.names
    names = ["table", "stage", "reason", "n_rows", "n_variants", "examples"]
    assert rows_of(account, *names) == [
        ("mine", "input", "all rows", 4, 3, ""),
        ("mine", "variants", "duplicate", 1, 1, "v"),
        ("mine", "scores", "several_scores", 2, 1, VARIANTS[0]),
        ("mine", "kept", "scores", 1, 1, ""),
    ]


def test_a_variant_may_have_an_effect_for_each_feature():
    effects = effects_of(
        *((VARIANTS[0], feature, 1.0) for feature in ("f1", "f2", "f2")),
        (VARIANTS[2], "f1", 0.5),
    )
    parsed = Parsed(variants_of(*VARIANTS), effects, effects_of()[:0], 4)
    table, lost = score_table(parsed, by=FEATURE)
    assert rows_of(table, "variant_id", "feature_id", "score") == [
        (VARIANTS[0], "f1", 1.0),
        (VARIANTS[2], "f1", 0.5),
    ]
    assert lost["reason"].tolist() == ["several_scores"] * 2


def test_each_gene_of_a_variant_has_a_score_where_their_column_is_named():
    genes = ("ENSG1.4", 1.0), ("ENSG2.1", 2.0), ("ENSG3.1", 3.0), ("ENSG3.2", 3.5)
    effects = effects_of(*((VARIANTS[0], *each) for each in genes))
    effects = pd.concat([effects, effects_of((VARIANTS[0], "ENSG1.5", 9.0))])
    # The last row has REF and ALT swapped, as had that of a gene without another row.
    effects = pd.concat([effects, effects_of((VARIANTS[0], "ENSG4", 4.0))])
    swapped = [VARIANTS[0]] * 4 + [None] * 2
    effects = effects.reset_index(drop=True).assign(source_id=swapped)
    parsed = Parsed(variants_of(*VARIANTS), effects, effects_of()[:0], 6)
    table, lost = score_table(parsed, by=GENE)
    assert rows_of(table, "variant_id", "feature_id", "score") == [
        (VARIANTS[0], "ENSG1", 1.0),
        (VARIANTS[0], "ENSG2", 2.0),
        (VARIANTS[0], "ENSG4", 4.0),
    ]
    assert rows_of(lost, "reason", "value") == [
        ("several_scores", "3.0"),
        ("several_scores", "3.5"),
        ("exchanged_duplicate", "9.0"),
    ]


def test_repeated_rows_of_a_variant_are_several_scores_if_these_differ():
    reason = "conflicting_duplicate"
    rows = [
        ("variants", reason, VARIANTS[0], 2, "1.0"),
        ("variants", reason, VARIANTS[0], 3, "2.0"),
        # They differ in something else.
        ("variants", reason, VARIANTS[1], 4, "1.0"),
        ("variants", reason, VARIANTS[1], 5, "1.0"),
        ("variants", "effect_missing", VARIANTS[2], 6, "nan"),
    ]
    before = pd.DataFrame(rows, columns=DROPPED.names)
    parsed = Parsed(variants_of()[:0], effects_of()[:0], before, 5)
    _, lost = score_table(parsed)
    several = ["several_scores"] * 2
    assert lost["reason"].tolist() == [*several, reason, reason, "effect_missing"]


def test_three_examples_are_named_for_each_reason():
    ids = [f"chr1_{pos}_A_C_b38" for pos in range(9)]
    lost = pd.DataFrame({"stage": "variants", "reason": "filtered", "variant_id": ids})
    lost.loc[9] = ["variants", "position_unknown", None]
    table = effects_of()[:0]
    account = losses("mine", 10, table, lost).set_index("reason")
    assert account.loc["filtered", "examples"] == ", ".join(ids[:3])
    # A row without a variant is a row nevertheless.
    assert account.loc["position_unknown", ["n_rows", "n_variants"]].tolist() == [1, 0]
    assert account["n_rows"].tolist() == [10, 9, 1, 0]
