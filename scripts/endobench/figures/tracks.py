"""Agreement of individual tracks of a model: an exploratory ranking."""

import logging

import numpy as np
import pandas as pd
from matplotlib.ticker import MaxNLocator

from endobench.design.metrics import axis_of
from endobench.design.tasks import UNSIGNED
from endobench.figures import palette
from endobench.figures.canvas import (
    WIDTH_IN,
    canvas,
    check_one_benchmark,
    describe,
    models_of,
    say_nothing,
    style,
)
from endobench.figures.captions import caption, is_open
from endobench.figures.forest.layout import Forest
from endobench.figures.forest.rows import Estimate, Panel, Row
from endobench.figures.labels import CI, OPEN, stratum_words
from endobench.figures.text import TEXT, shortened, wrapped

log = logging.getLogger(__name__)

EXPLORATORY = "exploratory: no track was prespecified"
# Labels have no effect size: tracks are ranked by the correlation of scores with labels.
_OF_LABELS = "Spearman correlation, score size and label"
# The panel of all tracks, in inches, with names of tracks to its right.
_LEFT_IN, _PANEL_IN, _NAMES_IN, _LINE_IN = 0.6, (3.9, 2.0), 2.15, 0.14
_BELOW_IN = 0.45
_N_NAMED = 12


def track_figure(ranking, title="", n_shown=20, stratum=None):
    """Draw all tracks by rank, and the best and the worst with their numbers.

    Parameters
    ----------
    ranking : pandas.DataFrame
        In the columns of `columns.TRACK_METRICS`, of one benchmark.
    title : str
    n_shown : int, default 20
        Number of tracks with a row: half of them the best, half the worst.
    stratum : str, optional
        By default the first stratum of the table.

    Returns
    -------
    matplotlib.figure.Figure
        A mark takes the p value adjusted for all tracks. Diamonds are tracks of the
        benchmark's own set. Tracks without a value are counted, not
        drawn.

    Raises
    ------
    ValueError
        If the ranking is of several benchmarks, or `n_shown` is below 2.
    """
    if n_shown < 2:
        raise ValueError(f"n_shown is {n_shown}; expected at least 2")
    with style():
        models = models_of(ranking)
        if ranking.empty:
            return say_nothing(*canvas(WIDTH_IN, 2, title, models))
        check_one_benchmark(ranking, "ranking")
        rows = ranking[ranking["stratum"] == (stratum or ranking["stratum"].iloc[0])]
        is_defined = rows["value"].notna()
        tracks = rows[is_defined].sort_values("value", ascending=False, kind="stable")
        if tracks.empty:
            return say_nothing(*canvas(WIDTH_IN, 2, title, models))
        tracks = tracks.assign(rank=np.arange(1, len(tracks) + 1))
        task = tracks["task"].iloc[0]
        label = _OF_LABELS if task == UNSIGNED else axis_of(task)
        forest = _forest(tracks, n_shown, label)
        heads = _heads(rows, tracks)
        above_in = 0.2 + _LINE_IN * len(heads)
        whole_in = forest.height_in + _BELOW_IN + _PANEL_IN[1] + above_in
        figure, add_axes = canvas(WIDTH_IN, whole_in, title, models)
        forest.draw(add_axes)
        bottom = forest.height_in + _BELOW_IN
        axes = add_axes(_LEFT_IN, bottom, *_PANEL_IN)
        _draw_ranks(axes, tracks, label)
        names = add_axes(_LEFT_IN + _PANEL_IN[0], bottom, _NAMES_IN, _PANEL_IN[1])
        _name_own(axes, names, tracks)
        top = add_axes(0, bottom + _PANEL_IN[1], WIDTH_IN, above_in)
        _write_heads(top, heads, above_in)
        log.info("drew %d tracks; %d have no value", len(tracks), (~is_defined).sum())
        said = caption(
            f"{label} of each of {len(tracks):,} tracks of the model by rank, and below"
            " the best and the worst of them",
            EXPLORATORY,
            "each row states its numbers of pairs and variants",
            "grey bands and bars are 95 % confidence intervals from a block bootstrap",
            "blue diamonds: tracks of the benchmark’s own set; black circles: others",
            f"{OPEN}, adjusted for all tracks",
        )
        return describe(figure, said)


def _is_own(row):
    return pd.notna(row.is_in_set) and bool(row.is_in_set)


def _color(row):
    return palette.MODEL if _is_own(row) else palette.OTHER


def _is_open(row):
    return is_open(row.ci_low, row.ci_high, p=row.p_adjusted)


def _forest(tracks, n_shown, label):
    """Return the best and the worst tracks as a forest."""
    n_high, n_low = n_shown - n_shown // 2, n_shown // 2
    n_between = len(tracks) - n_shown
    rows = [_row(each, len(tracks)) for each in tracks.itertuples(index=False)]
    if n_between > 0:
        noun = "track" if n_between == 1 else "tracks"
        between = Row("", f"… {n_between:,} more {noun}")
        rows = [*rows[:n_high], between, *rows[-n_low:]]
    panel = Panel("value", "agreement", label)
    return Forest(rows, [panel], "track and its rank", ("pairs", "variants"))


