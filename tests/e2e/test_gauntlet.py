"""The gauntlet as a whole: its page, its stages without a defect, and what users see."""

import gzip
import itertools
import re

import numpy as np
import pandas as pd
import pytest
from endobench.core.columns import DIFFERENCES, GATES, WATERFALL
from endobench.core.tables import read_tsv
from endobench.design.tasks import LEADS
from endobench.evaluate.conclusion import conclude
from endobench.evaluate.conditions.outcome import DeclaredControl
from endobench.evaluate.summary import summarise
from endobench.figures.captions import conclusion_note, why_words
from endobench.gates.verdicts import FAIL
from endobench.genome.reference import prepare
from endobench.report.findings import describe_finding
from frames import variants_of
from gauntlet import alter_batches, alter_controls, alter_inputs, alter_parts
from gauntlet.checks import GROUPS, UPDATE, page_text
from gauntlet.page import ALL_DEFECTS, BARRED, STAGES, conclusion, introduction
from gauntlet.pipeline import WINDOW_BP, clean, run
from rounded import differing_lines, is_rounded
from workflow import ROOT, SMALL, copy_of, said, snakemake, write_config

METRICS = "results/demo/corrected/metrics.tsv"


def test_every_fault_of_the_study_is_introduced_or_impossible():
    covered = {defect.study for defect in ALL_DEFECTS} | {row[0] for row in BARRED}
    assert covered == {"-", *map(str, range(1, 16))}
    names = [(defect.stage, defect.name) for defect in ALL_DEFECTS]
    assert len(set(names)) == len(names)


def test_an_impossible_fault_has_its_test():
    for _, _, test in BARRED:
        path, name = test.split("::")
        assert f"\ndef {name}(" in (ROOT / path).read_text(), test


@pytest.mark.numeric
def test_the_page_frames_the_stages_which_have_tests_of_their_own(world):
    text = page_text()
    heads = re.findall("^## .*", text, flags=re.MULTILINE)
    assert heads[:-2] == [f"## {stage}" for stage in STAGES]
    start, end = (text.index(heads[place]) for place in (0, -2))
    expected = introduction(world, is_exact=True), conclusion()
    for part, exact in zip((text[:start], text[end:]), expected, strict=True):
        differing = differing_lines(part.strip(), exact.strip())
        assert differing == [], f"{UPDATE}: {differing}"
    assert sorted(itertools.chain(*GROUPS.values())) == sorted(STAGES)
    files = {path.stem for path in (ROOT / "tests/e2e/gauntlet").glob("test_*.py")}
    assert files == {f"test_{group}" for group in GROUPS}


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        ("0.83", 0.8349999, True),
        ("0.84", 0.8349999, True),
        ("0.83", 0.8450001, False),
        ("0.93", 0.8349999, False),
        ("1", 0.9950001, True),
        ("1", 0.85, False),
        ("3.1e+05", 312_345.6, True),
        ("3.1e+05", 345_678.9, False),
        ("-0.71", -0.7149, True),
        ("-0.71", 0.7149, False),
        ("0", 0.0, True),
        ("0", 0.01, False),
        ("17", 16.6, True),
        ("0.744", 0.7452, False),
    ],
)
def test_a_rounded_number_is_compared_as_a_number(text, value, expected):
    assert is_rounded(text, value) == expected
    line = "| 145 rows of | {} | at most 0.1 |"
    differing = differing_lines(line.format(text), line.format(repr(value)))
    assert (not differing) == expected


@pytest.mark.parametrize(
    "changed", ["| 146 rows: 0.83 |", "| 145 pairs: 0.83 |", "| 145 rows: |", ""]
)
def test_words_and_counts_of_a_page_are_compared_exactly(changed):
    line = "| 145 rows: 0.8349 |"
    assert differing_lines("| 145 rows: 0.83 |", line) == []
    assert differing_lines(changed, line) == [(changed, line)]


@pytest.mark.numeric
def test_without_a_defect_the_stages_reproduce_the_workflow(unharmed, world):
    assert unharmed.error is None
    # Sums of thousands of terms, in another order.
    assert unharmed.spearman == pytest.approx(world.spearman, rel=1e-9)
    found = read_tsv(world.folder / "results/demo/gates.tsv", GATES)
    found = found[found["protocol"] == "corrected"].set_index("gate")
    ours = unharmed.gates.set_index("gate")
    assert list(ours.index) == list(found.index)
    # A table holds ten digits or more.
    np.testing.assert_allclose(ours["value"], found["value"], rtol=1e-6)


@pytest.mark.numeric
def test_a_new_variant_is_scored_as_by_the_server(world):
    raw = world.known.iloc[::500].set_index("variant_id")["raw"]
    rows, _ = prepare(
        variants_of(*raw.index), world.genome, WINDOW_BP, max_n_fraction=1
    )
    assert len(rows) == len(raw)
    for row in rows.itertuples():
        np.testing.assert_array_equal(world.predict(row), raw[row.variant_id])


