"""Every track of a model by its agreement: an exploration."""

import logging

import numpy as np
import pandas as pd
from matplotlib.ticker import MaxNLocator

from endobench.design.metrics import axis_of
from endobench.figures.canvas import (
    FAINT,
    INK,
    KEPT,
    canvas,
    models_of,
    say_nothing,
    style,
    text_width,
)
from endobench.figures.forest import (
    SIGNIFICANT,
    TEXT,
    WIDTH_IN,
    Estimate,
    Forest,
    Panel,
    Row,
    wrapped,
)

log = logging.getLogger(__name__)

EXPLORATORY = "exploratory: none of these was named beforehand"
# The panel of all tracks, in inches, with names of tracks to its right.
_LEFT_IN, _PANEL_IN, _NAMES_IN, _LINE_IN = 0.6, (3.9, 2.0), 2.15, 0.14
_BELOW_IN = 0.45
_N_NAMED = 12
_BAND = "#DDDDDD"


def track_figure(ranking, title="", n_shown=20, stratum=None):
    """Draw all tracks by rank, and the first and the last of them with their numbers.

    Parameters
    ----------
    ranking : pandas.DataFrame
        In the columns of `columns.TRACK_METRICS`, of one benchmark.
    title : str
    n_shown : int, default 20
        How many tracks have a row: half of them the highest, half the lowest.
    stratum : str, optional
        By default the table's first, ``lead_per_feature`` but of labels.

    Returns
    -------
    matplotlib.figure.Figure
        A mark is filled where the p value that is adjusted for all tracks is below
        0.05; a diamond is a track of the benchmark's own set. Tracks without a value are
        counted, not drawn.

    Raises
    ------
    ValueError
        If the ranking is of several benchmarks, or `n_shown` is below 2.
    """
    if n_shown < 2:
        raise ValueError(f"n_shown is {n_shown}; expected the best and the worst, 2")
    with style():
        models = models_of(ranking)
        if ranking.empty:
            return say_nothing(*canvas(WIDTH_IN, 2, title, models))
        _check(ranking)
        rows = ranking[ranking["stratum"] == (stratum or ranking["stratum"].iloc[0])]
        is_defined = rows["value"].notna()
        tracks = rows[is_defined].sort_values("value", ascending=False, kind="stable")
        if tracks.empty:
            return say_nothing(*canvas(WIDTH_IN, 2, title, models))
        tracks = tracks.assign(rank=np.arange(1, len(tracks) + 1))
        label = axis_of(tracks["task"].iloc[0])
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
        log.info(
            "%d tracks drawn, %d without a value", len(tracks), (~is_defined).sum()
        )
        return figure


def _check(ranking):
    benchmarks = ranking[["dataset", "protocol"]].drop_duplicates()
    if len(benchmarks) > 1:
        names = ", ".join("/".join(map(str, each)) for each in benchmarks.to_numpy())
        raise ValueError(f"ranking of the benchmarks {names}; expected one")


def _is_own(row):
    return pd.notna(row.is_in_set) and bool(row.is_in_set)


def _is_significant(row):
    return row.p_adjusted < SIGNIFICANT


def _forest(tracks, n_shown, label):
    """Return the rows of the highest tracks and of the lowest, as a forest."""
    n_high, n_low = n_shown - n_shown // 2, n_shown // 2
    n_between = len(tracks) - n_shown
    rows = [_row(each, len(tracks)) for each in tracks.itertuples(index=False)]
    if n_between > 0:
        noun = "track" if n_between == 1 else "tracks"
        between = Row("", f"… {n_between:,} {noun} between")
        rows = [*rows[:n_high], between, *rows[-n_low:]]
    panel = Panel("value", "agreement", f"{label}\n(filled: adjusted p < 0.05)")
    return Forest(rows, [panel], "track, and its rank", ("pairs", "variants"))


def _row(track, n_tracks):
    estimate = Estimate(
        track.value,
        track.ci_low,
        track.ci_high,
        is_open=not _is_significant(track),
        color=KEPT if _is_own(track) else INK,
        mark="D" if _is_own(track) else "o",
    )
    own = ", own set" if _is_own(track) else ""
    note = f"{track.rank} of {n_tracks}, {_curie(track)}{own}"
    return Row(_named(track), note, (estimate,), (track.n, track.n_variants))


