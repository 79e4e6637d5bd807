import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from endobench.benchmark.merge import (
    LEADING,
    Choices,
    Predicted,
    Question,
    account,
    chosen,
    join,
    merge,
    not_scored,
)
from endobench.benchmark.scores import TrackSet
from endobench.core import columns
from endobench.core.columns import ANSWERS, DROPPED, FAILURES, PAIRS, SCORES
from endobench.core.columns import EFFECTS as EFFECTS_SCHEMA
from endobench.core.errors import InputError
from endobench.core.tables import as_table
from frames import ALIGNED_IDS as ALIGNED
from frames import VARIANT_IDS as VARIANTS
from frames import effects_of, lost_of, rows_of, scores_of, shards_of
from hypothesis import given, settings
from hypothesis import strategies as st


def test_variants_without_a_score_are_dropped_under_their_source_id():
    failures = pd.DataFrame(
        {
            "variant_id": [*ALIGNED, "chr9_1_A_G_b38"],
            "route": ["model", "table", "atlas", "model"],
            "grpc_status": ["UNAVAILABLE", "NOT_IN_TABLE", "NOT_IN_ATLAS", "INTERNAL"],
            "message": ["gone", "none", "nowhere", "broken"],
        }
    )
    lost = not_scored(shards_of(), failures)
    assert rows_of(lost, "stage", "reason", "variant_id", "value") == [
        ("predict", "prediction_failed", VARIANTS[0], "gone"),
        ("predict", "not_in_table", VARIANTS[1], "none"),
        ("predict", "not_in_atlas", VARIANTS[2], "nowhere"),
    ]
    assert not_scored(shards_of(), failures.iloc[:0]).empty
    # A table says why it has no score of a variant that it names.
    several = failures.assign(route="table", grpc_status="SEVERAL_SCORES")
    assert set(not_scored(shards_of(), several)["reason"]) == {"several_scores"}


NO_FAILURES = FAILURES.empty_table().to_pandas()
ONE_TRACK = TrackSet("one", [0])


def predicted(answers, failures=NO_FAILURES, tracks=ONE_TRACK):
    """Return what a model answered, in the columns of its tables."""
    return Predicted(answers.reindex(columns=ANSWERS.names), failures, tracks)


EFFECTS = effects_of(
    (VARIANTS[1], "g2", 0.2),
    (VARIANTS[0], "g2", -0.1),
    (VARIANTS[0], "g1", 0.3),
    (VARIANTS[2], "g1", 0.4),
)


def test_effects_meet_scores_by_the_id_of_the_source():
    scores = scores_of(*VARIANTS[:2]).assign(variant_id=ALIGNED[:2])
    pairs = join(EFFECTS, scores)
    assert list(pairs) == PAIRS.names
    names = ["variant_id", "source_id", "feature_id", "effect", "raw"]
    assert rows_of(pairs, *names) == [
        (ALIGNED[0], VARIANTS[0], "g1", 0.3, 0),
        (ALIGNED[0], VARIANTS[0], "g2", -0.1, 0),
        (ALIGNED[1], VARIANTS[1], "g2", 0.2, 0.25),
    ]


def test_a_pair_says_who_scored_it():
    scores = scores_of(*VARIANTS).assign(route=["atlas", "model", "atlas"])
    pairs = join(EFFECTS, scores)
    assert dict(rows_of(pairs, "source_id", "route")) == {
        VARIANTS[0]: "atlas",
        VARIANTS[1]: "model",
        VARIANTS[2]: "atlas",
    }


@given(order=st.permutations(range(4)))
@settings(max_examples=10)
def test_row_order_decides_nothing(order):
    scores = scores_of(*VARIANTS)
    expected = join(EFFECTS, scores)
    found = join(EFFECTS.iloc[order], scores[::-1])
    pd.testing.assert_frame_equal(found, expected)


def test_two_scores_of_one_variant_are_a_defect_of_ours():
    with pytest.raises(RuntimeError, match="two scores"):
        join(EFFECTS, scores_of(VARIANTS[0], VARIANTS[0]))


def test_pairs_that_were_not_requested_need_only_their_ids():
    answers = pd.DataFrame({"variant_id": ALIGNED[:1], "raw": [np.float32([1])]})
    answers = answers.assign(model="m", route="model", scorer="s", window_bp=2048)
    asked = shards_of(VARIANTS[:1], ALIGNED[:1])
    lost = [("outside_peaks", each) for each in VARIANTS[1:]]
    rest = [
        asked,
        predicted(answers),
        [lost_of("variants"), lost_of("peaks", *lost)],
    ]
    expected = merge(EFFECTS, *rest)
    few = EFFECTS[EFFECTS["variant_id"] == VARIANTS[0]]
    found = merge(few, *rest, source_ids=EFFECTS["variant_id"])
    pd.testing.assert_frame_equal(found.waterfall, expected.waterfall)
    pd.testing.assert_frame_equal(found.pairs, expected.pairs)
    assert found.dropped.equals(expected.dropped)


