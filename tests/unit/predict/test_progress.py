import fcntl
import io
import os
import re
import struct
import termios
import time

import pytest
from endobench.predict.progress import Progress

LINE = re.compile(
    r"chr1 model: (\d) of 5, +[\d.]+ variants/s, (\d) failed, (\d\d:\d\d) remaining"
)


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_terminal_shows_a_bar_that_is_removed_at_the_end():
    terminal = Terminal()
    progress = Progress(5, "chr1 model", terminal)
    assert "chr1 model" in terminal.getvalue()
    assert "0/5" in terminal.getvalue()
    progress.advance()
    # A bar is redrawn at most ten times per second.
    time.sleep(0.2)
    progress.advance(has_failed=True)
    drawn = terminal.getvalue().split("\r")[-1]
    assert "2/5" in drawn
    assert "failed=1" in drawn
    progress.close()
    *_, blank, end = terminal.getvalue().split("\r")
    assert (blank.strip(), end) == ("", "")


@pytest.mark.parametrize("n_columns", [30, 80])
def test_a_bar_fits_the_width_of_a_real_terminal(n_columns):
    ours, theirs = os.openpty()
    size = struct.pack("HHHH", 24, n_columns, 0, 0)
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, size)
    # A missing bar fails the test instead of blocking it.
    os.set_blocking(ours, False)
    with open(theirs, "w") as terminal, open(ours, "rb", buffering=0) as screen:
        progress = Progress(5, "chr1 model", terminal)
        progress.advance()
        progress.close()
        drawn = screen.read(4096).decode().split("\r")
    assert any(each.startswith("chr1 model:   0%|") for each in drawn)
    assert max(map(len, drawn)) < n_columns


@pytest.mark.parametrize("kind", [io.StringIO, lambda: None])
def test_nothing_is_written_to_other_files(kind, capfd):
    file = kind()
    progress = Progress(2, "chr1 model", file)
    for _ in range(2):
        progress.advance()
    progress.close()
    assert file is None or file.getvalue() == ""
    assert capfd.readouterr() == ("", "")


def test_the_log_has_rate_failures_and_remaining_time(caplog):
    caplog.set_level("INFO")
    progress = Progress(5, "chr1 model", line_every_s=0)
    for number in range(5):
        time.sleep(0.002)
        progress.advance(has_failed=number in (1, 3))
    progress.close()
    told = [LINE.fullmatch(message).groups() for message in caplog.messages]
    assert [each[:2] for each in told] == [
        ("1", "0"),
        ("2", "1"),
        ("3", "1"),
        ("4", "2"),
        ("5", "2"),
    ]
    assert told[-1][2] == "00:00"


def test_the_log_is_not_flooded(caplog):
    caplog.set_level("INFO")
    progress = Progress(1_000, "chr1 model", line_every_s=0.05)
    time.sleep(0.06)
    for _ in range(1_000):
        progress.advance()
    progress.close()
    assert 1 <= len(caplog.messages) <= progress.elapsed_s / 0.05


def test_time_is_counted_from_the_first_wait_to_the_last_answer():
    progress = Progress(3, "chr1 model")
    assert (progress.n_done, progress.n_failed, progress.elapsed_s) == (0, 0, 0)
    time.sleep(0.05)
    progress.advance()
    first = progress.elapsed_s
    assert first >= 0.05
    progress.advance(has_failed=True)
    last = progress.elapsed_s
    time.sleep(0.01)
    progress.close()
    assert (progress.n_done, progress.n_failed) == (2, 1)
    assert first <= last == progress.elapsed_s


def test_no_variants_are_no_error():
    Progress(0, "chr1 model", Terminal(), line_every_s=0).close()
