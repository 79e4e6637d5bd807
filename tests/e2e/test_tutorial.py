"""What README.md and the tutorial promise is what their commands give."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from workflow import ROOT, with_simulated

ANSWER = re.compile(
    r"^(?P<dataset>\w+): (?P<finding>\w+); Spearman (?P<value>\S+) \[(?P<low>\S+), "
    r"(?P<high>\S+)\], (?P<n_pairs>[\d,]+) pairs of (?P<n_variants>[\d,]+) variants",
    re.MULTILINE,
)
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.DOTALL | re.MULTILINE)
SCORES = "results/demo/corrected/scores/variants.vcf.gz"
REPORTABLE = re.compile(r"^  Reportable: ([a-z ]+) \(", re.MULTILINE)


def assert_as_promised(page, folder):
    """Compare the answer that a page shows with the summary of a run."""
    text = page.read_text()
    promised = ANSWER.search(text).groupdict()
    summary = pd.read_csv(folder / "results/summary.tsv", sep="\t")
    is_it = (summary["dataset"] == promised["dataset"]) & (
        summary["stratum"] == "lead_per_feature"
    )
    row = summary[is_it & (summary["protocol"] == "corrected")].iloc[0]
    assert promised["finding"] == row["finding"]
    for name, column in (("value", ""), ("low", "_ci_low"), ("high", "_ci_high")):
        assert float(promised[name]) == pytest.approx(
            row[f"spearman{column}"], abs=6e-4
        )
    for name in ("n_pairs", "n_variants"):
        assert int(promised[name].replace(",", "")) == row[name]
    assert REPORTABLE.search(text)[1] == row["is_reportable"]


def test_the_demonstration_ends_as_readme_says(demonstration):
    for name in ("README.md", "resources/docs/running.md"):
        assert_as_promised(ROOT / name, demonstration)


def test_the_commands_of_the_tutorial_give_its_answer(demonstration, tmp_path):
    folder = with_simulated(demonstration, tmp_path)
    (folder / SCORES).parent.mkdir(parents=True)
    (folder / SCORES).symlink_to(demonstration / SCORES)
    page = ROOT / "resources/docs/tutorial.md"
    *blocks, run = BLOCK.findall(page.read_text())
    # What follows the summary is not needed here.
    commands = "".join(blocks) + run.rstrip() + " results/summary.tsv\n"
    commands = commands.replace(
        "--configfile mine.yaml --cores 2 results/summary.tsv",
        "results/summary.tsv --configfile mine.yaml --cores 2",
    )
    result = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands],
        cwd=folder,
        env={
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert_as_promised(page, folder / "mine")
    [shown] = re.findall(r"\n(ENSG\S+.*)\n```", page.read_text())
    assert "\t".join(shown.split()) in result.stdout
