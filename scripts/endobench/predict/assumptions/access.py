"""Assumptions about keys."""

from endobench.model.faults import fault_of
from endobench.model.retries import is_refusal
from endobench.predict.assumptions.entry import Assumption, Found


def _wrong_key(probe):
    if not probe.has_key:
        return Found(None, "no key is in use")
    error = probe.refusal_of_tracks()
    if error is None:
        return Found(False, "tracks are listed with a wrong key, too")
    return Found(is_refusal(error), str(fault_of(error)))


ASSUMPTIONS = (
    Assumption(
        "wrong_key",
        "a wrong key is refused when tracks are listed, with a status that says so",
        _wrong_key,
    ),
)
