"""Interactive charts of a page, as Vega-Lite specifications."""

import textwrap

import altair as alt

from endobench.figures import palette
from endobench.report.headings import HEADINGS

WIDTH_PX, HEIGHT_PX = 360, 340
# Longest line of the title of an upright axis.
_UPRIGHT_CHARS = 46
# Labels of axes and legends that would be nearer to each other are left out.
_BETWEEN_LABELS_PX = 8
_FONT = "system-ui, -apple-system, 'Segoe UI', sans-serif"
# Columns of a point, with their titles in a tooltip.
TITLES = {
    "variant": "variant",
    "gene": "gene",
    "feature": "feature",
    "effect": "effect",
    "score": "score",
    "quantile": "quantile",
    "p_value": "p value",
    "distance": "distance, bp",
    "maf": "MAF",
    "pip": "PIP",
    "lead": "lead",
}
_TEXTS = ("variant", "gene", "feature", "lead")
# Texts and counts of a ranked track; its other columns are measured values.
_TRACK = ("rank", "track", "biosample", "target", "ontology_curie")


def density_chart(effect_label, score_label, description, extent):
    """Return the specification of a density with a brush.

    Its data set is named ``bins`` (see `explorer.density_of`), its selection ``brush``.

    Parameters
    ----------
    effect_label, score_label : str
        Titles of the axes, with units.
    description : str
        Text for screen readers.
    extent : dict of str to list
        Ends of both axes, see `explorer.extent_of`.

    Returns
    -------
    dict
    """
    brush = alt.selection_interval(name="brush", encodings=["x", "y"])
    cells = (
        alt.Chart(alt.NamedData("bins"))
        .mark_rect(stroke=None)
        .encode(
            **cells_of(_lines_of(effect_label), score_label, extent),
            tooltip=[
                alt.Tooltip("n:Q", title="pairs", format=","),
                alt.Tooltip("effect_low:Q", title="effect from", format=".3g"),
                alt.Tooltip("effect_high:Q", title="effect to", format=".3g"),
                alt.Tooltip("score_low:Q", title="score from", format=".3g"),
                alt.Tooltip("score_high:Q", title="score to", format=".3g"),
            ],
        )
        .add_params(brush)
    )
    return finished(alt.layer(cells, *zero_lines()), description)


def _lines_of(title):
    """Break the title of an axis before its unit, so that it fits on a phone."""
    what, bracket, unit = title.partition(" (")
    return [what, f"({unit}"] if bracket else title


def _upright(title):
    """Break the title of an upright axis if it is longer than the axis."""
    return (
        textwrap.wrap(title, _UPRIGHT_CHARS) if len(title) > _UPRIGHT_CHARS else title
    )


def cells_of(effect_label, score_label, extent, n_ticks=8):
    """Return the encoding of a density's cells.

    Parameters
    ----------
    effect_label, score_label : str or list of str
        Titles of the axes; a list has a line each.
    extent : dict of str to list
        As for `density_chart`.
    n_ticks : int, default 8
        Of the horizontal axis, about.

    Returns
    -------
    dict
    """
    x, y = (_axis_of(extent, name) for name in ("effect", "score"))
    return {
        "x": alt.X(
            "effect_low:Q",
            title=effect_label,
            scale=x,
            axis=alt.Axis(tickCount=n_ticks, labelOverlap=True, labelFlush=False),
        ),
        "x2": alt.X2("effect_high:Q"),
        "y": alt.Y("score_low:Q", title=_upright(score_label), scale=y),
        "y2": alt.Y2("score_high:Q"),
        "color": alt.Color(
            "n:Q",
            title="pairs",
            scale=alt.Scale(type="log", range=[palette.FEW_PAIRS, palette.MANY_PAIRS]),
            legend=alt.Legend(format=",d", tickCount=4),
        ),
    }


def _axis_of(extent, name):
    """Return the scale of an axis; marks beyond it are drawn at its ends."""
    return alt.Scale(domain=extent[name], nice=False, zero=False, clamp=True)


