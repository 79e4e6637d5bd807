import pandas as pd
import pytest
from endobench.design.scorers import STUDY_SCORER
from endobench.predict.gene_records import ALL_GENES
from endobench.predict.journal_places import contents_of, folder_of, kept_of
from endobench.predict.shard import Request

DNASE = "DNASE-501-DIFF_LOG2_SUM"
MASKED = f"study-{DNASE}"
RNA = "RNA_SEQ"


def folder(model, scorer, route="model", window_bp=16_384):
    models = {"DNASE": model, "RNA_SEQ.genes": model}
    request = Request([scorer], window_bp, "model")
    return folder_of("journal", models, scorer, request, route, "abc" * 20)


def test_journals_of_the_open_model_and_the_study_name_the_genome():
    for scorer in (DNASE, RNA):
        assert "abcabc" in folder("weights/default/1", scorer).name
    assert "abcabc" in folder("alphagenome/default/1", STUDY_SCORER).name
    assert "abcabc" in folder("alphagenome/default/1", MASKED).name
    assert folder("alphagenome/default/1", DNASE).name == f"{DNASE}-16384bp"
    assert folder("alphagenome/default/1", RNA, "atlas").name == f"{RNA}-16384bp-atlas"


def test_a_folder_has_no_colon():
    assert folder("host:1/1", DNASE).parts[:3] == ("journal", "host_1", "1")


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ("alphagenome/default/1", "default/1"),
        ("address/localhost:1/FOLD_1/2", "FOLD_1/2"),
        ("weights/ALL_FOLDS/3/4", "ALL_FOLDS/3/4"),
        ("weights/mine/ALL_FOLDS/3/4", "ALL_FOLDS/3/4"),
    ],
)
def test_contents_name_all_but_the_server(model, words):
    where = folder(model, DNASE, "atlas")
    assert contents_of(where, {"DNASE": model}, DNASE) == f"{words}/{where.name}"


TRACKS = pd.DataFrame(
    {
        "output": ["DNASE", *["RNA_SEQ.genes"] * 4],
        "gtex_tissue": [None, "", "Liver", None, "Whole_Blood"],
    }
)


def test_quantiles_of_gtex_tissues_and_of_lone_tracks_are_kept():
    genes = frozenset(["ENSG00000000001"])
    kept = kept_of(TRACKS, RNA, genes, {"RNA_SEQ.genes": [2, 1], "DNASE": [0]})
    assert kept == (genes, (1, 2, 3))
    assert kept_of(TRACKS, RNA, None, {}) == (None, (1, 3))


def test_nothing_is_left_out_of_an_answer_of_a_centre_mask():
    assert kept_of(TRACKS, DNASE, frozenset(), {"DNASE": [0]}) == ALL_GENES
