import io
import os
import pty
import termios

import pytest
from endobench.report.stages import Stages, duration, is_taken


def test_a_file_gets_a_line_for_each_finished_stage():
    stream, times = io.StringIO(), iter([0.0, 0.0, 2.0, 4.2, 5.0, 70.0])
    stages = Stages(
        {"sources": 2, "loci": 0, "predict": 1}, stream, clock=lambda: next(times)
    )
    stages.begin("sources")
    stages.finish("sources")
    assert stream.getvalue() == ""
    stages.finish("sources")
    stages.begin("predict")
    stages.finish("predict")
    stages.close()
    assert stream.getvalue().splitlines() == [
        "sources     2 jobs  4 s",
        "predict     1 job   1 min 5 s",
    ]


def test_a_file_is_not_silent_while_a_stage_takes_long():
    stream, times = io.StringIO(), iter([0.0, 1.0, 20.0, 95.0, 100.0, 130.0])
    stages = Stages({"gates": 4, "figures": 1}, stream, clock=lambda: next(times))
    stages.begin("gates")
    for _ in range(3):
        stages.finish("gates")
    stages.begin("figures")
    stages.close()
    assert stream.getvalue().splitlines() == [
        "2 of 5 jobs, 1 min 35 s: gates 2 of 4",
        "3 of 5 jobs, 2 min 10 s: gates 3 of 4, figures 0 of 1",
    ]


def test_a_job_of_no_stage_is_not_counted():
    stream = io.StringIO()
    stages = Stages({"sources": 1}, stream)
    stages.finish(None)
    stages.close()
    assert stream.getvalue() == ""


def test_a_run_goes_on_if_nobody_reads_its_progress():
    stream = io.StringIO()
    stages = Stages({"sources": 1}, stream)
    stages.begin("sources")
    stream.close()
    stages.finish("sources")
    stages.close()


def shown_on_a_terminal(is_taken):
    """Return what a terminal shows of a stage that has begun, and is not finished."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 80))
    with open(theirs, "w") as stream:
        stages = Stages({"predict": 3}, stream, is_taken=lambda: is_taken)
        stages.begin("predict")
        stages.finish("predict")
        stages.close()
        print("the end", file=stream, flush=True)
        text = b""
        # What was written may arrive in several parts.
        while b"the end" not in text:
            text += os.read(ours, 10_000)
    os.close(ours)
    return text.decode()


def test_a_terminal_shows_what_is_under_way_unless_a_job_uses_it():
    assert "predict 1 of 3" in shown_on_a_terminal(is_taken=False)
    assert "predict 1 of 3" not in shown_on_a_terminal(is_taken=True)


def test_a_file_is_not_a_terminal_that_a_job_could_use(tmp_path):
    with open(tmp_path / "log", "w") as stream:
        assert not is_taken(stream)
    assert not is_taken(io.StringIO())


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0.2, "0 s"), (59.4, "59 s"), (59.6, "1 min 0 s"), (7500, "2 h 5 min")],
)
def test_a_duration_is_rounded_to_two_units(seconds, expected):
    assert duration(seconds) == expected
