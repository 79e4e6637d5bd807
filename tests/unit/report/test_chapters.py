import pandas as pd
import pytest
from endobench.core.columns import LOSSES
from endobench.report import chapters
from endobench.report.packed import unpack
from reported import inputs_of, reported, sections


def test_every_question_with_numbers_has_a_section(whole):
    found = sections(whole[1])
    assert list(found) == [
        "gates",
        "waterfall",
        "ladder",
        "agreement",
        "strata",
        "settings",
        "tracks",
        "baselines",
    ]
    assert found["agreement"].figures[0].name == "scatter"
    assert found["gates"].counts.startswith("corrected: ")
    assert found["tracks"].chart["description"].startswith("30 tracks of demo")


def test_numbers_of_tables_are_those_of_the_inputs(whole):
    inputs, found = whole
    [table] = sections(found)["agreement"].tables
    place = table.headings.index("value")
    shown = [float(row[place].value) for row in table.rows]
    metrics = inputs.metrics
    wanted = metrics[
        metrics["task"].isin(["signed", "magnitude"])
        & (metrics["predictor"] == "model")
        & metrics["stratum"].isin(["lead_per_feature", "all_pairs"])
    ]
    assert sorted(shown) == sorted(wanted["value"])
    # The prespecified number comes first.
    assert table.rows[0][table.headings.index("prespecified")].text == "yes"


def test_dropped_rows_are_in_the_page(whole):
    name, caption, text = sections(whole[1])["waterfall"].packed
    assert name == "demo.dropped"
    assert "all 3" in caption
    assert unpack(text)["reason"].tolist() == ["a", "b", "a"]


def test_a_long_list_of_dropped_rows_is_cut_and_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(chapters, "N_DROPPED_EACH", 1)
    _, caption, text = sections(reported(tmp_path))["waterfall"].packed
    assert caption.startswith("2 of 3")
    assert unpack(text)["reason"].tolist() == ["a", "b"]


def test_rows_that_tables_of_scores_and_controls_lost_are_in_the_page(tmp_path):
    rows = [
        (table, *row)
        for table in ("mine", "assay", "of_another")
        for row in (
            ("input", "all rows", 3, 2, ""),
            ("scores", "several_scores", 2, 1, "chr1_5_A_G_b38"),
            ("kept", "scores", 1, 1, ""),
        )
    ]
    losses = pd.DataFrame(rows, columns=LOSSES.names)
    dataset = {"name": "demo", "scores": None, "control": "assay"}
    config = {"service": "table", "scores": "mine", "datasets": [dataset]}
    manifest = {**inputs_of(tmp_path).manifest, "config": config}
    found = sections(reported(tmp_path, losses=losses, manifest=manifest))["waterfall"]
    table = found.tables[1]
    shown = [[cell.text for cell in row[:6]] for row in table.rows]
    assert [row[:2] for row in shown[::3]] == [["scores", "mine"], ["control", "assay"]]
    assert shown[1][2:] == ["scores", "several scores", "2", "1"]
    assert found.files[1:] == ["tables/mine.dropped.tsv", "tables/assay.dropped.tsv"]
    # Scores of a model come from no table.
    config = {**config, "service": "standin"}
    manifest = {**manifest, "config": config}
    found = sections(reported(tmp_path, losses=losses, manifest=manifest))["waterfall"]
    assert {row[1].text for row in found.tables[1].rows} == {"assay"}


def test_every_reason_says_what_it_means(whole):
    table = sections(whole[1])["waterfall"].tables[0]
    stage, meaning = map(table.headings.index, ("stage", "meaning"))
    dropped = [row for row in table.rows if row[stage].text not in ("input", "kept")]
    assert dropped and all(row[meaning].text for row in dropped)


def test_every_gate_says_what_it_measures(whole):
    [table] = sections(whole[1])["gates"].tables
    place = table.headings.index("measure")
    assert all(row[place].text for row in table.rows)


@pytest.mark.parametrize(
    ("model", "is_measured"), [("assay/dsqtl", True), ("table/mine", False)]
)
def test_scores_that_an_assay_measured_are_described_as_such(
    tmp_path, model, is_measured
):
    found = reported(tmp_path, model=model)
    assert found.is_measured == is_measured
    [figure] = sections(found)["agreement"].figures
    assert ("predicted" in figure.alt) != is_measured
