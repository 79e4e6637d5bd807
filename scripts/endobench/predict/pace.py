"""The number of calls in flight that a service accepts, found by trying."""

import contextlib
import logging
import threading
import time

from endobench.model.retries import is_exhausted

log = logging.getLogger(__name__)

# A limit that was refused is tried again after so many rounds of answers.
_ROUNDS_AT_CEILING = 8


class Pace:
    """Limits the calls in flight: additive increase, multiplicative decrease.

    A round of answers raises the limit by one. Calls in flight together lower it only
    once: a refusal for quota halves it, as long as refusals follow each other without a
    round of answers in between (Chiu and Jain, Computer Networks and ISDN Systems 17:1,
    1989, doi:10.1016/0169-7552(89)90019-6). A refusal after such a round shows that the
    limit has just passed the quota: it falls by a tenth, at least by one, and then rises
    above that value only slowly. A quota of calls in flight is thus used nearly in full.

    Parameters
    ----------
    maximum : int
        Initial limit, which is never exceeded.
    """

    def __init__(self, maximum):
        self._maximum = maximum
        self._in_flight = 0
        self._lowered = float("-inf")
        self._n_answers = 0
        self._ceiling = float("inf")
        self._free = threading.Condition()
        self.limit = float(maximum)

    @contextlib.contextmanager
    def slot(self):
        """Hold the slot of one call; wait while all slots are taken."""
        with self._free:
            self._free.wait_for(lambda: self._in_flight < int(self.limit))
            self._in_flight += 1
        begun = time.monotonic()
        try:
            yield
        except Exception as error:
            if is_exhausted(error):
                self._lower(begun)
            raise
        else:
            self._raise()
        finally:
            with self._free:
                self._in_flight -= 1
                self._free.notify(2)

    def _raise(self):
        with self._free:
            self._n_answers += 1
            step = 1 / self.limit
            if self.limit >= self._ceiling:
                step /= _ROUNDS_AT_CEILING
            self.limit = min(self._maximum, self.limit + step)
            if self.limit >= self._ceiling + 2:
                self._ceiling = float("inf")

    def _lower(self, begun):
        with self._free:
            if begun <= self._lowered:
                return
            self._lowered = time.monotonic()
            if self._n_answers >= int(self.limit):
                self.limit = max(1.0, min(int(self.limit) - 1.0, 0.9 * self.limit))
                self._ceiling = self.limit
            else:
                self.limit = max(1.0, self.limit / 2)
            self._n_answers = 0
        log.info("quota: at most %d calls in flight", self.limit)
