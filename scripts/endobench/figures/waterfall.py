"""The waterfall: what each stage dropped, from all pairs of a source to those kept."""

import numpy as np
from matplotlib.ticker import MaxNLocator

from endobench.figures import palette
from endobench.figures.canvas import (
    COUNTS,
    WIDTH_IN,
    canvas,
    models_of,
    say_nothing,
    style,
    text_width,
)
from endobench.figures.labels import reason_words

_COLORS = {"input": palette.INPUT, "kept": palette.KEPT}


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
        height = 0.24 * len(rows)
        # Widths of the columns of text, in inches; the bars get the rest.
        stage_in = text_width([row.stage for row in rows])
        label_in = (
            stage_in + 0.12 + text_width([reason_words(row.reason) for row in rows])
        )
        numbers_in = (0.75, 0.7, 0.75)
        bars_in = max(2.6, WIDTH_IN - label_in - sum(numbers_in) - 0.4)
        figure, add_axes = canvas(
            0.4 + label_in + bars_in + sum(numbers_in),
            height + 0.9,
            title,
            models,
        )
        axes = add_axes(0.25 + label_in, 0.5, bars_in, height)
        right = total
        for place, row in enumerate(rows):
            n_pairs = int(row.n_pairs)
            is_end = row.stage in ("input", "kept")
            color = _COLORS.get(row.stage, palette.LOST)
            left = 0 if is_end else right - n_pairs
            if n_pairs:
                # The edge keeps one pair in a million visible.
                axes.barh(
                    place, n_pairs, 0.7, left, color=color, edgecolor=color, lw=0.8
                )
            right = right if is_end else left
            if place + 1 < len(rows):
                axes.plot(
                    [right] * 2,
                    [place + 0.35, place + 0.65],
                    color=palette.FAINT,
                    lw=0.5,
                )
            _write_row(axes, place, row, n_pairs / total, label_in, numbers_in)
            if place == 0 or rows[place - 1].stage != row.stage:
                axes.annotate(
                    str(row.stage),
                    (0, place),
                    xycoords=("axes fraction", "data"),
                    xytext=(-72 * (label_in + 0.06), 0),
                    textcoords="offset points",
                    va="center",
                    color=palette.FAINT,
                )
        _write_heads(axes, numbers_in)
        axes.set(xlim=(0, total), ylim=(len(rows) - 0.5, -0.5), yticks=[])
        axes.spines["left"].set_visible(False)
        axes.xaxis.set_major_locator(MaxNLocator(4, integer=True))
        axes.xaxis.set_major_formatter(COUNTS)
        axes.set_xlabel("variant-feature pairs")
        return figure


def _write_row(axes, place, row, fraction, label_in, numbers_in):
    """Write a bar's reason on its left, and its numbers on its right."""
    beside = {"textcoords": "offset points", "va": "center", "ha": "right"}
    weight = "bold" if row.stage in ("input", "kept") else "normal"
    axes.annotate(
        reason_words(row.reason),
        (0, place),
        xycoords=("axes fraction", "data"),
        xytext=(-6, 0),
        weight=weight,
        **beside,
    )
    texts = (f"{row.n_pairs:,.0f}", _percent(fraction), f"{row.n_variants:,.0f}")
    for text, offset in zip(texts, np.cumsum(numbers_in), strict=True):
        axes.annotate(
            text,
            (1, place),
            xycoords=("axes fraction", "data"),
            xytext=(72 * offset, 0),
            weight=weight,
            **beside,
        )


def _write_heads(axes, numbers_in):
    for text, offset in zip(
        ("pairs", "of source", "variants"), np.cumsum(numbers_in), strict=True
    ):
        axes.annotate(
            text,
            (1, 1),
            xycoords="axes fraction",
            xytext=(72 * offset, 3),
            textcoords="offset points",
            ha="right",
            color=palette.FAINT,
        )


def _percent(fraction):
    """Return a percentage that reads 0 or 100 only if it is exactly that."""
    if 0 < fraction < 0.0005:
        return "<0.1 %"
    if 0.9995 <= fraction < 1:
        return ">99.9 %"
    return f"{100 * fraction:.1f} %"
