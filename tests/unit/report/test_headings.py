from endobench.core.columns import (
    CONTROLS,
    COST,
    CURVES,
    DIFFERENCES,
    EXPLANATIONS,
    GATES,
    LADDER,
    LEADERBOARD,
    LOCI,
    LOSSES,
    METRICS,
    RUNS,
    SWEEP,
    TRACK_METRICS,
    WATERFALL,
)
from endobench.evaluate.summary import SUMMARY
from endobench.report.headings import FIRST, HEADINGS, WORDS

CONTRACTS = {
    "summary": SUMMARY,
    "gates": GATES,
    "controls": CONTROLS,
    "waterfall": WATERFALL,
    "ladder": LADDER,
    "explanations": EXPLANATIONS,
    "metrics": METRICS,
    "curves": CURVES,
    "sweep": SWEEP,
    "ranking": TRACK_METRICS,
    "differences": DIFFERENCES,
    "leaderboard": LEADERBOARD,
    "runs": RUNS,
    "scoring": COST,
    "rule": COST,
    "loci": LOCI,
    "losses": LOSSES,
}


def test_headings_are_unique_and_of_existing_columns():
    assert set(HEADINGS) == {*CONTRACTS, "inputs"}
    for name, schema in CONTRACTS.items():
        # Measures and meanings come from registries, uses from the config.
        names = set(HEADINGS[name]) - {"measure", "meaning", "used_as"}
        assert names <= set(schema.names), name
        assert len(set(HEADINGS[name].values())) == len(HEADINGS[name]), name


def test_first_columns_have_headings_and_leave_some_out():
    for name, columns in FIRST.items():
        assert set(columns) <= set(HEADINGS[name]), name
        assert len(set(columns)) == len(columns) < len(HEADINGS[name]), name


def test_names_of_tables_have_words():
    assert WORDS["stratum"]("lead_per_feature") == "best scored variant per feature"
    assert WORDS["metric"]("sign_agreement") == "Sign agreement"
    assert WORDS["gate"]("effect_signs") == "effect signs"
