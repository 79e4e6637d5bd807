import pathlib
import shlex
import shutil

import pandas as pd
import pytest
from endobench.core.columns import BUDGET, COST, GATES
from endobench.core.logs import INTERRUPTED, TERMINATED
from endobench.core.tables import write_tsv
from endobench.evaluate.summary import SUMMARY
from endobench.report import ending


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "2026-01-01 10:00:00,000 INFO endobench: begun\n"
            "2026-01-01 10:00:01,000 ERROR root: mine.tsv, line 3: pos is 'x'\n",
            "ERROR: mine.tsv, line 3: pos is 'x' (log: {path})",
        ),
        (
            "2026-01-01 10:00:01,000 INFO endobench: begun\n",
            "ERROR: a job of rule merge was killed, or ended without a message"
            " (log: {path})",
        ),
    ],
)
def test_a_failed_job_is_told_by_the_last_error_of_its_log(tmp_path, text, expected):
    path = tmp_path / "merge.log"
    path.write_text(text)
    (line,) = ending.failures([("merge", [str(path)])])
    assert line == expected.format(path=path)


def test_a_failed_job_without_a_log_is_told_too(tmp_path):
    for logs, name in ([], "none"), ([str(tmp_path / "x.log")], tmp_path / "x.log"):
        (line,) = ending.failures([("merge", logs)])
        assert line.startswith("ERROR: a job of rule merge ")
        assert line.endswith(f"(log: {name})")


@pytest.mark.parametrize(("free", "is_full"), [(200_000, True), (10**9, False)])
def test_a_full_disk_is_the_reason_of_an_empty_log(
    tmp_path, monkeypatch, free, is_full
):
    path = tmp_path / "merge.log"
    path.touch()
    usage = shutil.disk_usage(tmp_path)._replace(free=free)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    (line,) = ending.failures([("merge", [str(path)])])
    assert ("disk of its log is full" in line) == is_full
    assert ("was killed" in line) != is_full


def test_jobs_that_end_with_an_interrupted_run_have_not_failed(tmp_path):
    texts = {
        "merge": f"2026-01-01 10:00:01,000 ERROR root: {INTERRUPTED}\n",
        "measure": f"2026-01-01 10:00:01,000 ERROR root: {TERMINATED}\n",
        "predict": "",
        "fetch": "2026-01-01 10:00:01,000 ERROR root: no room on the disk\n",
    }
    jobs = [(rule, [str(tmp_path / rule)]) for rule in texts]
    for (_, (path,)), text in zip(jobs, texts.values(), strict=True):
        pathlib.Path(path).write_text(text)
    assert len(ending.failures(jobs)) == 4
    (line,) = ending.failures(jobs, is_interrupted=True)
    assert line.startswith("ERROR: no room on the disk ")


def test_of_many_failed_jobs_three_are_told():
    lines = ending.failures([("merge", [])] * 7)
    assert len(lines) == 4
    assert lines[-1] == "ERROR: 4 more jobs failed; see results/logs"


def test_a_dry_run_counts_jobs_and_tells_what_they_cost():
    lines = ending.forecast(
        {"sources": 3, "loci": 0, "predict": 12},
        downloads=[2_500_000_000, None],
        key=False,
        n_calls=None,
        command="snakemake x",
    )
    assert lines == [
        "sources      3",
        "predict     12",
        "all jobs    15",
        "Downloads: 2 files, 2.5 GB, and 1 of unknown size",
        "API key: none; set ALPHAGENOME_API_KEY or ALPHAGENOME_API_KEY_FILE",
        "Calls to the model: counted by: snakemake x",
    ]


def test_a_dry_run_without_a_model_costs_no_calls():
    lines = ending.forecast({"sources": 1}, [], None, None, None)
    assert lines == ["sources      1", "all jobs     1"]


def test_planned_calls_are_summed(tmp_path):
    paths = [tmp_path / "a.tsv", tmp_path / "b.tsv"]
    for path in paths:
        frame = pd.DataFrame({"n_calls": [4, 5]}).reindex(columns=BUDGET.names)
        write_tsv(frame, path, BUDGET)
    assert ending.n_planned(paths) == 18