def test_leads_of_the_source_are_marked_if_its_best_values_are_known():
    answers = pd.DataFrame({"variant_id": ALIGNED[:1], "raw": [np.float32([1])]})
    answers = answers.assign(model="m", route="model", scorer="s", window_bp=2048)
    rest = [
        shards_of(VARIANTS[:1], ALIGNED[:1]),
        predicted(answers),
        [lost_of("variants"), lost_of("peaks")],
    ]
    effects = EFFECTS[EFFECTS["variant_id"] == VARIANTS[0]]
    effects = effects.reindex(columns=[*EFFECTS, "pip", "feature_min_p"])
    effects = effects.assign(
        feature_id=["g1", "g2"], p_value=[1e-9, 1e-6], unit="slope"
    )
    # The lead of g2 has no score.
    source = pd.concat([effects, effects[1:].assign(variant_id="v", p_value=1e-8)])
    assert merge(effects, *rest).pairs["is_source_lead"].isna().all()
    schema = pa.schema(map(columns.EFFECTS.field, LEADING))
    parts = [as_table(source[LEADING], schema)]
    found = merge(effects, *rest, parts=parts).pairs.set_index("feature_id")
    assert found["is_source_lead"].to_dict() == {"g1": True, "g2": False}


def test_what_the_atlas_lacks_is_counted_in_the_account():
    answers = pd.DataFrame(
        {"variant_id": ALIGNED[:2], "raw": [np.float32([value]) for value in (1, 2)]}
    ).assign(model="m", route="atlas", scorer="s", window_bp=1_048_576)
    failures = pd.DataFrame(
        {"variant_id": [ALIGNED[2], "elsewhere"], "grpc_status": "NOT_IN_ATLAS"}
    ).assign(model="m", route="atlas", scorer="s", message="the Atlas does not")
    merged = merge(
        EFFECTS,
        shards_of(),
        predicted(answers, failures.reindex(columns=FAILURES.names)),
        [lost_of("variants"), lost_of("peaks")],
    )
    assert rows_of(merged.waterfall, "stage", "reason", "n_pairs", "n_variants") == [
        ("input", "all rows", 4, 3),
        ("predict", "not_in_atlas", 1, 1),
        ("kept", "scored pairs", 3, 2),
    ]
    assert merged.failures["variant_id"].tolist() == [ALIGNED[2]]
    assert rows_of(merged.dropped.to_pandas(), "reason", "variant_id", "model") == [
        ("not_in_atlas", VARIANTS[2], "m")
    ]


@pytest.mark.parametrize(
    ("reduction", "expected"),
    [("mean", [1.0, 2.0, 0.0]), ("max_abs", [3.0, 4.0, -5.0])],
)
def test_a_set_is_reduced_as_it_is_asked_for(reduction, expected):
    raw = np.float32([[3, -1], [4, 0], [-5, 5]])
    answers = pd.DataFrame({"variant_id": ALIGNED, "raw": [*raw]})
    answers = answers.assign(model="m", route="model", scorer="s", window_bp=2048)
    merged = merge(
        EFFECTS,
        shards_of(),
        predicted(answers, tracks=TrackSet("both", [0, 1], reduction=reduction)),
        [lost_of("variants"), lost_of("peaks")],
    )
    found = merged.pairs.drop_duplicates("variant_id").set_index("variant_id")
    assert found["raw"].loc[ALIGNED].tolist() == expected
    assert found["reduction"].unique() == [reduction]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_score_that_is_no_number_is_dropped_and_counted(value):
    answers = pd.DataFrame(
        {"variant_id": ALIGNED, "raw": [np.float32([each]) for each in (1, value, 2)]}
    ).assign(model="m", route="model", scorer="s", window_bp=2048)
    merged = merge(
        EFFECTS,
        shards_of(),
        predicted(answers),
        [lost_of("variants"), lost_of("peaks")],
    )
    assert np.isfinite(merged.pairs["raw"].astype(float)).all()
    assert rows_of(merged.waterfall, "stage", "reason", "n_pairs", "n_variants") == [
        ("input", "all rows", 4, 3),
        ("predict", "score_not_a_number", 1, 1),
        ("kept", "scored pairs", 3, 2),
    ]
    assert rows_of(merged.dropped.to_pandas(), "reason", "variant_id", "value") == [
        ("score_not_a_number", VARIANTS[1], str(value))
    ]


