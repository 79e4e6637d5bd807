from endobench.design.gate_entries.genes import ENTRIES
from endobench.design.gates import GATES


def test_entries_are_gates_of_one_stage():
    assert {each.stage for each in ENTRIES} == {"genes"}
    names = [each.name for each in ENTRIES]
    assert {"own_gene", "own_tissue"} <= set(names)
    assert [GATES[name] for name in names] == list(ENTRIES)
