"""The registry of gates: what each measures, its thresholds, and what a failure means.

A gate is an entry in `gate_entries` and a function of its name in a module of
`endobench.gates`. The schema of the config and its manual take the thresholds from here.
"""

from endobench.design.gate_entries import (
    control,
    effects,
    genes,
    models,
    original,
    outliers,
    parts,
    peaks,
    scores,
    sequences,
    tissues,
)

STAGES = ("effects", "original", "control", "peaks", "sequences", "scores", "genes")
# Begins the reason why a benchmark with a failing gate is not reportable.
FAILING = "failing gates"
_MODULES = (
    effects,
    original,
    control,
    peaks,
    sequences,
    scores,
    parts,
    outliers,
    models,
    tissues,
    genes,
)
GATES = {gate.name: gate for module in _MODULES for gate in module.ENTRIES}


def gates_of(stage):
    """Return the gates of a stage, as a list of `Gate`."""
    return [gate for gate in GATES.values() if gate.stage == stage]


def threshold_schemas():
    """Return the JSON schema of each gate's thresholds in the config, by gate."""
    return {gate.name: _schema_of(gate) for gate in GATES.values()}


def _schema_of(gate):
    unit, low, high = gate.scale
    bounds = {"minimum": low, "maximum": high}
    number = {key: bound for key, bound in bounds.items() if bound is not None}
    side = "low" if gate.is_low_bad else "high"
    return {
        "type": "object",
        "additionalProperties": False,
        "default": {},
        "description": f"{gate.description} Unit: {unit}; {side} is bad.",
        "properties": {
            name: {"type": "number", **number, "default": default}
            for name, default in (("warn", gate.warn), ("fail", gate.fail))
        },
    }