GENE_PAIRS = effects_of(
    (VARIANTS[0], "ENSG01.2", 0.3),
    (VARIANTS[0], "ENSG02.1", -0.3),
    (VARIANTS[1], "ENSG01.2", 0.1),
    (VARIANTS[1], "ENSG03.1", 0.2),
    (VARIANTS[2], "ENSG02.1", 0.4),
).assign(distance=100.0)
WINDOWED = shards_of().assign(window_start=0, window_end=2_000)


def gene_answers(*rows):
    frame = pd.DataFrame(rows, columns=["variant_id", "feature_id", "raw"])
    return frame.assign(
        source_id=frame["variant_id"].replace(
            dict(zip(ALIGNED, VARIANTS, strict=True))
        ),
        model="m",
        route="model",
    ).reindex(columns=SCORES.names)


@pytest.fixture
def merged_genes(monkeypatch):
    """Return a function that merges scores of genes, in place of those of tracks."""

    def merged(*rows, failures=NO_FAILURES, **question):
        scores = gene_answers(*rows)
        monkeypatch.setattr(
            "endobench.benchmark.merge.reduce_tracks", lambda *_: scores
        )
        lost = [lost_of("variants"), lost_of("peaks")]
        question = Question("RNA_SEQ", True, **question)
        missing = Predicted(None, failures, None)
        return merge(GENE_PAIRS, WINDOWED, missing, lost, question=question)

    return merged


ROWS = [
    # Neither in the order of the effects nor all of their genes.
    (ALIGNED[0], "ENSG09", 9.0),
    (ALIGNED[0], "ENSG02", 2.0),
    (ALIGNED[0], "ENSG01", 1.0),
    (ALIGNED[1], "ENSG01", np.nan),
]


def test_each_gene_gets_its_own_score(merged_genes):
    found = merged_genes(*ROWS)
    names = ["source_id", "feature_id", "scored_gene", "raw", "effect"]
    assert rows_of(found.pairs, *names) == [
        (VARIANTS[0], "ENSG01.2", "ENSG01", 1.0, 0.3),
        (VARIANTS[0], "ENSG02.1", "ENSG02", 2.0, -0.3),
    ]


def with_tissues():
    ids = [f"ENSG01.2@{tissue}" for tissue in ("Lung", "Liver")]
    return effects_of(*((VARIANTS[0], each, 0.3) for each in ids))


def of_table(monkeypatch, *rows, answered=()):
    scores = gene_answers(*rows)
    monkeypatch.setattr("endobench.benchmark.merge.reduce_tracks", lambda *_: scores)
    question = Question("table", True, answered=frozenset(answered))
    lost = [lost_of("variants"), lost_of("peaks")]
    missing = Predicted(None, NO_FAILURES, None)
    return merge(with_tissues(), WINDOWED, missing, lost, question=question)


def test_scores_of_a_table_that_names_no_tissue_serve_all_tissues(monkeypatch):
    found = of_table(monkeypatch, (ALIGNED[0], "ENSG01", 1.0))
    assert rows_of(found.pairs, "feature_id", "scored_gene", "raw") == [
        ("ENSG01.2@Liver", "ENSG01", 1.0),
        ("ENSG01.2@Lung", "ENSG01", 1.0),
    ]
    one = of_table(monkeypatch, (ALIGNED[0], "ENSG01@Lung", 1.0))
    assert rows_of(one.pairs, "feature_id", "raw") == [("ENSG01.2@Lung", 1.0)]
    assert one.dropped.to_pandas()["reason"].tolist() == ["gene_not_in_table"]


def test_genes_of_a_table_that_match_none_are_told_with_an_example(monkeypatch):
    # None of the table's scores was read, since none was asked for.
    with pytest.raises(InputError) as caught:
        of_table(monkeypatch, answered=["ENSG01@lung", "ENSG07@liver"])
    assert str(caught.value) == (
        "none of 2 pairs has a score; dropped by stage and reason: predict:"
        " gene_not_in_table: 2; effects have genes such as 'ENSG01@Lung', scores such as"
        " 'ENSG01@lung'"
    )


def test_a_gene_of_an_answer_that_is_not_read_is_annotated(merged_genes):
    def reason_of(**question):
        found = merged_genes(*ROWS, **question).dropped.to_pandas()
        return dict(rows_of(found, "value", "reason"))["ENSG03.1"]

    assert reason_of() == "gene_not_annotated"
    assert reason_of(answered=frozenset(["ENSG03"])) != "gene_not_annotated"


