"""What a run of the tests left out, and why, at its end."""

import collections

import pytest

# Tests outside of `testpaths`, and how they are run.
ELSEWHERE = {
    "tests/slow": "takes minutes in real time; run 'make slow'",
    "tests/slurm/test_interruption.py": "takes 12 minutes; run 'make slurm'",
}


def report_skips(reporter):
    """Print the tests that were skipped, by reason, and those that are run elsewhere.

    Parameters
    ----------
    reporter : _pytest.terminal.TerminalReporter
    """
    tests = collections.defaultdict(list)
    for report in reporter.stats.get("skipped", []):
        *_, reason = report.longrepr
        tests[reason.removeprefix("Skipped: ")].append(report.nodeid)
    elsewhere = {}
    if reporter.config.args_source == pytest.Config.ArgsSource.TESTPATHS:
        elsewhere = ELSEWHERE
    if not tests and not elsewhere:
        return
    reporter.section("not run")
    for reason, names in sorted(tests.items()):
        reporter.line(f"skipped {len(names)}: {reason}")
        for name in sorted(names):
            reporter.line(f"  {name}")
    for path, reason in elsewhere.items():
        reporter.line(f"{path}: {reason}")
