from endobench.core.columns import (
    COST,
    CURVES,
    DIFFERENCES,
    GATES,
    LADDER,
    LOCI,
    METRICS,
    RUNS,
    SWEEP,
    TRACK_METRICS,
    WATERFALL,
)
from endobench.evaluate.summary import SUMMARY
from endobench.report.headings import HEADINGS

CONTRACTS = {
    "summary": SUMMARY,
    "gates": GATES,
    "waterfall": WATERFALL,
    "ladder": LADDER,
    "metrics": METRICS,
    "curves": CURVES,
    "sweep": SWEEP,
    "ranking": TRACK_METRICS,
    "differences": DIFFERENCES,
    "runs": RUNS,
    "scoring": COST,
    "rule": COST,
    "loci": LOCI,
}


def test_headings_are_unique_and_of_existing_columns():
    assert set(HEADINGS) == {*CONTRACTS, "inputs"}
    for name, schema in CONTRACTS.items():
        # The measures of gates come from the registry of gates.
        assert set(HEADINGS[name]) - {"measure"} <= set(schema.names), name
        assert len(set(HEADINGS[name].values())) == len(HEADINGS[name]), name