def _named(track):
    """Return what a track is of: the biosample, and the factor or mark where it has one."""
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
        color=_BAND,
        linewidth=min(72 * _PANEL_IN[0] / n_tracks, 6),
        zorder=0,
    )
    axes.axhline(0, color=INK, linewidth=0.6, zorder=0.5)
    for track in tracks.itertuples(index=False):
        color = KEPT if _is_own(track) else INK
        axes.plot(
            track.rank,
            track.value,
            "D" if _is_own(track) else "o",
            markersize=4 if _is_own(track) else 2.2,
            markeredgewidth=0.6,
            color=color,
            markerfacecolor=color if _is_significant(track) else "white",
            zorder=3 if _is_own(track) else 2,
            gid="own track" if _is_own(track) else "track",
        )
    axes.set_xlim(1 - max(0.8, n_tracks / 80), n_tracks + max(0.8, n_tracks / 80))
    ticks = MaxNLocator(5, integer=True).tick_values(1, n_tracks)
    axes.set_xticks([1, *(each for each in ticks if 1 < each <= n_tracks)])
    axes.set_xlabel("rank of the track", fontsize=TEXT)
    axes.set_ylabel(label, fontsize=TEXT)


def _name_own(axes, names, tracks):
    """Name the tracks of the benchmark's own set, to the right, highest first."""
    names.set(xlim=(0, _NAMES_IN), ylim=(0, _PANEL_IN[1]))
    names.axis("off")
    own = [each for each in tracks.itertuples(index=False) if _is_own(each)]
    if len(own) > _N_NAMED:
        text = f"{len(own):,} tracks are of the set"
        names.text(0.15, _PANEL_IN[1] - 0.15, text, fontsize=TEXT, color=KEPT)
        return
    low, high = axes.get_ylim()
    wanted = [(each.value - low) / (high - low) * _PANEL_IN[1] + 0.15 for each in own]
    room = _PANEL_IN[1] - 0.08
    for track, y in zip(own, _spread(wanted, _LINE_IN, 0.2, room), strict=True):
        names.text(
            0.15,
            y,
            _shortened(f"{track.rank}. {_named(track)}", _NAMES_IN - 0.2),
            va="center",
            fontsize=TEXT,
            color=KEPT,
        )
        names.annotate(
            "",
            (track.rank, track.value),
            (0.12, y),
            xycoords=axes.transData,
            textcoords=names.transData,
            arrowprops={
                "arrowstyle": "-",
                "color": KEPT,
                "linewidth": 0.5,
                "shrinkA": 0,
                "shrinkB": 3,
            },
        )


def _spread(wanted, gap, low, high):
    """Move places, given from the highest down, apart within limits."""
    places = []
    for place, y in enumerate(wanted):
        # All that follow need room below.
        least = low + gap * (len(wanted) - 1 - place)
        most = places[-1] - gap if places else high
        places.append(min(max(y, least), most))
    return places


def _shortened(text, width_in):
    """Cut a text to a width in inches."""
    short = text
    while text_width([short]) * TEXT / 8 > width_in:
        text = text[:-1]
        short = f"{text.rstrip()}…"
    return short


def _heads(rows, tracks):
    """Return the lines that say what is drawn; the first is the one not to miss."""
    first = tracks.iloc[0]
    n_significant = sum(map(_is_significant, tracks.itertuples(index=False)))
    n_missing = len(rows) - len(tracks)
    missing = f"; {n_missing:,} without a value" if n_missing else ""
    window = f", {first['window_bp']:,.0f} bp" if first["window_bp"] > 0 else ""
    stratum = str(first["stratum"]).replace("_", " ")
    texts = (
        EXPLORATORY,
        f"{first['scorer']}{window}, {first['protocol']} protocol, {stratum}",
        f"filled: {n_significant:,} of {len(tracks):,} tracks, p < 0.05 when adjusted"
        f" for all of them{missing}",
        "◆ of the benchmark’s own set   ● others   [grey: 95 % interval, by block]",
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
            color=FAINT if place else INK,
        )
