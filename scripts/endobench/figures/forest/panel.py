"""The panel of a forest: estimates as marks with intervals on one axis."""

import math

from matplotlib.ticker import MaxNLocator

from endobench.figures import palette
from endobench.figures.text import TEXT

# A narrower panel has fewer ticks and smaller marks.
_NARROW_IN = 1.2
# Width of a digit of a label.
_CHAR_IN = 0.055


def draw_panel(axes, panel, rows, body_in):
    """Draw estimates as marks with their intervals.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    panel : Panel
    rows : list of (float, Estimate)
        The distance of each row's middle from the top, in inches.
    body_in : float
        Height of all rows.
    """
    axes.set_ylim(body_in, 0)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.patch.set_visible(False)
    axes.axvline(panel.null, color=palette.INK, linewidth=0.6, zorder=0.5)
    if not math.isnan(panel.guide):
        axes.axvline(
            panel.guide, color=palette.MODEL, linewidth=0.6, linestyle=":", zorder=0.5
        )
    numbers = [each for _, estimate in rows for each in estimate[:3]]
    ends = [panel.null, *(each for each in numbers if not math.isnan(each))]
    margin = 0.06 * (max(ends) - min(ends)) or 0.12
    axes.set_xlim(min(ends) - margin, max(ends) + margin)
    width_in = axes.get_position().width * axes.figure.get_figwidth()
    is_narrow = width_in < _NARROW_IN
    axes.set_xticks(_fitting_ticks(axes.get_xlim(), panel.null, width_in, is_narrow))
    # A factor such as 1e-3 would lie on the label of the axis.
    axes.ticklabel_format(axis="x", style="plain", useOffset=False)
    known = [each for each in rows if not math.isnan(each[1].value)]
    drawn = [each for each in known if not math.isnan(each[1].high - each[1].low)]
    axes.hlines(
        [middle for middle, _ in drawn],
        [estimate.low for _, estimate in drawn],
        [estimate.high for _, estimate in drawn],
        colors=[estimate.color for _, estimate in drawn],
        linewidth=1.2,
        zorder=1.8,
    )
    for middle, estimate in known:
        color = estimate.color
        axes.plot(
            estimate.value,
            middle,
            estimate.mark,
            # In a narrow panel, marks would hide their intervals.
            markersize=estimate.size * (0.75 if is_narrow else 1),
            color=color,
            markerfacecolor=palette.PAPER if panel.is_open(estimate) else color,
            gid=panel.name,
        )
    axes.set_xlabel(panel.label, fontsize=TEXT)


def _fitting_ticks(limits, null, width_in, is_narrow):
    """Return as many ticks as have room for their labels."""
    for n_steps in (2, 1) if is_narrow else (4, 2, 1):
        ticks = _ticks(*limits, null, n_steps)
        n_chars = sum(len(f"{each:.6g}") + 1 for each in ticks)
        if n_chars * _CHAR_IN <= width_in:
            break
    return ticks


def _ticks(low, high, null, n_steps):
    """Return ticks of an axis at round distances from its null, which is one of them."""
    locator = MaxNLocator(n_steps, steps=(1, 2, 2.5, 5, 10))
    ticks = null + locator.tick_values(low - null, high - null)
    return [each for each in ticks if low <= each <= high]
