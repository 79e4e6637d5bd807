"""A limit on the number of calls of a run, shared by all of its jobs."""

import math
import pathlib
import threading

from endobench.core.errors import InputError

_MAX_CLAIMS = 1000


class LimitReached(InputError):
    """The run has made as many calls as it may."""


class CallBudget:
    """Calls that the jobs of a run may make together, on any machine.

    A job claims calls by creating the next empty file in a folder, which succeeds for
    only one job, even on a network file system. A limit of up to 1,000 is met exactly;
    of a larger one, each job may leave up to a thousandth unused.

    Parameters
    ----------
    folder : path-like
        One per run.
    limit : int or None
        None means no limit.
    """

    def __init__(self, folder, limit):
        self._folder = pathlib.Path(folder)
        self._limit = limit
        self._lock = threading.Lock()
        self._left = 0
        self._claimed = 0
        if limit is not None:
            self._share = math.ceil(limit / _MAX_CLAIMS)

    def spend(self, n_calls=1):
        """Take calls from the budget.

        Raises
        ------
        LimitReached
            If fewer calls are left.
        """
        if self._limit is None:
            return
        with self._lock:
            while self._left < n_calls:
                self._left += self._claim()
            self._left -= n_calls

    def _claim(self):
        self._folder.mkdir(parents=True, exist_ok=True)
        while self._claimed * self._share < self._limit:
            first = self._claimed * self._share
            self._claimed += 1
            try:
                (self._folder / f"{first}").touch(exist_ok=False)
            except FileExistsError:
                continue
            return min(self._share, self._limit - first)
        raise LimitReached(f"prediction.max_requests {self._limit} is reached")
