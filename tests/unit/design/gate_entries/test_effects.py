from endobench.design.gate_entries.effects import ENTRIES
from endobench.design.gates import GATES


def test_entries_are_gates_of_one_stage():
    assert {each.stage for each in ENTRIES} == {"effects"}
    names = [each.name for each in ENTRIES]
    assert {"tissue", "effect_signs"} <= set(names)
    assert [GATES[name] for name in names] == list(ENTRIES)
