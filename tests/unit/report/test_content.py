import datetime
import json

import pandas as pd
import pytest
from drawings import STANDIN
from endobench.core.columns import LOCI, RUNS
from endobench.report import content as module
from endobench.report.content import report
from reported import KEY, inputs_of, reported, sections


def test_a_page_says_when_it_was_written(tmp_path):
    date = datetime.date(2026, 1, 2)
    inputs = inputs_of(tmp_path, is_short=True)
    found = report(inputs, tmp_path, classes={}, written=date)
    assert found.written == "2026-01-02"
    before, written = datetime.date.today(), reported(tmp_path).written
    # It may be midnight.
    assert written in {str(before), str(datetime.date.today())}


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


@pytest.mark.parametrize(
    ("names", "title", "key"),
    [
        (["here", "here"], "All benchmarks of this run", "benchmarks"),
        (["here", "first_model"], "Comparison with other runs", "runs"),
    ],
)
def test_a_run_alone_is_not_said_to_be_compared(tmp_path, names, title, key):
    runs = pd.DataFrame({"run": names}).reindex(columns=RUNS.names)
    found = reported(tmp_path, runs=runs).runs
    assert (found.id, found.key, found.title) == ("runs", key, title)


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


@pytest.mark.parametrize(
    ("named", "blocks"), [({}, "chromosomes"), ({"ld_blocks": "eur"}, "LD blocks")]
)
def test_what_was_resampled_is_named(tmp_path, named, blocks):
    manifest = inputs_of(tmp_path).manifest
    manifest = {**manifest, "config": {**manifest["config"], **named}}
    assert reported(tmp_path, manifest=manifest).blocks == blocks
