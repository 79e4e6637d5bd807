import collections

import pytest
from workflow import checkout


@pytest.fixture
def folder(tmp_path):
    return checkout(tmp_path)


@pytest.fixture
def checked(record_property):
    """Fail if a convention has nothing to check; the summary says how much it checked."""

    def report(what, things):
        things = list(things)
        assert things, f"there are no {what} to check"
        record_property("checked", f"{len(things)} {what}")
        return things

    return report


def pytest_terminal_summary(terminalreporter):
    counted = collections.defaultdict(list)
    for report in terminalreporter.stats.get("passed", []):
        for name, value in report.user_properties:
            if name == "checked":
                counted[report.nodeid.split("::")[-1]].append(value)
    if counted:
        terminalreporter.section("what the conventions checked")
        for test, values in sorted(counted.items()):
            terminalreporter.line(f"{test}: {', '.join(values)}")
