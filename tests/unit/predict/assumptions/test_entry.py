from endobench.predict.assumptions.check import (
    AS_ASSUMED,
    DIFFERS,
    NO_ANSWER,
    NOT_ASKED,
    check_all,
)
from endobench.predict.assumptions.entry import Assumption, Found


def test_an_entry_is_all_that_an_assumption_needs():
    def fails(_):
        raise LookupError("nothing there")

    entries = [
        Assumption("a", "it is so", lambda _: Found(True, "it is")),
        Assumption("b", "it is so", lambda _: Found(False, "it is not")),
        Assumption("c", "it is so", lambda _: Found(None, "no key")),
        Assumption("d", "it is so", fails),
    ]
    results = list(check_all(None, "the server", entries))
    assert [(each.outcome, each.found) for each in results] == [
        (AS_ASSUMED, "it is"),
        (DIFFERS, "it is not"),
        (NOT_ASKED, "no key"),
        (NO_ANSWER, "LookupError: nothing there"),
    ]
