from endobench.core.columns import COST
from endobench.report.headings import HEADINGS
from endobench.report.inputs import TABLES

CONTRACTS = {name: TABLES[name] for name in HEADINGS if name in TABLES}
CONTRACTS |= {"scoring": COST, "rule": COST}


def test_headings_are_unique_and_of_existing_columns():
    assert set(HEADINGS) == {*CONTRACTS, "inputs"}
    for name, schema in CONTRACTS.items():
        # Measures and meanings come from registries, uses from the config.
        names = set(HEADINGS[name]) - {"measure", "meaning", "used_as"}
        assert names <= set(schema.names), name
        assert len(set(HEADINGS[name].values())) == len(HEADINGS[name]), name
