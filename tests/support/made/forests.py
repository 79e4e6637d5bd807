"""Small forests to draw."""

import math

from endobench.figures.canvas import style
from endobench.figures.forest.layout import Forest
from endobench.figures.forest.page import forest_figure
from endobench.figures.forest.rows import Estimate, Panel, Row

NAN = math.nan
PANELS = [
    Panel("value", "agreement", "rho"),
    Panel("change", "difference", "rho", is_difference=True),
]


def row(value=0.2, name="a name", note="a note", **look):
    estimate = Estimate(value, value - 0.1, value + 0.1, **look)
    return Row(name, note, (estimate, estimate), (1234, 12))


def drawn(rows, panels=PANELS, key="", **options):
    with style():
        counts = ("pairs", "variants")
        forest = Forest(rows, panels, "what", counts, key)
        return forest_figure(forest, **options)
