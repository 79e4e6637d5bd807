from endobench.design.gate_entries.peaks import ENTRIES
from endobench.design.gates import GATES


def test_entries_are_gates_of_one_stage():
    assert {each.stage for each in ENTRIES} == {"peaks"}
    names = [each.name for each in ENTRIES]
    assert {"peak_enrichment", "peak_parts"} <= set(names)
    assert [GATES[name] for name in names] == list(ENTRIES)