def _row(track, n_tracks):
    estimate = Estimate(
        track.value,
        track.ci_low,
        track.ci_high,
        track.p_adjusted,
        color=_color(track),
        mark="D" if _is_own(track) else "o",
    )
    own = ", own set" if _is_own(track) else ""
    note = f"{track.rank} of {n_tracks}, {_curie(track)}{own}"
    return Row(_named(track), note, (estimate,), (track.n, track.n_variants))


def _named(track):
    """Return the biosample of a track, after its factor or mark if it has one."""
    name = track.biosample if pd.notna(track.biosample) else track.track
    return f"{track.target}, {name}" if pd.notna(track.target) else str(name)


def _curie(track):
    return track.ontology_curie if pd.notna(track.ontology_curie) else track.track


def _draw_ranks(axes, tracks, label):
    """Draw all tracks by rank, with their intervals as a band behind them."""
    n_tracks = len(tracks)
    axes.vlines(
        tracks["rank"],
        tracks["ci_low"].astype(float),
        tracks["ci_high"].astype(float),
        color=palette.INTERVALS,
        linewidth=min(72 * _PANEL_IN[0] / n_tracks, 6),
        zorder=0,
    )
    axes.axhline(0, color=palette.INK, linewidth=0.6, zorder=0.5)
    # One line for all marks that look alike: each line takes long.
    alike = {}
    for track in tracks.itertuples(index=False):
        look = _is_own(track), _is_open(track), _color(track)
        alike.setdefault(look, []).append((track.rank, track.value))
    for (is_own, is_empty, color), points in alike.items():
        axes.plot(
            *zip(*points, strict=True),
            "D" if is_own else "o",
            markersize=4 if is_own else 2.2,
            markeredgewidth=0.6,
            color=color,
            markerfacecolor=palette.PAPER if is_empty else color,
            zorder=3 if is_own else 2,
            gid="own track" if is_own else "track",
        )
    axes.set_xlim(1 - max(0.8, n_tracks / 80), n_tracks + max(0.8, n_tracks / 80))
    ticks = MaxNLocator(5, integer=True).tick_values(1, n_tracks)
    axes.set_xticks([1, *(each for each in ticks if 1 < each <= n_tracks)])
    axes.set_xlabel("track rank", fontsize=TEXT)
    axes.set_ylabel(label, fontsize=TEXT)


def _name_own(axes, names, tracks):
    """Name the tracks of the benchmark's own set, to the right, highest first."""
    names.set(xlim=(0, _NAMES_IN), ylim=(0, _PANEL_IN[1]))
    names.axis("off")
    own = [each for each in tracks.itertuples(index=False) if _is_own(each)]
    if len(own) > _N_NAMED:
        text = f"{len(own):,} tracks in the set"
        names.text(0.15, _PANEL_IN[1] - 0.15, text, fontsize=TEXT, color=palette.MODEL)
        return
    low, high = axes.get_ylim()
    wanted = [(each.value - low) / (high - low) * _PANEL_IN[1] + 0.15 for each in own]
    room = _PANEL_IN[1] - 0.08
    for track, y in zip(own, _spread(wanted, _LINE_IN, 0.2, room), strict=True):
        names.text(
            0.15,
            y,
            shortened(f"{track.rank}. {_named(track)}", _NAMES_IN - 0.2),
            va="center",
            fontsize=TEXT,
            color=palette.MODEL,
        )
        names.annotate(
            "",
            (track.rank, track.value),
            (0.12, y),
            xycoords=axes.transData,
            textcoords=names.transData,
            arrowprops={
                "arrowstyle": "-",
                "color": palette.MODEL,
                "linewidth": 0.5,
                "shrinkA": 0,
                "shrinkB": 3,
            },
        )


def _spread(wanted, gap, low, high):
    """Move positions, given from the highest down, apart within limits."""
    places = []
    for place, y in enumerate(wanted):
        # Leave room below for all that follow.
        least = low + gap * (len(wanted) - 1 - place)
        most = places[-1] - gap if places else high
        places.append(min(max(y, least), most))
    return places


def _heads(rows, tracks):
    """Return the lines above the panels, the most important first."""
    first = tracks.iloc[0]
    n_filled = sum(not _is_open(each) for each in tracks.itertuples(index=False))
    n_missing = len(rows) - len(tracks)
    missing = f"; {n_missing:,} without a value" if n_missing else ""
    window = f", {first['window_bp']:,.0f} bp" if first["window_bp"] > 0 else ""
    texts = (
        EXPLORATORY,
        f"{first['scorer']}{window}, {first['protocol']} protocol,"
        f" {stratum_words(first['stratum'])}",
        f"filled: {n_filled:,} of {len(tracks):,} tracks{missing}",
        f"◆ track of the benchmark’s own set; ● other track; grey: {CI}",
    )
    return [line for text in texts for line in wrapped(text, WIDTH_IN - 0.3)]


def _write_heads(top, heads, above_in):
    top.set(xlim=(0, WIDTH_IN), ylim=(above_in, 0))
    top.axis("off")
    for place, text in enumerate(heads):
        top.text(
            0.15,
            0.14 + _LINE_IN * place,
            text,
            fontsize=TEXT,
            weight="normal" if place else "bold",
            color=palette.FAINT if place else palette.INK,
        )
