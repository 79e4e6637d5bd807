from endobench.design.gate_entries import gate
from endobench.design.gates import GATES


def test_every_scale_is_that_of_a_gate():
    scales = {each for each in vars(gate).values() if isinstance(each, gate.Scale)}
    assert {each.scale for each in GATES.values()} == scales


def test_a_gate_ends_the_run_and_its_warning_is_an_exception_unless_it_says_so():
    defaults = gate.Gate._field_defaults
    assert defaults["ends_run"] and defaults["is_exception"]
    # Rows that were dropped are counted, and raise no doubt in the others.
    assert not GATES["effect_duplicates"].is_exception
    # Of rows at wrong positions, about as many match an allele by chance as match none.
    assert GATES["unoriented"].is_exception
    assert (
        GATES["neighbour_scores"].is_exception and GATES["control_ceiling"].is_exception
    )
