from endobench.design.gate_entries.original import ENTRIES
from endobench.design.gates import GATES


def test_entries_are_gates_of_one_stage():
    assert {each.stage for each in ENTRIES} == {"original"}
    names = [each.name for each in ENTRIES]
    assert {"original_effects"} <= set(names)
    assert [GATES[name] for name in names] == list(ENTRIES)
