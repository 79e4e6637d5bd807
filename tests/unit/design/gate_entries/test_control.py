from endobench.design.gate_entries.control import ENTRIES
from endobench.design.gates import GATES


def test_entries_are_gates_of_one_stage():
    assert {each.stage for each in ENTRIES} == {"control"}
    names = [each.name for each in ENTRIES]
    assert {"control_values", "control_sign_copies"} <= set(names)
    assert [GATES[name] for name in names] == list(ENTRIES)