def points_chart(effect_label, score_label, description, columns, extent):
    """Return the specification of single pairs as points with tooltips.

    Its data set is named ``points`` (see `explorer.points_of`).

    Parameters
    ----------
    effect_label, score_label, description : str
        As for `density_chart`.
    columns : iterable of str
        Columns of the data; those in `TITLES` are shown in the tooltip.
    extent : dict of str to list
        As for `density_chart`, so that both charts have the same axes.

    Returns
    -------
    dict
    """
    tooltips = [
        alt.Tooltip(
            f"{name}:N" if name in _TEXTS else name,
            title=TITLES[name],
            **(
                {}
                if name in _TEXTS
                else {"type": "quantitative", "format": _format(name)}
            ),
        )
        for name in columns
        if name in TITLES
    ]
    marks = (
        alt.Chart(alt.NamedData("points"))
        .mark_point(size=34, opacity=0.75, strokeWidth=1.4)
        .encode(
            x=alt.X(
                "effect:Q",
                title=_lines_of(effect_label),
                scale=_axis_of(extent, "effect"),
            ),
            y=alt.Y(
                "score:Q",
                title=_upright(score_label),
                scale=_axis_of(extent, "score"),
            ),
            color=alt.Color(
                "lead:N",
                title="lead variant of its feature",
                scale=alt.Scale(
                    domain=["yes", "no"], range=[palette.LEAD, palette.POINT]
                ),
            ),
            shape=alt.Shape(
                "lead:N",
                title="lead variant of its feature",
                scale=alt.Scale(domain=["yes", "no"], range=["triangle-up", "circle"]),
            ),
            tooltip=tooltips,
        )
    )
    return finished(marks, description)


def _format(name):
    """Return the d3 number format of a column."""
    return {"p_value": ".1e", "quantile": ".5f", "distance": ",d"}.get(name, ".4g")


def ranking_chart(ranking, label, description):
    """Return the specification of all tracks by rank, with their data.

    Parameters
    ----------
    ranking : pandas.DataFrame
        In the columns of `columns.TRACK_METRICS`, of one benchmark and stratum.
    label : str
        Title of the vertical axis, with its unit.
    description : str
        Text for screen readers.

    Returns
    -------
    dict
    """
    frame = ranking.dropna(subset=["value"]).sort_values(
        "value", ascending=False, kind="stable"
    )
    frame = frame.assign(
        rank=range(1, len(frame) + 1),
        own=frame["is_in_set"].map({True: "in the track set", False: "other"}),
    )
    names = ["rank", "track", "biosample", "target", "ontology_curie", "value"]
    names += ["ci_low", "ci_high", "p_adjusted", "own"]
    frame = frame[names].dropna(axis=1, how="all")
    tooltips = [
        alt.Tooltip(name, title=HEADINGS["ranking"].get(name, name))
        if name in _TRACK
        else alt.Tooltip(name, title=HEADINGS["ranking"][name], format=".3g")
        for name in frame.columns.drop("own")
    ]
    base = alt.Chart(frame)
    # Margins separate the first and the last track from the frame.
    ends = alt.Scale(domain=[0, len(frame) + 1], nice=False)
    x = alt.X("rank:Q", title="rank of the track", scale=ends)
    bars = base.mark_rule(color=palette.CHART_INTERVALS).encode(
        x=x, y=alt.Y("ci_low:Q", title=label), y2=alt.Y2("ci_high:Q")
    )
    domain = ["in the track set", "other"]
    marks = base.mark_point(filled=True, size=42, opacity=1).encode(
        x=x,
        y=alt.Y("value:Q", title=label),
        color=alt.Color(
            "own:N",
            title="track",
            scale=alt.Scale(domain=domain, range=[palette.LEAD, palette.POINT]),
        ),
        shape=alt.Shape(
            "own:N",
            title="track",
            scale=alt.Scale(domain=domain, range=["triangle-up", "circle"]),
        ),
        tooltip=tooltips,
    )
    zoom = alt.selection_interval(bind="scales", encodings=["x"])
    chart = alt.layer(bars, marks.add_params(zoom))
    return finished(chart, description, width=760, height=300)


def zero_lines():
    """Yield a line at zero of each axis."""
    # Altair takes long to find the class of a channel that is not given as one.
    for channel in ({"x": alt.XDatum(0)}, {"y": alt.YDatum(0)}):
        yield (
            alt.Chart(alt.InlineData([{}]))
            .mark_rule(color=palette.INK, strokeWidth=0.8)
            .encode(**channel)
        )


def finished(chart, description, width=WIDTH_PX, height=HEIGHT_PX):
    """Return the specification of a chart, in the page's size and style.

    Parameters
    ----------
    chart : altair.Chart or altair.LayerChart
    description : str
        Text for screen readers.
    width, height : int
        In pixels.

    Returns
    -------
    dict
    """
    found = chart.to_dict(validate=False)
    # For each property that a method of Altair sets, it would copy all layers.
    found |= {
        "width": width,
        "height": height,
        "description": description,
        "background": palette.PAPER,
    }
    found["config"] |= {
        "font": _FONT,
        "axis": {
            "labelFontSize": 12,
            "titleFontSize": 13,
            "titleFontWeight": "normal",
            "gridColor": palette.GRID,
            "labelSeparation": _BETWEEN_LABELS_PX,
        },
        "legend": {
            "labelSeparation": _BETWEEN_LABELS_PX,
            "labelFontSize": 12,
            "titleFontSize": 12,
            "orient": "top",
            "gradientLength": 160,
        },
    }
    return found
