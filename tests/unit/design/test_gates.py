import pytest
from endobench.design.gates import GATES, STAGES, gates_of, threshold_schemas


def test_gates_are_ordered_by_stage_and_keyed_by_name():
    assert {gate.stage for gate in GATES.values()} == set(STAGES)
    assert [gate.name for stage in STAGES for gate in gates_of(stage)] == list(GATES)
    assert all(name == gate.name for name, gate in GATES.items())


@pytest.mark.parametrize("gate", GATES.values(), ids=GATES)
def test_every_gate_has_its_words_and_defaults_within_its_scale(gate):
    for text in (gate.summary, gate.diagnosis, gate.remedy):
        assert text and text[-1] not in ".:;" and "\n" not in text
    assert gate.description.endswith(".") and ":" not in gate.diagnosis
    for default in (gate.warn, gate.fail):
        assert gate.scale.low is None or default >= gate.scale.low
        assert gate.scale.high is None or default <= gate.scale.high
    assert gate.fail <= gate.warn if gate.is_low_bad else gate.warn <= gate.fail


def test_a_schema_holds_the_range_and_the_defaults_of_a_gate():
    schemas = threshold_schemas()
    assert list(schemas) == list(GATES)
    assert schemas["ref_match"]["properties"] == {
        "warn": {"type": "number", "minimum": 0, "maximum": 1, "default": 0.99},
        "fail": {"type": "number", "minimum": 0, "maximum": 1, "default": 0.98},
    }
    assert schemas["ref_match"]["description"].endswith("Unit: share; low is bad.")
    fail = schemas["effect_scale"]["properties"]["fail"]
    assert fail == {"type": "number", "minimum": 1, "default": 5}
