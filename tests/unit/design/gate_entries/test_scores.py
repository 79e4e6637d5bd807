from endobench.design.gate_entries.scores import ENTRIES
from endobench.design.gates import GATES


def test_entries_are_gates_of_one_stage():
    assert {each.stage for each in ENTRIES} == {"scores"}
    names = [each.name for each in ENTRIES]
    assert {"orientation", "score_recheck", "score_ties"} <= set(names)
    assert [GATES[name] for name in names] == list(ENTRIES)
