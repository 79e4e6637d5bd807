"""What the page on adding metrics says is carried out, as it is written, in a copy."""

import ast
import os
import re
import subprocess
import sys
import textwrap

import numpy as np
import pandas as pd
import pytest
from drawings import waterfall_of
from endobench.core.columns import METRICS, WATERFALL
from endobench.core.tables import read_tsv, write_tsv
from hosted import KEY, hosted, write_hosted_genome
from one_rule import run, write_benchmark
from workflow import ROOT, SMALL, checkout, write_config

PAGE = (ROOT / "resources/docs/development/adding_metrics.md").read_text()
STEP = re.compile(
    r"`(?P<path>[\w/.]+[.]py)`, at (?:the end of `(?P<name>\w+)`|its end):\s+"
    r"^ *```python\n(?P<code>.*?)^ *```$",
    re.DOTALL | re.MULTILINE,
)
RESULTS = "results/demo/corrected"


def steps(heading):
    """Return the steps of a section: a path, the name of a sequence or None, code."""
    section = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    found = [
        (each["path"], each["name"], textwrap.dedent(each["code"]))
        for each in STEP.finditer(section)
    ]
    assert found, heading
    return found


def carry_out(folder, heading):
    """Make the changes of a section in a copy; return the files that they touch."""
    for path, name, code in steps(heading):
        text = (folder / path).read_text()
        if name is None:
            text += f"\n\n{code}"
        else:
            lines = text.splitlines(keepends=True)
            (end,) = [
                node.end_lineno
                for node in ast.parse(text).body
                if isinstance(node, ast.Assign)
                and [ast.unparse(each) for each in node.targets] == [name]
            ]
            lines[end - 1 : end - 1] = [f"    {code.strip()},\n"]
            text = "".join(lines)
        (folder / path).write_text(text)
    return {path for path, _, _ in steps(heading)}


@pytest.fixture
def folder(tmp_path):
    checkout(tmp_path)
    write_config(tmp_path, "small.yaml", SMALL)
    return tmp_path


def test_a_metric_a_baseline_and_a_stratum_touch_few_files_and_reach_the_tables(folder):
    assert carry_out(folder, "A metric") == {
        "scripts/endobench/design/metrics.py",
        "scripts/endobench/stats/metrics.py",
    }
    assert carry_out(folder, "A baseline") == {
        "scripts/endobench/benchmark/baselines.py"
    }
    assert carry_out(folder, "A stratum") == {"scripts/endobench/benchmark/strata.py"}
    pairs = write_benchmark(folder)
    results = folder / RESULTS
    waterfall = waterfall_of(4, "standin/x")
    waterfall = waterfall.assign(dataset="demo", protocol="corrected")
    write_tsv(waterfall, results / "waterfall.tsv", WATERFALL)
    names = ("scatter", "baselines", "strata")
    figures = [f"{RESULTS}/figures/{name}.png" for name in names]
    rules = "measure summarise draw_benchmark"
    run(folder, rules, *figures, "results/summary.tsv", "--configfile", "small.yaml")
    found = read_tsv(results / "metrics.tsv", METRICS)
    row = found[
        (found["metric"] == "cosine")
        & (found["predictor"] == "model")
        & (found["stratum"] == "all_pairs")
    ].squeeze()
    effect, score = (pairs[name].to_numpy() for name in ("effect", "raw"))
    expected = effect @ score / np.sqrt((effect @ effect) * (score @ score))
    assert row["value"] == pytest.approx(expected)
    assert row["ci_low"] < row["value"] < row["ci_high"] and row["p"] < 0.05
    baselines = found[(found["metric"] == "cosine") & (found["predictor"] != "model")]
    assert set(baselines["predictor"]) >= {"motif_change", "gc_change"}
    added = found[found["predictor"] == "allele_rarity"]
    assert added["value"].notna().all() and "magnitude" in set(added["task"])
    strata = {each for each in found["stratum"] if each.startswith("p_value_")}
    assert strata == {"p_value_over_1e-08"}
    summary = pd.read_csv(folder / "results/summary.tsv", sep="\t")
    summary = summary.set_index("stratum").loc["all_pairs"]
    assert summary["cosine"] == pytest.approx(expected)
    assert summary["cosine_ci_low"] == pytest.approx(row["ci_low"])


def test_an_assumption_about_a_service_touches_one_file_and_is_checked(folder):
    assert carry_out(folder, "An assumption about a service") == {
        "scripts/endobench/predict/assumptions/tracks.py"
    }
    genome = write_hosted_genome(folder)
    with hosted(genome) as (_, address):
        service = {"service": "address", "address": address, "tls": False}
        write_config(folder, "mine.yaml", SMALL, **service)
        result = subprocess.run(
            [sys.executable, "scripts/maintenance/check_service.py", "mine.yaml"],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": "scripts", "ALPHAGENOME_API_KEY": KEY},
            capture_output=True,
            text=True,
            check=False,
        )
    assert result.returncode == 0, result.stdout + result.stderr
    row = "| chip_tracks | the model has ChIP-seq tracks of factors | "
    assert row in result.stdout
    assert KEY not in (folder / "results/check_service.json").read_text()
