"""Bars of the benches, and the memory that they measure.

A bar is a ratio of two measurements on one machine in one run, since seconds depend on
the machine.
"""

import pathlib
import re
from typing import NamedTuple


class Bar(NamedTuple):
    """A quantity, and the bar that it is held to.

    Attributes
    ----------
    quantity, measured : str
        What was measured, in words and in numbers.
    ratio : float
    most, least : float or None
        The largest and the smallest ratio allowed, if any.
    """

    quantity: str
    measured: str
    ratio: float
    most: float | None = None
    least: float | None = None

    @property
    def is_met(self):
        """Whether the ratio is allowed."""
        return (self.most is None or self.ratio <= self.most) and (
            self.least is None or self.ratio >= self.least
        )

    @property
    def allowed(self):
        """The ratios that are allowed, in the words of the table."""
        limits = ("<=", self.most), (">=", self.least)
        return ", ".join(
            f"{sign} {each:.3g}" for sign, each in limits if each is not None
        )


def print_bars(bars):
    """Print bars as a table; return whether all are met."""
    print("\n| quantity | measured | ratio | bar |\n|---|---|---|---|")
    for bar in bars:
        print(f"| {bar.quantity} | {bar.measured} | {bar.ratio:.3f} | {bar.allowed} |")
    return all(bar.is_met for bar in bars)


def peak_mb():
    """Return the peak memory of this process, without that of its parent.

    The peak in the resource usage of a process starts at the value of its parent.
    """
    status = pathlib.Path("/proc/self/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status).group(1)) / 1024
