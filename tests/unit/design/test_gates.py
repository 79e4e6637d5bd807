from endobench.design.gates import GATES, gates_of

STAGES = ("effects", "peaks", "sequences", "scores")


def test_every_gate_is_of_one_stage_and_known_by_its_name():
    assert {gate.stage for gate in GATES.values()} == set(STAGES)
    assert [gate.name for stage in STAGES for gate in gates_of(stage)] == list(GATES)
    assert all(name == gate.name and gate.summary for name, gate in GATES.items())
