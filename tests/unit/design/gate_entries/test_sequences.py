from endobench.design.gate_entries.sequences import ENTRIES
from endobench.design.gates import GATES


def test_entries_are_gates_of_one_stage():
    assert {each.stage for each in ENTRIES} == {"sequences"}
    names = [each.name for each in ENTRIES]
    assert {"ref_match", "ref_match_build"} <= set(names)
    assert [GATES[name] for name in names] == list(ENTRIES)
