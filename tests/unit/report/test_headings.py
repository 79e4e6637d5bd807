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
from endobench.design.metrics import SUMMARY
from endobench.report.headings import HEADS

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


def test_heads_are_of_columns_that_there_are():
    assert set(HEADS) == {*CONTRACTS, "inputs"}
    for name, schema in CONTRACTS.items():
        # What a gate measures is said by the list of gates.
        assert set(HEADS[name]) - {"measure"} <= set(schema.names), name
        assert len(set(HEADS[name].values())) == len(HEADS[name]), name
