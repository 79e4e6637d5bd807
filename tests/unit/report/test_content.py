import datetime
import json

import pandas as pd
import pytest
from drawings import STANDIN
from endobench.core.columns import LOCI, LOSSES
from endobench.report import content as module
from endobench.report.content import report
from endobench.report.packed import unpack
from reported import KEY, inputs_of


def sections(found):
    return {each.key: each for each in found.chapters[0].sections}


def reported(folder, **changes):
    """Return a report without the sections that take longest."""
    return report(inputs_of(folder, is_short=True, **changes), folder, classes={})


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The inputs of a report with all sections, and the report."""
    folder = tmp_path_factory.mktemp("whole")
    inputs = inputs_of(folder)
    return inputs, report(inputs, folder, classes={})


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


def test_a_page_says_when_it_was_written(tmp_path):
    date = datetime.date(2026, 1, 2)
    inputs = inputs_of(tmp_path, is_short=True)
    found = report(inputs, tmp_path, classes={}, written=date)
    assert found.written == "2026-01-02"
    before, written = datetime.date.today(), reported(tmp_path).written
    # It may be midnight.
    assert written in {str(before), str(datetime.date.today())}


def test_dropped_rows_are_in_the_page(whole):
    name, caption, text = sections(whole[1])["waterfall"].packed
    assert name == "demo.dropped"
    assert "all 3" in caption
    assert unpack(text)["reason"].tolist() == ["a", "b", "a"]


def test_a_long_list_of_dropped_rows_is_cut_and_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "N_DROPPED_EACH", 1)
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


@pytest.mark.parametrize("model", ["alphagenome/default/ab12", STANDIN])
def test_a_stand_in_is_marked(tmp_path, model):
    found = reported(tmp_path, model=model)
    assert found.is_standin == (model == STANDIN)
    assert found.models == [model]


def test_a_page_without_room_keeps_words_and_tables(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "ROOM_BYTES", 100)
    found = reported(tmp_path)
    assert found.explorers == []
    assert sections(found)["agreement"].figures[0].uri is None
    assert sections(found)["waterfall"].packed is None
    # The page names the files that it leaves out.
    assert found.unexplored == ["demo/corrected/pairs.tsv.gz"]
    assert sections(found)["waterfall"].files == ["demo/corrected/dropped.tsv.gz"]
    assert sections(found)["strata"].tables[0].n_left_out > 0
    assert found.chapters[0].findings[0].headline


def test_other_benchmarks_follow_the_first(tmp_path):
    inputs = inputs_of(tmp_path, is_short=True)
    paths = {("demo", "published"): inputs.pairs[KEY], **inputs.pairs}
    names = ("conclusions", "metrics", "differences", "gates", "waterfall", "summary")
    doubled = {
        name: pd.concat([frame, frame.assign(protocol="published")], ignore_index=True)
        for name in names
        for frame in [getattr(inputs, name)]
    }
    found = report(inputs._replace(pairs=paths, **doubled), tmp_path, classes={})
    protocols = [each.protocol for each in found.chapters[0].findings]
    assert protocols == ["corrected", "published"]
    assert [each.name for each in found.explorers] == [
        "demo, corrected",
        "demo, published",
    ]


def test_a_locus_that_was_not_drawn_says_why(tmp_path):
    rows = [{"variant_id": "chr1_1_A_C", "dataset": "demo", "failure": "too slow"}]
    loci = pd.DataFrame(rows).reindex(columns=LOCI.names)
    [found] = reported(tmp_path, loci=loci).loci
    assert (found.variant_id, found.figure) == ("chr1_1_A_C", None)
    assert found.failure == "too slow"
    assert found.table.rows[0][0].text == "demo"


def test_charts_are_json(whole):
    _, found = whole
    [explorer] = found.explorers
    for chart in (explorer.density, explorer.points, sections(found)["tracks"].chart):
        assert json.loads(json.dumps(chart)) == chart


def test_the_config_is_that_of_the_manifest(whole):
    assert whole[1].config == "seed: 1\nld_blocks: none\n"


@pytest.mark.parametrize("place", ["resources/simulated/pairs.txt.gz", "https://x/y"])
def test_simulated_data_are_marked(tmp_path, place):
    manifest = inputs_of(tmp_path).manifest | {"inputs": {"p": {"location": place}}}
    found = reported(tmp_path, manifest=manifest)
    assert found.is_simulated == place.startswith("resources")


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


@pytest.mark.parametrize(
    ("named", "blocks"), [({}, "chromosomes"), ({"ld_blocks": "eur"}, "LD blocks")]
)
def test_what_was_resampled_is_named(tmp_path, named, blocks):
    manifest = inputs_of(tmp_path).manifest
    manifest = {**manifest, "config": {**manifest["config"], **named}}
    assert reported(tmp_path, manifest=manifest).blocks == blocks
