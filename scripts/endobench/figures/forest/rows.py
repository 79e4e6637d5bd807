"""What a forest shows: rows and panels, and the numbers that are written."""

import math
from typing import NamedTuple

import numpy as np

from endobench.figures import palette
from endobench.figures.captions import decimals, holds, is_open, signed

NOT_DEFINED = "not defined"
BARE = "(no interval)"
# The interval, above a column of numbers.
INTERVAL = "[95 % CI]"
_MOST_DECIMALS = 5


class Estimate(NamedTuple):
    """A number with its interval, and how it is drawn.

    Attributes
    ----------
    value, low, high : float
        NaN where missing.
    p : float
        Adjusted p value where many are tested; see `captions.is_open`.
    color, mark : str
        As matplotlib names them.
    missing : str
        Written where there is no value.
    size : float
        Size of the mark, in points.
    """

    value: float
    low: float
    high: float
    p: float = math.nan
    color: str = palette.MODEL
    mark: str = "o"
    missing: str = NOT_DEFINED
    size: float = 4.5


class Row(NamedTuple):
    """A row of a forest; one without estimates is a heading, or a remark if unnamed.

    Attributes
    ----------
    name, note : str
        The note is below the name, and fainter.
    estimates : tuple of Estimate
        One for each panel.
    counts : tuple of float
        One for each column of counts.
    """

    name: str
    note: str = ""
    estimates: tuple = ()
    counts: tuple = ()


class Panel(NamedTuple):
    """A column of estimates on one axis, and in numbers.

    Attributes
    ----------
    name : str
        The `gid` of its marks.
    head, label : str
        Above its numbers, and below its axis.
    null : float
        Position of the solid line.
    is_difference : bool
        Whether numbers are written with their sign.
    guide : float
        Position of the dotted line; NaN for none.
    """

    name: str
    head: str
    label: str
    null: float = 0.0
    is_difference: bool = False
    guide: float = math.nan

    def is_open(self, estimate):
        """Return whether the mark of an estimate is open; see `captions.is_open`."""
        return is_open(estimate.low, estimate.high, self.null, estimate.p)


def numbers_of(estimates, panel):
    """Return the text of each estimate, all with the same number of decimals."""
    widths = [each.high - each.low for each in estimates if not math.isnan(each.value)]
    justified = [decimals(each) for each in widths if not math.isnan(each)]
    n_decimals = int(np.clip(np.median(justified), 2, 4)) if justified else 3
    # No end that is not 0 reads 0 where that hides that the interval excludes 0.
    while n_decimals < _MOST_DECIMALS and any(
        not holds(each.low, each.high)
        and 0 in (round(each.low, n_decimals), round(each.high, n_decimals))
        for each in estimates
    ):
        n_decimals += 1
    form = f"{'+' if panel.is_difference else ''}.{n_decimals}f"
    return [_number(each, form) for each in estimates]


def _number(estimate, form):
    value, low, high = estimate[:3]
    if math.isnan(value):
        return estimate.missing
    if math.isnan(high - low):
        return f"{signed(value, form)} {BARE}"
    low, high = (signed(each, form.lstrip("+")) for each in (low, high))
    return f"{signed(value, form)} [{low}, {high}]"
