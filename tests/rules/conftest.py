import collections

import pandas as pd
import pytest
from drawings import conclusion_of, waterfall_of
from endobench.core.columns import CONCLUSIONS, CONTROLS, CURVES, METRICS, WATERFALL
from endobench.core.tables import write_tsv
from endobench.evaluate.curves import curves
from endobench.evaluate.measure import measure
from frames import benchmark, blocks_of, choices_of
from one_rule import write_benchmark
from workflow import SMALL, checkout, write_config


@pytest.fixture
def folder(tmp_path):
    return checkout(tmp_path)


@pytest.fixture
def measured(folder):
    """A folder with one benchmark, its metrics, waterfall and conclusion."""
    write_config(folder, "small.yaml", SMALL)
    names = {"dataset": "demo", "protocol": "corrected"}
    pairs = write_benchmark(folder)
    _, annotations = benchmark()
    metrics, _ = measure(pairs, annotations, blocks_of(), choices_of(), **names)
    results = folder / "results/demo/corrected"
    write_tsv(metrics, results / "metrics.tsv", METRICS)
    points = curves(pairs, blocks_of(), choices_of(), negatives_per_positive=1, **names)
    write_tsv(points, results / "curves.tsv", CURVES)
    conclusions = [
        conclusion_of(stratum=each) for each in ("lead_per_feature", "all_pairs")
    ]
    conclusions = pd.concat(conclusions).assign(
        task="signed", metric="spearman", **names
    )
    write_tsv(conclusions, results / "conclusion.tsv", CONCLUSIONS)
    write_tsv(CONTROLS.empty_table(), results / "controls.tsv", CONTROLS)
    waterfall = waterfall_of(4, "standin/x").assign(**names)
    write_tsv(waterfall, results / "waterfall.tsv", WATERFALL)
    return folder


@pytest.fixture
def checked(record_property):
    """Fail if a convention has nothing to check; the summary says how much it checked."""

    def report(what, things):
        things = list(things)
        assert things, f"there are no {what} to check"
        record_property("checked", f"{len(things)} {what}")
        return things

    return report


def pytest_terminal_summary(terminalreporter):
    counted = collections.defaultdict(list)
    for report in terminalreporter.stats.get("passed", []):
        for name, value in report.user_properties:
            if name == "checked":
                counted[report.nodeid.split("::")[-1]].append(value)
    if counted:
        terminalreporter.section("what the conventions checked")
        for test, values in sorted(counted.items()):
            terminalreporter.line(f"{test}: {', '.join(values)}")
