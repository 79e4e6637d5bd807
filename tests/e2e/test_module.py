"""Another workflow uses this one as a module, with a prefix and a config of its own."""

import shutil

import pandas as pd
import pytest
import yaml
from workflow import ROOT, SHORTEST, said, snakemake

SNAKEFILE = """
configfile: "other.yaml"


module benchmark:
    snakefile:
        {snakefile!r}
    config:
        config["benchmark"]
    prefix:
        "endogenous"


use rule * from benchmark as benchmark_*


rule count:
    default_target: True
    input:
        "endogenous/results/summary.tsv",
    output:
        "counted.txt",
    shell:
        "wc -l < {{input}} > {{output}}"
"""


@pytest.fixture
def other(tmp_path):
    folder = tmp_path / "another workflow"
    (folder / "workflow").mkdir(parents=True)
    text = SNAKEFILE.format(snakefile=str(ROOT / "Snakefile"))
    (folder / "workflow/Snakefile").write_text(text)
    config = yaml.safe_load((ROOT / "config/config.yaml").read_text())
    config = {"benchmark": config | SHORTEST, "own": 1}
    (folder / "other.yaml").write_text(yaml.safe_dump(config))
    return folder


def test_a_module_writes_below_its_prefix(other, simulated):
    part = "resources/simulated"
    shutil.copytree(simulated / part, other / "endogenous" / part)
    snakemake(other)
    summary = pd.read_csv(other / "endogenous/results/summary.tsv", sep="\t")
    assert int((other / "counted.txt").read_text()) == len(summary) + 1
    assert not (other / "results").exists()
    assert "Nothing to be done" in said(snakemake(other))


def test_a_module_reads_files_of_the_user_where_they_are(other):
    given = other / "my/blacklist.bed"
    given.parent.mkdir()
    given.write_text("chr1\t10\t20\n")
    for name in ("summary.tsv", "manifest.json"):
        (other / "old").mkdir(exist_ok=True)
        (other / "old" / name).touch()
    path = other / "other.yaml"
    config = yaml.safe_load(path.read_text())
    own = {"local": {"demo_blacklist": "my/blacklist.bed"}, "compare": {"old": "old"}}
    config["benchmark"] |= own
    path.write_text(yaml.safe_dump(config))
    fetched = "endogenous/resources/downloads/demo_blacklist"
    snakemake(other, fetched)
    assert (other / fetched).read_text() == given.read_text()
    words = said(snakemake(other, "endogenous/results/runs.tsv", "--dry-run"))
    assert " old/summary.tsv" in words and "endogenous/old" not in words


def test_a_module_offers_every_result(other):
    report = ("endogenous/results/report.html", "endogenous/results/cost.tsv")
    words = said(snakemake(other, *report, "--dry-run"))
    assert "benchmark_write_report " in words
    assert "benchmark_draw_benchmark " in words
