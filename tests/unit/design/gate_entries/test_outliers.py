from endobench.design.gate_entries.outliers import ENTRIES
from endobench.design.gates import GATES


def test_any_value_far_from_all_others_is_an_exception():
    assert {(each.stage, each.warn) for each in ENTRIES} == {("scores", 0)}
    assert [GATES[each.name] for each in ENTRIES] == list(ENTRIES)