@pytest.mark.parametrize(
    ("n_calls", "has_loci", "words"),
    [
        (18, False, "at most 18"),
        (18_000, True, "at most 18,000, and one for each new locus"),
        (0, True, "one for each new locus"),
        (0, False, "none"),
        (None, True, "counted by: snakemake x"),
    ],
)
def test_a_dry_run_tells_the_calls_that_are_left(n_calls, has_loci, words):
    lines = ending.forecast({"predict": 1}, [], True, n_calls, "snakemake x", has_loci)
    assert lines[-2:] == ["API key: found", f"Calls to the model: {words}"]


def test_the_matched_readout_has_a_line_of_its_own(tmp_path):
    gene = "corrected.RNA_SEQ.131072bp.K562"
    row = {
        "dataset": "a",
        "task": "signed",
        "finding": "agreement",
        "is_reportable": "yes",
        "why": "all is well; 9 gates had nothing to check; stand-in model; positive"
        " control b: Spearman 0.5, which shares no feature with the effects",
        "n_variants": 40,
    }
    rows = [
        row | {"protocol": protocol, "scorer": scorer, "stratum": stratum} | numbers
        for protocol, scorer, value in (
            ("corrected", "DNASE-501-DIFF_LOG2_SUM", 0.25),
            (gene, "RNA_SEQ", 0.75),
        )
        for stratum, numbers in (
            ("all_pairs", {"spearman": 0.1, "n_pairs": 99}),
            ("lead_per_feature", {"spearman": value, "n_pairs": 50}),
        )
    ]
    summary = pd.DataFrame(rows).reindex(columns=SUMMARY.names)
    write_tsv(summary, tmp_path / "summary.tsv", SUMMARY)
    (tmp_path / "a").mkdir()
    write_tsv(GATES.empty_table(), tmp_path / "a/gates.tsv", GATES)
    write_tsv(COST.empty_table(), tmp_path / "cost.tsv", COST)
    lines = ending.answers(tmp_path, ["a"], 1)
    assert lines[:3] == [
        "a: agreement; Spearman 0.250 without interval, 50 pairs of 40 variants"
        " (corrected protocol)",
        "  Reportable: yes (all is well; stand-in model)",
        "  RNA_SEQ: agreement; Spearman 0.750 without interval, 50 pairs of 40 variants",
    ]


def test_a_run_that_asked_no_model_does_not_count_the_calls_of_another(tmp_path):
    write_tsv(SUMMARY.empty_table(), tmp_path / "summary.tsv", SUMMARY)
    cost = pd.DataFrame({"kind": ["scoring"], "n_calls": [1200], "n_remembered": [5]})
    write_tsv(cost.reindex(columns=COST.names), tmp_path / "cost.tsv", COST)
    told = {
        has_asked: ending.answers(tmp_path, [], 1, has_asked)[0]
        for has_asked in (True, False)
    }
    assert told == {
        True: "Calls to the model: 1,200 made; 5 answers were remembered",
        False: "Calls to the model: none; these scores took 1,200 before",
    }


@pytest.mark.parametrize(
    ("n_jobs", "words"), [(1, "the files of 1 job were"), (1_200, "of 1,200 jobs were")]
)
def test_jobs_without_a_record_are_counted(n_jobs, words):
    assert words in ending.unrecorded(n_jobs)


def test_a_command_is_one_for_the_folder_of_the_user(tmp_path, monkeypatch):
    here = tmp_path / "my runs"
    here.mkdir()
    monkeypatch.chdir(here)
    assert ending.command(["a.tsv"], here / "Snakefile", here, [], {}) == (
        "snakemake --cores 2 a.tsv"
    )
    files = [here / "mine.yaml", tmp_path / "more.yaml"]
    keys = {"data_dir": "F", "loci": {"top": 0}}
    found = ending.command(
        ["a.tsv"], tmp_path / "Snakefile", tmp_path / "x y", files, keys
    )
    assert shlex.split(found) == [
        *("snakemake", "--cores", "2", "a.tsv", "-s", "../Snakefile"),
        *("--directory", "../x y", "--configfile", "mine.yaml", "../more.yaml"),
        *("--config", "data_dir=F", 'loci={"top": 0}'),
    ]
