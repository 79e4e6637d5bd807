from endobench.design.gate_entries.models import ENTRIES
from endobench.design.gates import GATES


def test_entries_are_gates_of_scores_that_do_not_end_a_run():
    assert {each.stage for each in ENTRIES} == {"scores"}
    assert not any(each.ends_run for each in ENTRIES)
    assert [GATES[each.name] for each in ENTRIES] == list(ENTRIES)
