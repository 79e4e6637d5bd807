import fcntl
import io
import os
import re
import struct
import termios
import threading

import pytest
from endobench.predict.progress import LINE_EVERY_S, Progress

_END = b"<end>"
LINE = re.compile(
    r"(\w+) model: (\d+) of (\d+), +([\d.]+|\?) ?variants/s, (\d) failed,"
    r" ([\d:]+|\?) remaining"
)


class Terminal(io.StringIO):
    def isatty(self):
        return True


class Clock:
    """A clock that a test sets."""

    now = 1_000.0

    def __call__(self):
        return self.now


@pytest.fixture(autouse=True)
def term(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def real_terminal(request):
    """Return what opens a terminal as jobs do, and what reads all that was written."""
    n_columns = getattr(request, "param", 80)
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, n_columns, 0, 0))

    def read():
        # A terminal passes on what was written in parts.
        os.write(theirs, _END)
        written = b""
        while not written.endswith(_END):
            written += os.read(ours, 4096)
        return written.removesuffix(_END).decode()

    opened = []

    def job():
        opened.append(os.fdopen(os.dup(theirs), "w"))
        return opened[-1]

    yield job, read
    for each in opened:
        each.close()
    os.close(theirs)
    os.close(ours)


def on_screen(written):
    """Return the lines of a terminal after a text, without what was overwritten."""
    lines = []
    for line in written.replace("\r\n", "\n").split("\n"):
        shown = ""
        for part in line.split("\r"):
            part, is_cleared = part.replace("\x1b[K", ""), "\x1b[K" in part
            shown = part if is_cleared else part + shown[len(part) :]
        lines.append(shown.rstrip())
    return lines


def test_a_terminal_shows_a_bar_that_is_removed_at_the_end(real_terminal):
    job, read = real_terminal
    progress = Progress(5, "chr1 model", job())
    written = read()
    assert "chr1 model" in written
    assert "0/5" in written
    progress.close()
    assert on_screen(written + read()) == [""]


@pytest.mark.parametrize(
    ("real_terminal", "term"),
    [(80, "dumb"), (0, "xterm")],
    indirect=["real_terminal"],
)
def test_a_terminal_that_cannot_show_a_bar_gets_lines(
    real_terminal, clock, monkeypatch, term
):
    monkeypatch.setenv("TERM", term)
    job, read = real_terminal
    progress = Progress(5, "chr1 model", job(), clock=clock)
    clock.now += LINE_EVERY_S
    progress.advance()
    progress.close()
    [line] = read().splitlines()
    assert LINE.fullmatch(line)


def test_a_stream_that_is_closed_does_not_end_the_job(clock):
    closed = io.StringIO()
    closed.close()
    progress = Progress(5, "chr1 model", closed, clock=clock)
    clock.now += LINE_EVERY_S
    progress.advance()
    progress.close()
    assert progress.n_done == 1


@pytest.mark.parametrize(
    ("real_terminal", "n_columns"), [(30, 30), (80, 80)], indirect=["real_terminal"]
)
def test_a_bar_fits_the_width_of_a_real_terminal(real_terminal, n_columns):
    job, read = real_terminal
    progress = Progress(5, "chr1 model", job())
    progress.advance()
    progress.close()
    drawn = read().split("\r")
    assert any(each.startswith("chr1 model:   0%|") for each in drawn)
    assert max(map(len, drawn)) < n_columns


def test_the_bars_of_several_jobs_do_not_overwrite_each_other(real_terminal, clock):
    job, read = real_terminal
    names = ("chr1", "chr2", "chr3")
    jobs = [Progress(50, f"{name} model", job(), clock=clock) for name in names]
    for _ in range(3):
        clock.now += LINE_EVERY_S
        for each in jobs:
            each.advance()
    written = read()
    *lines, bar = on_screen(written)
    # The first job has the bar, which is drawn anew below the lines of the others.
    assert "chr1 model:   0%|" in written
    assert not bar or bar.startswith("chr1 model:")
    told = [LINE.fullmatch(line).groups()[:3] for line in lines]
    assert told == [
        (name, str(n_done), "50") for n_done in (1, 2, 3) for name in ("chr2", "chr3")
    ]
    for each in jobs:
        each.close()
    # The bar is free for a job that begins afterwards.
    read()
    later = Progress(5, "chr4 model", job())
    assert "0/5" in read()
    later.close()


