import logging

import numpy as np
import pytest
from alarms import SCHEMA as CONFIG_SCHEMA
from alarms import config_of
from endobench.config.schema import read_config_schema
from endobench.core.columns import GATES as SCHEMA
from endobench.core.errors import InputError
from endobench.design.gates import GATES, gates_of
from endobench.gates import (
    blocks,
    control,
    models,
    original,
    parts,
    peaks,
    scores,
    sequences,
    signs,
)
from endobench.gates import verdicts as gates
from endobench.gates.effect_tables import consistency, contents
from endobench.gates.genes import scores as gene_scores
from endobench.gates.verdicts import Measured, enforce, judge, verdicts

KEYS = read_config_schema(CONFIG_SCHEMA)["properties"]
MODULES = {
    "effects": (contents, consistency),
    "original": (original,),
    "control": (control,),
    "peaks": (peaks,),
    "sequences": (sequences,),
    "scores": (scores, parts, signs, blocks, models),
    "genes": (gene_scores,),
}
LIMITS = {"warn": 0.2, "fail": 0.4}
LOW = {"warn": 0.4, "fail": 0.2}


@pytest.fixture
def thresholds():
    return config_of()["gates"]


def test_the_schema_knows_every_gate():
    assert list(KEYS["gates"]["properties"]) == list(GATES)
    assert KEYS["accept"]["items"]["enum"] == list(GATES)


@pytest.mark.parametrize("gate", GATES.values(), ids=GATES)
def test_every_gate_has_the_function_of_its_name(gate):
    found = [hasattr(module, gate.name) for module in MODULES[gate.stage]]
    assert sum(found) == 1


@pytest.mark.parametrize("gate", GATES.values(), ids=GATES)
def test_default_thresholds_fail_only_what_they_warn_of(gate, thresholds):
    warn, fail = (thresholds[gate.name][name] for name in ("warn", "fail"))
    assert fail <= warn if gate.is_low_bad else warn <= fail


def test_every_gate_is_of_one_stage():
    stages = ("effects", "original", "control", "peaks", "sequences", "scores")
    stages += ("genes",)
    names = [gate.name for stage in stages for gate in gates_of(stage)]
    assert sorted(names) == sorted(GATES)


def test_a_threshold_of_the_config_leaves_the_others(thresholds):
    gates_ = config_of(gates={"ref_match": {"fail": 0.5}}, accept=["ref_match"])[
        "gates"
    ]
    assert gates_["ref_match"] == {"warn": 0.99, "fail": 0.5}
    assert {**gates_, "ref_match": thresholds["ref_match"]} == thresholds


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"gates": {"ref_mach": {}}}, "did you mean 'ref_match'"),
        ({"gates": {"ref_match": {"fails": 1}}}, "did you mean 'fail'"),
        ({"gates": {"ref_match": {"fail": 2}}}, "2, but expected at most 1"),
        ({"accept": ["ref_mach"]}, "'ref_mach' is not one of"),
    ],
)
def test_an_unknown_gate_is_an_error(changes, expected):
    with pytest.raises(InputError, match=expected):
        config_of(**changes)


@pytest.mark.parametrize(
    ("name", "thresholds", "value", "expected"),
    [
        ("effect_range", LIMITS, 0.1, "pass"),
        ("effect_range", LIMITS, 0.2, "pass"),
        ("effect_range", LIMITS, 0.3, "warn"),
        ("effect_range", LIMITS, 0.4, "warn"),
        ("effect_range", LIMITS, 0.5, "fail"),
        ("effect_range", LIMITS, np.inf, "fail"),
        ("ref_match", LOW, 0.5, "pass"),
        ("ref_match", LOW, 0.4, "pass"),
        ("ref_match", LOW, 0.3, "warn"),
        ("ref_match", LOW, 0.1, "fail"),
        ("ref_match", LOW, np.nan, "not_checked"),
        ("effect_range", LIMITS, np.nan, "not_checked"),
    ],
)
def test_a_verdict_follows_from_the_thresholds(name, thresholds, value, expected):
    row = judge(GATES[name], Measured(value, 9, "why"), thresholds)
    assert row["verdict"] == expected
    assert (row["stage"], row["n"], row["evidence"]) == (GATES[name].stage, 9, "why")


MEASURED = {
    "effect_range": Measured(0.5, 10, "5 of 10 effects outside"),
    "effect_signs": Measured(0.1, 10, "9 above and 1 below"),
    "effect_scale": Measured(1.0, 10, "fine"),
    "effect_duplicates": Measured(0.5, 10, "of 10 rows: duplicate 5"),
}


def test_verdicts_are_the_columns_of_the_contract(thresholds):
    frame = verdicts(MEASURED, thresholds, ["effect_range", "effect_signs"])
    assert list(frame) == [
        name
        for name in SCHEMA.names
        if name not in ("dataset", "protocol", "is_enforced", "model")
    ]
    # Gates are in the order of the registry.
    assert frame["gate"].tolist() == [name for name in GATES if name in MEASURED]
    frame = frame.set_index("gate").loc[list(MEASURED)]
    assert frame["verdict"].tolist() == ["fail", "warn", "pass", "fail"]
    assert frame["is_accepted"].tolist() == [True, False, False, False]


def test_verdicts_of_nothing_are_empty(thresholds):
    enforce(verdicts({}, thresholds))


def test_a_failure_is_one_line_from_diagnosis_to_remedy(thresholds):
    with pytest.raises(InputError) as caught:
        enforce(verdicts(MEASURED, thresholds))
    message = str(caught.value)
    assert message.startswith(f"{GATES['effect_range'].diagnosis}: 5 of 10 effects")
    assert "\n" not in message
    for part in (
        "gate effect_range fails",
        "is 0.5, at most 0.01 allowed",
        "5 of 10 effects outside",
        GATES["effect_range"].remedy,
        GATES["effect_duplicates"].diagnosis,
        "'accept: [effect_range, effect_duplicates]'",
    ):
        assert part in message
    assert "effect_signs" not in message


def test_what_is_accepted_is_logged_and_does_not_end_the_run(thresholds, caplog):
    accept = ["effect_range", "effect_duplicates"]
    with caplog.at_level(logging.WARNING, logger="endobench.gates.verdicts"):
        enforce(verdicts(MEASURED, thresholds, accept))
    told = [record.getMessage() for record in caplog.records]
    assert len(told) == 3
    assert sum("fails and is accepted" in line for line in told) == 2
    assert sum("effect_signs warns" in line for line in told) == 1


def test_a_gate_may_forbid_a_report_without_ending_the_run(
    thresholds, caplog, monkeypatch
):
    gate = GATES["effect_range"]._replace(ends_run=False)
    monkeypatch.setitem(GATES, "effect_range", gate)
    found = verdicts({"effect_range": Measured(0.5, 10, "5 of 10")}, thresholds)
    with caplog.at_level(logging.WARNING, logger="endobench.gates.verdicts"):
        enforce(found)
    assert found["verdict"].tolist() == ["fail"]
    assert not found["is_accepted"].any()
    assert "gate effect_range fails" in caplog.text


def test_too_few_rows_are_not_judged():
    few = gates.rarer_sign(gates.MIN_ROWS - 1, 0, "effects")
    assert np.isnan(few.value)
    assert "29 effects" in few.evidence
    assert gates.rarer_sign(gates.MIN_ROWS, 0, "effects").value == 0
