"""All colours and line styles of figures, by what they mean.

The hues are those of Okabe and Ito (jfly.uni-koeln.de/color), which colour-blind readers
can distinguish. Line styles and marks repeat what hues say, for print in grey.
"""

import itertools
from typing import NamedTuple

_BLUE, _ORANGE, _VERMILION = "#0072B2", "#E69F00", "#D55E00"
_GREEN, _PINK, _SKY = "#009E73", "#CC79A7", "#56B4E9"

# The page: text and axes, notes, frames and rules, every other row, open marks.
INK, FAINT, RULE = "#333333", "#666666", "#BBBBBB"
BAND, PAPER = "#F3F3F3", "white"
# The band across a stand-in's figure, and a note that a result is not reportable.
STAMP, STAMP_TEXT, NOTE = _VERMILION, "white", "#FFF3EC"

# Values of the model, of a baseline, and all others; differences; background marks.
MODEL, BASELINE, OTHER, DIFFERENCE, BEHIND = _BLUE, _ORANGE, INK, INK, "#999999"
# Intervals drawn as a band, if there are too many for lines.
INTERVALS = "#DDDDDD"
# Pairs of the waterfall.
INPUT, KEPT, LOST = INK, _BLUE, _ORANGE
# Pairs of the scatter, one by one or as a density: a colour map and where it begins, so
# that single pairs are light, but not lost on white.
PAIRS, BEYOND, DENSITY = _BLUE, _VERMILION, ("Blues", 0.3)
POSITIVE, NEGATIVE = _BLUE, _ORANGE
# Verdicts of gates.
PASS, WARN, FAIL, NOT_CHECKED = _BLUE, _ORANGE, _VERMILION, FAINT
# Tracks of a locus, the variant in it, and its peaks and genes.
REF, ALT, CHANGE, VARIANT, REGION = "#B3B3B3", _BLUE, INK, _ORANGE, INK
# The gene whose score is drawn: its model, and its exons behind the tracks.
OWN_GENE, OWN_EXONS = _BLUE, "#EAF3FA"
# Times of a rule: of all its jobs, and of the longest one.
ALL_JOBS, LONGEST_JOB = "#9CCBE8", _BLUE


# The interactive charts of the report: single pairs and leads, a density from few pairs to
# many, intervals, grid lines. Leads are darker than `STAMP`, since they are small.
POINT, LEAD = _BLUE, "#B34700"
FEW_PAIRS, MANY_PAIRS = "#BFD7EA", "#08306B"
CHART_INTERVALS, GRID = "#9AA5B1", "#E5E7EB"
# The report's page, as the variables of its style sheet. Text has a contrast of 4.5 : 1.
PAGE = {
    "ink": "#1C2733",
    "soft": "#4A5663",
    "line": "#D5DAE0",
    "border": "#6B7785",
    "accent": "#0B4F8A",
    "focus": "#D97706",
    "stamp": "#A33B00",
    "paper": "#FFFFFF",
    "band": "#F4F6F8",
    "agreement": _BLUE,
    "good": "#EEF5FB",
    "bad": "#8A2F00",
    "note": NOTE,
    # Behind figures, whose colours are made for paper.
    "sheet": "#FFFFFF",
}
# The same in a dark room.
PAGE_DARK = PAGE | {
    "ink": "#E4E9EF",
    "soft": "#AAB6C3",
    "line": "#36414D",
    "border": "#7F8D9C",
    "accent": "#7CC0F5",
    "focus": "#F0A93B",
    "paper": "#12181F",
    "band": "#1B232C",
    "agreement": _SKY,
    "good": "#12314A",
    "bad": "#FFB48A",
    "note": "#3A2418",
    "sheet": "#E9ECEF",
}


class Line(NamedTuple):
    """How a line is drawn, as matplotlib names colours and line styles."""

    color: str
    style: str | tuple


MODEL_LINE = Line(MODEL, "-")
# The expected value of an uninformative score.
CHANCE_LINE = Line(INK, (0, (6, 4)))
BASELINE_LINES = {
    "motif_change": Line(_VERMILION, (0, (5, 1.5))),
    "gc_change": Line(_ORANGE, (0, (1, 1))),
    "gc_content": Line(_GREEN, (0, (5, 1.5, 1, 1.5))),
    "distance": Line(_PINK, (0, (3, 1))),
    "maf": Line(_SKY, (0, (3, 1, 1, 1, 1, 1))),
}
_FURTHER_LINES = (
    Line(FAINT, (0, (2, 2))),
    Line(BEHIND, (0, (8, 2, 2, 2))),
    Line(INK, (0, (1, 3))),
)


def baseline_lines(names):
    """Return the line of each baseline.

    Parameters
    ----------
    names : iterable of str

    Returns
    -------
    dict of str to Line
        Its entry in `BASELINE_LINES`, or a grey line if it has none.
    """
    further = itertools.cycle(_FURTHER_LINES)
    return {name: BASELINE_LINES.get(name) or next(further) for name in names}
