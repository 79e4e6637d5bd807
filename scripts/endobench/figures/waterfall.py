"""The waterfall: what each stage dropped, from all pairs of a source to those kept."""

from matplotlib.ticker import MaxNLocator

from endobench.design.reasons import reason_words
from endobench.figures import palette
from endobench.figures.canvas import (
    COUNTS,
    WIDTH_IN,
    canvas,
    describe,
    models_of,
    say_nothing,
    style,
)
from endobench.figures.captions import caption
from endobench.figures.text import TEXT, draw_bands, text_width, write, write_head

_COLORS = {"input": palette.INPUT, "kept": palette.KEPT}
_HEADS = ("pairs", "of source", "variants")
# In inches: a row, the heads above the rows, the axis below them, the edges, gaps between
# columns, and the least width of the bars.
_ROW_IN, _HEAD_IN, _AXIS_IN, _EDGE_IN, _GAP_IN, _BARS_IN = (
    0.2,
    0.3,
    0.5,
    0.15,
    0.14,
    1.8,
)


def waterfall_figure(waterfall, title=""):
    """Draw what each stage dropped, from all pairs of the source to those kept.

    Parameters
    ----------
    waterfall : pandas.DataFrame
        In the columns of `columns.WATERFALL`, of one benchmark: a row of stage
        ``input``, one row per reason, and a row of stage ``kept``.
    title : str

    Returns
    -------
    matplotlib.figure.Figure
        6.9 inches wide, or more if long names need it.

    Raises
    ------
    ValueError
        If kept and dropped do not add up to the input.
    """
    with style():
        models = models_of(waterfall)
        if waterfall.empty or not waterfall["n_pairs"].fillna(0).any():
            return say_nothing(*canvas(WIDTH_IN, 2, title, models))
        total = int(waterfall.loc[waterfall["stage"] == "input", "n_pairs"].sum())
        accounted = int(waterfall["n_pairs"].sum()) - total
        if (waterfall["stage"] == "input").sum() != 1 or accounted != total:
            raise ValueError(
                f"{accounted} pairs kept or dropped, but {total} in the input; expected"
                " one benchmark whose rows add up to its input"
            )
        rows = list(waterfall.itertuples(index=False))
        cells = [_numbers(row, total) for row in rows]
        columns = zip(_HEADS, *cells, strict=True)
        widths = [text_width(each, TEXT) + _GAP_IN for each in columns]
        stage_in = text_width([row.stage for row in rows], TEXT) + _GAP_IN
        names_in = (
            text_width([reason_words(row.reason) for row in rows], TEXT) + _GAP_IN
        )
        left = _EDGE_IN + stage_in + names_in
        width_in = max(WIDTH_IN, left + _BARS_IN + sum(widths) + _EDGE_IN)
        body_in = _ROW_IN * len(rows)
        whole_in = _AXIS_IN + body_in + _HEAD_IN
        figure, add_axes = canvas(width_in, whole_in, title, models)
        bars_in = width_in - left - sum(widths) - _EDGE_IN
        axes = add_axes(left, _AXIS_IN, bars_in, body_in)
        axes.patch.set_visible(False)
        _draw_bars(axes, rows, total)
        page = add_axes(0, 0, width_in, whole_in)
        page.set(xlim=(0, width_in), ylim=(body_in + _AXIS_IN, -_HEAD_IN), zorder=-1)
        page.axis("off")
        draw_bands(page, [_ROW_IN * place for place in range(len(rows) + 1)])
        for place, row in enumerate(rows):
            y = _ROW_IN * (place + 0.5)
            weight = "bold" if row.stage in _COLORS else "normal"
            if place == 0 or rows[place - 1].stage != row.stage:
                write(page, _EDGE_IN, y, str(row.stage), color=palette.FAINT)
            write(page, _EDGE_IN + stage_in, y, reason_words(row.reason), weight=weight)
            right = left + bars_in
            for text, column_in in zip(cells[place], widths, strict=True):
                right += column_in
                write(page, right, y, text, align="right", weight=weight)
        right = left + bars_in
        for text, column_in in zip(_HEADS, widths, strict=True):
            right += column_in
            write_head(page, right, -0.09, text, "right")
        return describe(figure, _caption(rows, total))


def _draw_bars(axes, rows, total):
    right = total
    for place, row in enumerate(rows):
        n_pairs = int(row.n_pairs)
        is_end = row.stage in _COLORS
        color = _COLORS.get(row.stage, palette.LOST)
        left = 0 if is_end else right - n_pairs
        if n_pairs:
            # The edge keeps one pair in a million visible.
            axes.barh(place, n_pairs, 0.7, left, color=color, edgecolor=color, lw=0.8)
        right = right if is_end else left
        if place + 1 < len(rows):
            ends = [place + 0.35, place + 0.65]
            axes.plot([right] * 2, ends, color=palette.FAINT, lw=0.5)
    axes.set(xlim=(0, total), ylim=(len(rows) - 0.5, -0.5), yticks=[])
    axes.spines["left"].set_visible(False)
    axes.xaxis.set_major_locator(MaxNLocator(4, integer=True))
    axes.xaxis.set_major_formatter(COUNTS)
    axes.set_xlabel("variant-feature pairs", fontsize=TEXT)


def _numbers(row, total):
    """Return the texts of a row's columns."""
    share = _percent(row.n_pairs / total)
    return f"{row.n_pairs:,.0f}", share, f"{row.n_variants:,.0f}"


def _caption(rows, total):
    kept = sum(int(row.n_pairs) for row in rows if row.stage == "kept")
    noun = "pair" if total == 1 else "pairs"
    return caption(
        f"What became of every pair of the source: {kept:,} of {total:,} {noun} were"
        " kept and scored",
        "black bar: all pairs; orange bars: the pairs that each stage dropped, by"
        " reason; blue bar: the pairs kept",
        "each row states its number of pairs, their share of the source, and the number"
        " of variants",
        "these are counts and have no intervals",
    )


def _percent(fraction):
    """Return a percentage that reads 0 or 100 only if it is exactly that."""
    if 0 < fraction < 0.0005:
        return "<0.1 %"
    if 0.9995 <= fraction < 1:
        return ">99.9 %"
    return f"{100 * fraction:.1f} %"
