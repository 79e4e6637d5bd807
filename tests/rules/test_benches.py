"""The benches run scripts without Snakemake, with all that their rules give them."""

import json
import re
import sys

import pytest
import yaml
from workflow import ROOT

CODE = "code"


@pytest.fixture
def jobs(tmp_path, monkeypatch):
    """Return the jobs of the benches by rule: their inputs, outputs and parameters."""
    # A bench has the name of a module of Python.
    monkeypatch.setattr(sys, "path", [*sys.path, str(ROOT / "scripts/bench")])
    import gene_stages
    import stages

    config = yaml.safe_load((ROOT / "config/config.yaml").read_text())
    (tmp_path / "config.json").write_text(json.dumps(config))
    of_genes = {name: gene_stages.job_of(name, tmp_path) for name in gene_stages.JOBS}
    return stages.jobs_of(tmp_path, tmp_path) | of_genes


def names_in(rule, part):
    """Return the names of the inputs, outputs or parameters of a rule."""
    text = "\n".join(path.read_text() for path in (ROOT / "rules").glob("*.smk"))
    block = re.search(rf"^rule {rule}:\n((?:    .*\n|\n)*)", text, re.MULTILINE)[1]
    lines = re.search(rf"^    {part}:\n((?:        .*\n)*)", block, re.MULTILINE)[1]
    return set(re.findall(r"^        (\w+)=", lines, re.MULTILINE)) - {CODE}


@pytest.mark.parametrize("part", ["input", "output", "params"])
def test_a_job_of_a_bench_has_what_its_rule_gives_the_script(part, jobs):
    assert len(jobs) > 5
    for rule, job in jobs.items():
        assert set(job[part]) == names_in(rule, part), rule
