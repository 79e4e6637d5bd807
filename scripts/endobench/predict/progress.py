"""Progress of a long job: a bar on a terminal, one line per minute in the log."""

import logging
import time

from tqdm import tqdm

log = logging.getLogger(__name__)

_LINE_EVERY_S = 60
_LINE = "{desc}{n_fmt} of {total_fmt}, {rate_noinv_fmt}{postfix}, {remaining} remaining"


class Progress:
    """Counts finished variants, with rate, failures and remaining time.

    Parameters
    ----------
    n_total : int
    label : str
    terminal : file-like, optional
        Shows the bar, if it is a terminal.
    line_every_s : float

    Attributes
    ----------
    n_done, n_failed : int
    elapsed_s : float
        Seconds until the last variant was finished, including the wait for the first.
    """

    def __init__(self, n_total, label, terminal=None, line_every_s=_LINE_EVERY_S):
        self.n_done = 0
        self.n_failed = 0
        self.elapsed_s = 0.0
        self._n_total = n_total
        self._label = label
        self._line_every_s = line_every_s
        self._begun = self._logged = time.monotonic()
        is_terminal = terminal is not None and terminal.isatty()
        self._bar = tqdm(
            total=n_total,
            desc=label,
            unit=" variants",
            file=terminal,
            disable=not is_terminal,
            leave=False,
            dynamic_ncols=True,
        )

    def advance(self, has_failed=False):
        """Count one more variant."""
        self.n_done += 1
        self.n_failed += has_failed
        self._bar.set_postfix(failed=self.n_failed, refresh=False)
        self._bar.update()
        self.elapsed_s = time.monotonic() - self._begun
        self.tick()

    def tick(self):
        """Log the progress, if a line is due."""
        now = time.monotonic()
        if now - self._logged >= self._line_every_s:
            self._logged = now
            log.info(
                tqdm.format_meter(
                    self.n_done,
                    self._n_total,
                    now - self._begun,
                    prefix=f"{self._label}: ",
                    unit=" variants",
                    postfix=f"{self.n_failed} failed",
                    bar_format=_LINE,
                )
            )

    def close(self):
        """Remove the bar."""
        self._bar.close()