OF_USERS = {
    "an accepted failing gate": (
        (alter_inputs.padded_indels, alter_controls.accepted("indel_scale")),
        "with exceptions",
        "failing gates that are accepted: indel_scale",
    ),
    "a gate that warns": (
        (alter_batches.on("chr1", alter_batches.scaled(0.7)),),
        "with exceptions",
        "gate part_scales warns: standard errors of chromosome chr1",
    ),
    "no control": (
        (alter_controls.without_control(),),
        "with exceptions",
        "no external positive control (key 'control')",
    ),
    "a failing control": (
        (alter_controls.of_control(alter_controls.shuffled(1)),),
        "no",
        "failing positive control: demo_dsqtls has Spearman",
    ),
    "a part that disagrees": (
        (alter_parts.flipped(alter_parts.of_alleles(alter_parts.on("chr3"))),),
        "no",
        "failing gates: part_agreement",
    ),
}


@pytest.mark.numeric
@pytest.mark.parametrize("name", OF_USERS)
def test_summary_report_and_figure_say_what_a_user_must_know(world, name):
    changes, state, words = OF_USERS[name]
    result = run(clean(world), alter_controls.measured(*changes))
    assert result.error is None
    named = DeclaredControl(None if name == "no control" else "demo_dsqtls")
    found = conclude(result.metrics, result.gates, None, named)
    waterfall = read_tsv(
        world.folder / "results/demo/corrected/waterfall.tsv", WATERFALL
    )
    summary = summarise(result.metrics, waterfall, found.conclusions)
    row = summary[summary["stratum"] == LEADS].iloc[0]
    assert row["is_reportable"] == state
    assert words in row["why"]
    # The report has it in a sentence, and the terminal and each figure in a note.
    report = describe_finding(
        found.conclusions,
        result.metrics,
        pd.DataFrame(columns=DIFFERENCES.names),
        result.gates,
        waterfall,
        found.controls,
    )
    assert report.is_reportable == state and words in report.why
    if "control" in name:
        said_of_control = " ".join(report.sentences).lower()
        assert words.split(":")[0].split(" (")[0].lower() in said_of_control
    note = conclusion_note(found.conclusions, result.metrics, LEADS).replace("\n", " ")
    # A figure writes the names of gates in words.
    assert why_words(words) in note
    assert note.startswith("NOT REPORTABLE" if state == "no" else "REPORTABLE WITH EXC")


def exchanged_header(folder):
    """Rename columns, so that the p values are called slope."""
    path = folder / "resources/simulated/pairs.txt.gz"
    with gzip.open(path, "rt") as file:
        header, rest = file.readline(), file.read()
    header = header.replace("\tslope\t", "\tslope_of_old\t")
    header = header.replace("\tpval_nominal\t", "\tslope\t")
    header = header.replace("\tmin_pval_nominal\t", "\tpval_nominal\t")
    with gzip.open(path, "wt") as file:
        file.write(header + rest)


def hg19_peaks_declared_grch38(folder):
    sheet = folder / "config/datasets.tsv"
    lines = sheet.read_text().splitlines(keepends=True)
    is_peaks = [line.startswith("demo_peaks\t") for line in lines]
    place = is_peaks.index(True)
    lines[place] = lines[place].replace("\thg19\t", "\tGRCh38\t", 1)
    sheet.write_text("".join(lines))


# A third case, a stand-in at an address, is in test_mistakes.
@pytest.mark.parametrize(
    ("defect", "stage", "gate"),
    [
        (exchanged_header, "effects", "effect_signs"),
        (hg19_peaks_declared_grch38, "peaks", "peak_enrichment"),
    ],
)
def test_the_workflow_stops_with_one_line_and_the_table_of_gates(
    simulated, tmp_path, defect, stage, gate
):
    folder = copy_of(simulated, tmp_path)
    defect(folder)
    write_config(folder, "small.yaml", SMALL)
    result = snakemake(folder, METRICS, "--configfile", "small.yaml", check=False)
    assert result.returncode != 0
    lines = result.stderr.splitlines()
    line = lines[-1]
    assert line.endswith(" (log: results/logs/select_in_peaks/demo.corrected.log)")
    # The job has told it at once.
    assert line.startswith("ERROR: ") and line.rpartition(" (")[0] in lines
    verdict = read_tsv(
        folder / f"results/demo/corrected/gates/{stage}.tsv", GATES
    ).set_index("gate")
    failed = verdict[verdict["verdict"] == FAIL]
    assert gate in failed.index
    assert f"{gate} fails" in line
    assert verdict.loc[gate, "evidence"] in line
    assert f"'accept: [{', '.join(failed.index)}]'" in line
    assert "Traceback" not in said(result)
    assert not (folder / METRICS).exists()
    assert not (folder / "results/scores/16384bp").exists()
