"""Forests on pages, which grow with their rows."""

from endobench.figures.canvas import WIDTH_IN, canvas, describe
from endobench.figures.captions import noted_canvas

# Between forests on one page.
_BETWEEN_IN = 0.1


def forest_figure(forest, title="", models=(), note="", caption=""):
    """Draw a forest on a page of its own, which grows with its rows.

    Parameters
    ----------
    forest : Forest
    title : str
    models : iterable of str
        Models whose scores are drawn; see `canvas.canvas`.
    note : str
        Framed text under the title; see `captions.conclusion_note`.
    caption : str
        See `canvas.describe`.

    Returns
    -------
    matplotlib.figure.Figure
        6.9 inches wide.
    """
    figure, add_axes = noted_canvas(WIDTH_IN, forest.height_in, title, models, note)
    forest.draw(add_axes)
    return describe(figure, caption)


def stacked_figure(forests, title="", models=()):
    """Draw forests below each other on one page.

    Parameters
    ----------
    forests : list of Forest
        From top to bottom; at least one.
    title : str
    models : iterable of str
        See `forest_figure`.

    Returns
    -------
    matplotlib.figure.Figure
    """
    height_in = sum(each.height_in for each in forests)
    height_in += _BETWEEN_IN * (len(forests) - 1)
    figure, add_axes = canvas(WIDTH_IN, height_in, title, models)
    below_in = height_in
    for forest in forests:
        below_in -= forest.height_in
        forest.draw(_raised(add_axes, below_in))
        below_in -= _BETWEEN_IN
    return figure


def _raised(add_axes, by_in):
    """Return a function that adds axes so many inches higher."""
    return lambda left, bottom, width, height: add_axes(
        left, bottom + by_in, width, height
    )