def test_pairs_without_a_score_add_up_with_their_reasons(merged_genes):
    found = merged_genes(*ROWS)
    names = ["stage", "reason", "n_pairs", "n_variants"]
    assert rows_of(found.waterfall, *names) == [
        ("input", "all rows", 5, 3),
        ("predict", "gene_not_annotated", 1, 1),
        ("predict", "gene_not_in_window", 1, 1),
        ("predict", "score_not_a_number", 1, 1),
        ("kept", "scored pairs", 2, 1),
    ]
    lost = found.dropped.to_pandas()
    assert sorted(rows_of(lost, "value", "source_line")) == [
        ("ENSG01.2", 4),
        ("ENSG02.1", 6),
        ("ENSG03.1", 5),
    ]


def test_where_every_pair_has_a_score_none_is_dropped(merged_genes):
    rows = [
        (ALIGNED[VARIANTS.index(row.variant_id)], row.feature_id.split(".")[0], 1.0)
        for row in GENE_PAIRS.itertuples()
    ]
    found = merged_genes(*rows)
    assert found.waterfall["n_pairs"].tolist() == [len(GENE_PAIRS)] * 2
    assert len(found.dropped) == 0


def test_a_variant_without_genes_is_answered_and_one_that_failed_is_not(merged_genes):
    failed = pd.DataFrame(
        {
            "variant_id": [ALIGNED[2]],
            "route": "model",
            "grpc_status": "INTERNAL",
            "message": "broken",
        }
    ).reindex(columns=FAILURES.names)
    found = merged_genes(*ROWS[:3], failures=failed).waterfall
    reasons = dict(rows_of(found[1:-1], "reason", "n_pairs"))
    # Other answers have the first gene of the second variant, none has the other.
    assert reasons == {
        "gene_not_annotated": 1,
        "gene_not_in_window": 1,
        "prediction_failed": 1,
    }


def test_two_scores_of_a_gene_are_a_defect_of_ours(merged_genes):
    with pytest.raises(RuntimeError, match="gene of a variant has two scores"):
        merged_genes(ROWS[1], ROWS[1])


def test_pairs_say_whether_their_variant_lies_in_the_gene(merged_genes):
    genes = pd.DataFrame(
        {
            "gene_id": ["ENSG01", "ENSG02"],
            "chrom": "chr1",
            "start": [0, 50],
            "end": 60,
            "tss": [[0], [60]],
        }
    )
    found = merged_genes(*ROWS, genes=genes)
    assert list(found.pairs["in_gene"]) == [True, False]
    # The annotation lacks the third gene, and the chromosome of the last pair.
    reasons = dict(rows_of(found.waterfall[1:-1], "reason", "n_pairs"))
    assert reasons["gene_id_retired"] == 1
    assert reasons["gene_not_in_window"] == 1


def test_pairs_that_alignment_makes_equal_are_accounted_for():
    # Two ids of one variant; the second has the opposite effect for g1.
    ids = ["chr1_20_AC_A_b38", "chr1_21_CA_C_b38", "chr1_30_A_G_b38"]
    effects = effects_of(
        (ids[0], "g1", 0.5),
        (ids[1], "g1", -0.5),
        (ids[0], "g2", 0.3),
        (ids[1], "g2", 0.3),
        (ids[2], "g3", 0.1),
    ).reindex(columns=EFFECTS_SCHEMA.names)
    scores = scores_of(*ids).assign(variant_id=[ids[0], ids[0], ids[2]])
    pairs, lost = chosen(join(effects, scores))
    assert rows_of(pairs, "feature_id", "source_line") == [("g2", 4), ("g3", 6)]
    opposite = "opposite_sign_after_alignment"
    assert sorted(rows_of(lost, "source_line", "variant_id", "reason")) == [
        (2, ids[0], opposite),
        (3, ids[1], opposite),
        (5, ids[1], "duplicate_after_alignment"),
    ]
    nothing = pd.DataFrame(columns=DROPPED.names)
    table = account(effects["variant_id"], nothing, nothing, pairs, lost)
    counts = table.set_index("reason")["n_pairs"]
    assert counts["all rows"] == counts.drop("all rows").sum() == 5
    assert counts["scored pairs"] == 2


def test_parts_that_are_left_out_are_accounted_for():
    scores = scores_of(*VARIANTS).assign(variant_id=ALIGNED)
    pairs, lost = chosen(
        join(EFFECTS, scores), Choices(leave_out=("chromosome: chr2",))
    )
    assert set(pairs["source_id"]) == set(VARIANTS[:2])
    assert rows_of(lost, "reason", "value") == [("left_out", "chromosome: chr2")]
    with pytest.raises(InputError, match="chromosome has no part 'chr7'"):
        chosen(pairs, Choices(leave_out=("chromosome: chr7",)))
