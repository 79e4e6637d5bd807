"""The number of calls in flight that a service accepts, found by trying."""

import contextlib
import logging
import threading
import time

from endobench.model.retries import is_exhausted

log = logging.getLogger(__name__)

# A number that was refused is tried again after so many rounds of answers.
_ROUNDS_AT_GRANTED = 8


class Pace:
    """Limits the calls in flight: additive increase, multiplicative decrease.

    A round of answers raises the limit by one (Chiu and Jain, Computer Networks and ISDN
    Systems 17:1, 1989, doi:10.1016/0169-7552(89)90019-6). A refusal for quota lowers it
    to the number of the other calls in flight, which the service may have granted.
    Refusals of calls that were in flight together halve the limit at most. Where fewer
    than half were refused, the limit then rises above the granted number only slowly, so
    that a quota of calls in flight is used nearly in full and seldom exceeded.

    Parameters
    ----------
    maximum : int
        Initial limit, which is never exceeded.
    """

    def __init__(self, maximum):
        self._maximum = maximum
        self._in_flight = 0
        self._lowered = float("-inf")
        self._half = 1.0
        self._granted = float("inf")
        self._is_new = False
        self._free = threading.Condition()
        self.limit = float(maximum)

    @contextlib.contextmanager
    def slot(self):
        """Hold the slot of one call; wait while all slots are taken."""
        with self._free:
            self._free.wait_for(lambda: self._in_flight < int(self.limit))
            self._in_flight += 1
            if self._is_new:
                log.info("quota: at most %d calls in flight", self.limit)
            self._is_new = False
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
            step = 1 / self.limit
            if self.limit >= self._granted:
                step /= _ROUNDS_AT_GRANTED
            self.limit = min(self._maximum, self.limit + step)
            # More is granted than before.
            if self.limit >= self._granted + 2:
                self._granted = float("inf")

    def _lower(self, begun):
        with self._free:
            if begun > self._lowered:
                self._lowered = time.monotonic()
                self._half = max(1.0, self.limit // 2)
            n_others = self._in_flight - 1
            self.limit = min(self.limit, max(self._half, n_others))
            self._granted = self.limit if n_others >= self._half else float("inf")
            self._is_new = True
