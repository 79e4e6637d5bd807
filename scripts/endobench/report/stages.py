"""What a run shows while it works: a line for each finished stage, and one that updates."""

import contextlib
import fcntl
import os
import sys
import time

from tqdm import tqdm


class Stages:
    """Counts the finished jobs of each stage, and shows them on a terminal or in a file.

    A finished stage is one line that stays. On a terminal, a line below it says what is
    under way; it leaves the terminal to others while `is_taken` says that they use it. A
    file gets such a line after a while without any other.

    Parameters
    ----------
    n_jobs : dict of str to int
        Jobs of each stage, in the order in which the stages are shown.
    stream : file-like
    clock : callable
        Returns the time in seconds.
    is_taken : callable
        Returns whether a job shows its own progress on this terminal.
    line_every_s : float
        Seconds after which a file gets a line of what is under way.
    """

    def __init__(
        self,
        n_jobs,
        stream,
        clock=time.monotonic,
        is_taken=lambda: False,
        line_every_s=30.0,
    ):
        self._n_jobs = {stage: n for stage, n in n_jobs.items() if n}
        self._n_done = dict.fromkeys(self._n_jobs, 0)
        self._begun = {}
        self._stream = stream
        self._clock = clock
        self._is_taken = is_taken
        self._line_every_s = line_every_s
        self._begun_all = self._told = clock()
        self._width = max(map(len, self._n_jobs), default=0)
        self._bar = tqdm(
            total=sum(self._n_jobs.values()),
            file=stream,
            disable=None,
            leave=False,
            dynamic_ncols=True,
            bar_format="{n_fmt} of {total_fmt} jobs, {elapsed}{desc}",
        )

    def begin(self, stage):
        """Note that a job of a stage has begun."""
        now = self._clock()
        self._begun.setdefault(stage, now)
        self._show(now)

    def finish(self, stage):
        """Count a finished job; tell when it was the last one of its stage."""
        if stage not in self._n_jobs:
            return
        self._n_done[stage] += 1
        self._bar.update()
        now = self._clock()
        if self._n_done[stage] == self._n_jobs[stage]:
            n_jobs = self._n_jobs[stage]
            seconds = now - self._begun.get(stage, now)
            self._tell(
                f"{stage:<{self._width}}  {n_jobs:>4} job{'s' * (n_jobs != 1):<1} "
                f" {duration(seconds)}",
                now,
            )
        self._show(now)

    def close(self):
        """Remove the line that updates."""
        with contextlib.suppress(OSError, ValueError):
            self._bar.close()

    def _tell(self, line, now):
        self._told = now
        # A run does not fail because nobody reads its progress, or no longer.
        with contextlib.suppress(OSError, ValueError):
            self._bar.clear()
            print(line, file=self._stream, flush=True)

    def _show(self, now):
        if self._bar.disable:
            if now - self._told >= self._line_every_s:
                n_done, n_jobs = sum(self._n_done.values()), sum(self._n_jobs.values())
                elapsed = duration(now - self._begun_all)
                line = f"{n_done} of {n_jobs} jobs, {elapsed}{self._under_way()}"
                self._tell(line, now)
        elif not self._is_taken():
            with contextlib.suppress(OSError, ValueError):
                self._bar.set_description_str(self._under_way())

    def _under_way(self):
        """Return the stages that have begun and are not finished, with their jobs."""
        stages = [
            f"{stage} {self._n_done[stage]} of {n}"
            for stage, n in self._n_jobs.items()
            if stage in self._begun and self._n_done[stage] < n
        ]
        return f": {', '.join(stages)}" if stages else ""


def duration(seconds):
    """Return a time for readers, such as ``42 s``, ``3 min 20 s`` or ``2 h 5 min``."""
    seconds = round(seconds)
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min {seconds % 60} s"
    return f"{seconds // 3600} h {seconds % 3600 // 60} min"


def is_taken(stream=None):
    """Return whether a job shows a bar of its own on the terminal (`predict.progress`)."""
    stream = stream or sys.stderr
    try:
        descriptor = os.open(os.ttyname(stream.fileno()), os.O_RDONLY | os.O_NOCTTY)
    except (OSError, ValueError):
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False