@pytest.mark.parametrize("n_seconds", [29.9, 30.0, 95.0])
def test_without_a_terminal_a_line_is_due_every_half_a_minute(clock, n_seconds, capfd):
    file = io.StringIO()
    progress = Progress(1_000, "chr1 model", file, clock=clock)
    begun = clock.now
    for tenth in range(1, round(n_seconds * 10) + 1):
        clock.now = begun + tenth / 10
        progress.advance(has_failed=tenth == 5)
    progress.close()
    lines = file.getvalue().splitlines()
    assert len(lines) == int(n_seconds // LINE_EVERY_S)
    for number, line in enumerate(lines, start=1):
        name, n_done, n_total, rate, n_failed, remaining = LINE.fullmatch(line).groups()
        assert (name, n_total, n_failed) == ("chr1", "1000", "1")
        assert int(n_done) == 300 * number
        # Ten a second, so that 700, 400 and 100 variants are left.
        assert float(rate) == pytest.approx(10)
        assert remaining == ["01:10", "00:40", "00:10"][number - 1]
    assert capfd.readouterr() == ("", "")


def test_a_job_that_waits_for_its_first_answer_says_so(clock):
    file = io.StringIO()
    progress = Progress(7, "chr1 model", file, clock=clock)
    for _ in range(3):
        clock.now += 31
        progress.tick()
        progress.tick()
    progress.close()
    lines = [LINE.fullmatch(each).groups() for each in file.getvalue().splitlines()]
    assert [each[1:3] for each in lines] == [("0", "7")] * 3
    assert {each[5] for each in lines} == {"?"}


class Signalling(io.StringIO):
    """A file that says when it has a line."""

    def __init__(self):
        super().__init__()
        self.has_line = threading.Event()

    def flush(self):
        self.has_line.set()


def test_lines_are_told_while_the_job_does_something_else():
    file = Signalling()
    progress = Progress(7, "chr1 model", file, line_every_s=0.01)
    progress.begin()
    # Nobody calls `advance` or `tick`.
    assert file.has_line.wait(timeout=60)
    progress.close()
    assert LINE.match(file.getvalue())


def test_a_file_that_nobody_reads_does_not_end_the_job(clock):
    class Broken(io.StringIO):
        def write(self, text):
            raise BrokenPipeError

    progress = Progress(7, "chr1 model", Broken(), clock=clock)
    clock.now += 100
    progress.advance()
    progress.close()
    assert progress.n_done == 1


@pytest.mark.parametrize("kind", [io.StringIO, lambda: None])
def test_a_short_job_says_nothing(kind, capfd):
    file = kind()
    progress = Progress(2, "chr1 model", file)
    for _ in range(2):
        progress.advance()
    progress.close()
    assert file is None or file.getvalue() == ""
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("kind", [Terminal, io.StringIO, lambda: None])
def test_the_log_has_rate_failures_and_remaining_time(caplog, clock, kind):
    caplog.set_level("INFO")
    progress = Progress(5, "chr1 model", kind(), clock=clock)
    for number in range(5):
        clock.now += LINE_EVERY_S
        progress.advance(has_failed=number in (1, 3))
    progress.close()
    told = [LINE.fullmatch(message).groups() for message in caplog.messages]
    assert [(each[1], each[4]) for each in told] == [
        ("1", "0"),
        ("2", "1"),
        ("3", "1"),
        ("4", "2"),
        ("5", "2"),
    ]
    assert told[-1][5] == "00:00"


def test_time_is_counted_from_the_first_wait_to_the_last_answer(clock):
    progress = Progress(3, "chr1 model", clock=clock)
    assert (progress.n_done, progress.n_failed, progress.elapsed_s) == (0, 0, 0)
    for has_failed, elapsed_s in ((False, 5), (True, 10)):
        clock.now += 5
        progress.advance(has_failed=has_failed)
        assert progress.elapsed_s == elapsed_s
    clock.now += 5
    progress.close()
    assert (progress.n_done, progress.n_failed, progress.elapsed_s) == (2, 1, 10)


@pytest.mark.parametrize("n_total", [0, 1])
def test_no_thread_outlives_its_job(n_total):
    before = set(threading.enumerate())
    progress = Progress(n_total, "chr1 model", line_every_s=0.001)
    progress.begin()
    begun = set(threading.enumerate()) - before
    assert len(begun) == n_total
    progress.close()
    for thread in begun:
        thread.join(timeout=60)
        assert not thread.is_alive()
