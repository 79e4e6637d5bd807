import numpy as np
from endobench.core.columns import WINDOWS
from endobench.core.tables import as_table
from endobench.design.routes import ATLAS, MODEL_ITSELF
from endobench.predict.spot_checks.windows import compare_windows
from frames import rows_of
from remembered import IDS, Remembered, of_genes


def test_a_variant_without_an_answer_at_either_window_is_left_out():
    here = Remembered(
        IDS, 16, {MODEL_ITSELF: {"s": [[1], None, [2]], "r": [[1], [2], [3]]}}
    )
    there = Remembered(
        IDS, 128, {MODEL_ITSELF: {"s": [[3], [4], None], "r": [None] * 3}}
    )
    found = compare_windows(here, there)
    assert rows_of(found, "variant_id", "scorer") == [(IDS[0], "s")]


def test_the_atlas_answer_takes_precedence():
    answers = {ATLAS: {"s": [[1], None]}, MODEL_ITSELF: {"s": [[5], [6]]}}
    here = Remembered(IDS[:2], 16, answers)
    there = Remembered(IDS[:2], 128, {MODEL_ITSELF: {"s": [[0], [0]]}})
    assert compare_windows(here, there)["raw"].tolist() == [1, 6]


def test_genes_are_compared_by_id_and_those_of_one_window_are_told(caplog):
    caplog.set_level("INFO")
    scorer = "RNA_SEQ"
    short = of_genes(["E3", "E1"], [3, 5], [1, np.nan])
    long = of_genes(["E1", "E2", "E3"], [10, 20], [7, 7], [-1, -3])
    none = of_genes([])
    here = Remembered(IDS, 16, {MODEL_ITSELF: {scorer: [short, none, none]}})
    there = Remembered(IDS, 128, {MODEL_ITSELF: {scorer: [long, short, none]}})
    found = compare_windows(here, there)
    table = as_table(found, WINDOWS).to_pandas().fillna(-99)
    assert rows_of(table, "variant_id", "feature_id", "raw", "other_raw") == [
        (IDS[0], "E1", 1, 15),
        (IDS[0], "E2", -99, 7),
        (IDS[0], "E3", 4, -2),
        (IDS[1], "E1", -99, 1),
        (IDS[1], "E3", -99, 4),
    ]
    assert "2 scores of genes from both; 0 from 16 bp alone, 3 from 128 bp alone" in (
        caplog.text
    )
