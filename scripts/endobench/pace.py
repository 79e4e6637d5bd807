"""How many calls are in flight: as many as the service bears."""

import contextlib
import logging
import threading
import time

from endobench.retries import is_exhausted

log = logging.getLogger(__name__)


class Pace:
    """Limits the calls in flight: additive increase, multiplicative decrease.

    Each refusal for quota halves the limit, though calls that were in flight together
    halve it once; a round of answers raises it by one (Chiu and Jain, Computer Networks
    and ISDN Systems 17:1, 1989, doi:10.1016/0169-7552(89)90019-6).

    Parameters
    ----------
    maximum : int
        The limit at the start, never exceeded.
    """

    def __init__(self, maximum):
        self._maximum = maximum
        self._in_flight = 0
        self._lowered = float("-inf")
        self._free = threading.Condition()
        self.limit = float(maximum)

    @contextlib.contextmanager
    def slot(self):
        """Hold one call's place; wait for it where all are taken."""
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
            with self._free:
                self.limit = min(self._maximum, self.limit + 1 / self.limit)
        finally:
            with self._free:
                self._in_flight -= 1
                self._free.notify(2)

    def _lower(self, begun):
        with self._free:
            if begun <= self._lowered:
                return
            self._lowered = time.monotonic()
            self.limit = max(1.0, self.limit / 2)
        log.info("quota: at most %d calls in flight", self.limit)
