"""Progress of a long job: one line per half a minute, or a bar on a terminal of its own.

The jobs of a run are processes that write to the same terminal. One of them shows a bar;
the others print lines, which never overwrite anything.
"""

import contextlib
import fcntl
import io
import logging
import os
import threading
import time

from tqdm import tqdm

log = logging.getLogger(__name__)

LINE_EVERY_S = 30
_LINE = "{desc}{n_fmt} of {total_fmt}, {rate_noinv_fmt}{postfix}, {remaining} remaining"
_UNIT = " variants"
# Moves to the start of the line and clears it, since a bar may be shown there.
_CLEAR = "\r\x1b[K"


class Progress:
    """Counts finished variants, with rate, failures and remaining time.

    A line is due every half a minute. It is logged, and it is shown unless a bar is.

    Parameters
    ----------
    n_total : int
    label : str
    terminal : file-like, optional
        Shows the progress.
    line_every_s : float
    clock : callable
        Returns the time in seconds.

    Attributes
    ----------
    n_done, n_failed : int
    elapsed_s : float
        Seconds until the last variant was finished, including the wait for the first.
    """

    def __init__(
        self,
        n_total,
        label,
        terminal=None,
        *,
        line_every_s=LINE_EVERY_S,
        clock=time.monotonic,
    ):
        self.n_done = 0
        self.n_failed = 0
        self.elapsed_s = 0.0
        self._n_total = n_total
        self._label = label
        self._terminal = terminal
        self._line_every_s = line_every_s
        self._clock = clock
        self._begun = self._told = clock()
        self._open = contextlib.ExitStack()
        is_terminal = _can_overwrite(terminal)
        has_bar = n_total > 0 and is_terminal and self._owns_terminal()
        self._clear = _CLEAR if is_terminal else ""
        self._bar = tqdm(
            total=n_total,
            desc=label,
            unit=_UNIT,
            file=terminal,
            disable=not has_bar,
            leave=False,
            dynamic_ncols=True,
        )
        self._telling = threading.Lock()
        self._closed = threading.Event()

    def begin(self):
        """Tell the progress in the background, too, until it is closed.

        A job may wait long for its first answer, such as while it loads a model.
        """
        if self._n_total:
            threading.Thread(target=self._tick_until_closed, daemon=True).start()

    def advance(self, has_failed=False):
        """Count one more variant."""
        self.n_done += 1
        self.n_failed += has_failed
        if not self._bar.disable:
            self._bar.set_postfix(failed=self.n_failed, refresh=False)
            self._bar.update()
        self.elapsed_s = self._clock() - self._begun
        self.tick()

    def tick(self):
        """Tell the progress, if a line is due."""
        with self._telling:
            now = self._clock()
            if now - self._told >= self._line_every_s:
                self._told = now
                self._tell(now - self._begun)

    def close(self):
        """Remove the bar, and leave the terminal to other jobs."""
        self._closed.set()
        self._bar.close()
        self._open.close()

    def _tell(self, elapsed_s):
        line = tqdm.format_meter(
            self.n_done,
            self._n_total,
            elapsed_s,
            prefix=f"{self._label}: ",
            unit=_UNIT,
            postfix=f"{self.n_failed} failed",
            bar_format=_LINE,
        )
        log.info(line)
        if self._terminal is not None and self._bar.disable:
            # A job does not fail because nobody reads its progress, or no longer.
            with contextlib.suppress(OSError, ValueError):
                print(f"{self._clear}{line}", file=self._terminal, flush=True)

    def _tick_until_closed(self):
        while not self._closed.wait(self._line_every_s):
            self.tick()

    def _owns_terminal(self):
        """Return whether no other job shows a bar on this terminal.

        The lock is on a descriptor of this job's own, since jobs inherit one from
        Snakemake. It ends with the job, however that ends.
        """
        try:
            name = os.ttyname(self._terminal.fileno())
            descriptor = os.open(name, os.O_RDONLY | os.O_NOCTTY)
        except io.UnsupportedOperation:
            # Not a descriptor, so no other process has it.
            return True
        except OSError:
            return False
        self._open.callback(os.close, descriptor)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True


def _can_overwrite(terminal):
    """Return whether a file is a terminal that knows its width and can clear a line."""
    if terminal is None or terminal.closed or not terminal.isatty():
        return False
    try:
        n_columns = os.get_terminal_size(terminal.fileno()).columns
    except io.UnsupportedOperation:
        n_columns = 80
    return n_columns > 0 and os.environ.get("TERM") != "dumb"
