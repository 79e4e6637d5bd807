"""Still panels at the top of a page: small charts that are drawn with their data."""

import base64

import altair as alt
import vl_convert

from endobench.figures import palette
from endobench.report.charts import cells_of, finished, zero_lines

# Three panels fit beside one another.
_PANEL_PX = 300, 250
# Width of the words beside the marks of a panel, and of the marks.
_WORDS_PX, _MARKS_PX = 220, 110
# Readers' fonts may be wider than the one that a drawing is measured with.
_MARGIN_PX = 14


def density_panel(bins, effect_label, score_label, extent):
    """Return the specification of a small density, with its data.

    Parameters
    ----------
    bins : pandas.DataFrame
        See `explorer.density_of`.
    effect_label, score_label : str
        Titles of the axes.
    extent : dict of str to list
        As for `charts.density_chart`.

    Returns
    -------
    dict
    """
    cells = (
        alt.Chart(bins)
        .mark_rect(stroke=None, aria=False)
        .encode(**cells_of(effect_label, score_label, extent, n_ticks=4))
    )
    return _panel(alt.layer(cells, *zero_lines()), *_PANEL_PX)


def estimates_panel(frame, title):
    """Return the specification of estimates below one another, with their intervals.

    Parameters
    ----------
    frame : pandas.DataFrame
        Columns ``step, value, low, high`` and ``text``, which is written beside a row.
    title : str
        Of the axis of values.

    Returns
    -------
    dict
    """
    base = alt.Chart(frame).encode(
        y=alt.Y(
            "step:N",
            title=None,
            sort=None,
            axis=alt.Axis(
                labelExpr="split(datum.label, '\\n')",
                labelLimit=_WORDS_PX + _MARGIN_PX,
                labelLineHeight=11,
                labelFontSize=10,
                ticks=False,
                domain=False,
                grid=False,
            ),
        )
    )
    x = alt.X(
        "value:Q",
        title=title,
        scale=alt.Scale(zero=True, padding=4),
        axis=alt.Axis(tickCount=3),
    )
    intervals = base.mark_rule(color=palette.INK, strokeWidth=1.4).encode(
        x=alt.X("low:Q", title=title), x2=alt.X2("high:Q")
    )
    marks = base.mark_point(filled=True, opacity=1, size=50, color=palette.POINT)
    texts = base.mark_text(align="left", fontSize=11, color=palette.INK).encode(
        x=alt.value(_MARKS_PX + 10), text=alt.Text("text:N")
    )
    zero = next(zero_lines())
    chart = alt.layer(zero, intervals, marks.encode(x=x), texts)
    # The texts beside the marks may be wider than they are measured.
    beside = {"top": 5, "bottom": 5, "left": 2 * _MARGIN_PX, "right": 2 * _MARGIN_PX}
    return _panel(chart, _MARKS_PX, _PANEL_PX[1] + 30, padding=beside)


def _panel(chart, width, height, padding=_MARGIN_PX):
    """Return a chart as a dict, small."""
    chart = finished(chart, "", width, height) | {"padding": padding}
    chart["config"]["axis"] |= {"labelFontSize": 11, "titleFontSize": 11}
    chart["config"]["legend"] |= {
        "labelFontSize": 11,
        "titleFontSize": 11,
        "titleOrient": "left",
        "gradientLength": 120,
    }
    return chart


def svg_uri(spec):
    """Draw a specification with its data; return the SVG image as a data URI."""
    svg = vl_convert.vegalite_to_svg(spec)
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"
