"""The scatter of measured against predicted effects, with the numbers beside it."""

import logging
import textwrap

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import ListedColormap, LogNorm

from endobench.canvas import (
    COUNTS,
    FAINT,
    INK,
    KEPT,
    STAMP,
    canvas,
    models_of,
    save,
    say_no_pairs,
    style,
    text_width,
)
from endobench.protocol import TABLE_SCORER

log = logging.getLogger(__name__)

HEXBIN_FROM = 2_000
# Of all metrics, those that the figure is of.
TASK, PREDICTOR = "signed", "model"
NOTE_LINE_IN = 0.15
METRIC_NAMES = {
    "spearman": "Spearman",
    "pearson": "Pearson",
    "sign_agreement": "Sign agreement",
    "sign_auroc": "auROC of the sign",
}
EFFECT_LABELS = {
    "slope": "eQTL effect, ALT minus REF (slope, s.d. of expression)",
    "log2_aFC": "eQTL effect, ALT minus REF (log2 allelic fold change)",
    "dsQTL beta": "dsQTL effect, ALT minus REF (beta)",
    "p_value": "p value, taken for the effect (no unit)",
}
SCORE_UNITS = {
    "DIFF_LOG2_SUM": "log2",
    "DIFF_SUM_LOG2": "sum of log2",
    "DIFF_MEAN": "mean signal",
    "DIFF_SUM": "summed signal",
    "study-mean": "mean signal",
}
# Single pairs are light, but not lost on white.
_DENSITY = ListedColormap(colormaps["Blues"](np.linspace(0.3, 1, 256)))

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def scatter(pairs, metrics, path, title="", stratum="all_pairs", verdict=None):
    """Write `scatter_figure` to a path that ends in .png or .pdf."""
    save(scatter_figure(pairs, metrics, title, stratum, verdict), path)


def scatter_figure(pairs, metrics, title="", stratum="all_pairs", verdict=None):
    """Draw measured effects against predicted ones, with the numbers beside them.

    From `HEXBIN_FROM` pairs on, their density is drawn. Pairs far beyond the others are
    drawn as triangles at the edge, and counted.

    Parameters
    ----------
    pairs : pandas.DataFrame
        The pairs of the stratum, in the columns of `columns.PAIRS`.
    metrics : pandas.DataFrame
        In the columns of `columns.METRICS`, of one benchmark. The numbers written are
        those of the model's signed task. Nothing is recomputed.
    title : str
    stratum : str
        Whose numbers are written.
    verdict : pandas.DataFrame, optional
        In the columns of `columns.VERDICTS`, of the same benchmark. Where the stratum
        is not reportable, a note under the title says so, and why.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If the metrics have rows, but not one per metric for the stratum, or a verdict
        is given without one row for it.
    """
    with style():
        note = _verdict_note(verdict, metrics, stratum)
        note_in = NOTE_LINE_IN * (note.count("\n") + 1) + 0.3 if note else 0
        figure, add_axes = canvas(6.9, 4.3 + note_in, title, models_of(pairs, metrics))
        if note:
            _write_note(add_axes(0.12, 4.3, 6.66, note_in - 0.05), note)
        if not pairs.empty:
            is_shown = np.isfinite(pairs[["effect", "raw"]].astype(float)).all(axis=1)
            pairs = pairs[is_shown.to_numpy()]
        if pairs.empty:
            return say_no_pairs(figure, add_axes)
        axes = add_axes(0.75, 0.55, 3.4, 3.6)
        effect = pairs["effect"].to_numpy(dtype=float)
        score = pairs["raw"].to_numpy(dtype=float)
        limits = _limits(effect), _limits(score)
        at_edge = np.clip(effect, *limits[0]), np.clip(score, *limits[1])
        is_beyond = (at_edge[0] != effect) | (at_edge[1] != score)
        n_pairs, is_dense = len(pairs), len(pairs) >= HEXBIN_FROM
        inside = effect[~is_beyond], score[~is_beyond]
        if is_dense:
            hexes = axes.hexbin(
                *inside,
                gridsize=(60, 35),
                extent=(*limits[0], *limits[1]),
                mincnt=1,
                cmap=_DENSITY,
                norm=LogNorm(),
                linewidths=0.2,
                edgecolors="face",
            )
            hexes.set_clim(1, max(10, hexes.get_array().max()))
            bar_axes = add_axes(4.5, 0.85, 1.9, 0.1)
            bar = figure.colorbar(
                hexes, bar_axes, orientation="horizontal", format=COUNTS
            )
            bar.set_label("pairs in a hexagon")
            bar.minorticks_off()
        else:
            size = np.clip(1_500 / n_pairs, 6, 20)
            axes.scatter(*inside, s=size, color=KEPT, alpha=0.6, linewidths=0)
        is_beside = at_edge[0] != effect
        for marker, is_there in (
            ("<", effect < limits[0][0]),
            (">", effect > limits[0][1]),
            ("v", (score < limits[1][0]) & ~is_beside),
            ("^", (score > limits[1][1]) & ~is_beside),
        ):
            axes.plot(
                at_edge[0][is_there],
                at_edge[1][is_there],
                marker,
                color=STAMP,
                markersize=4,
                markeredgewidth=0,
                clip_on=False,
                zorder=4,
            )
        for line in (axes.axhline, axes.axvline):
            line(0, color=INK, linewidth=0.6, zorder=0.5)
        axes.set(xlim=limits[0], ylim=limits[1])
        axes.locator_params(nbins=8)
        unit, scorer = _joined(pairs["unit"]), _joined(pairs["scorer"])
        axes.set_xlabel(EFFECT_LABELS.get(unit, f"measured, ALT minus REF ({unit})"))
        axes.set_ylabel(_score_label(scorer, _joined(pairs["model"])))
        lines = _numbers(metrics, stratum, n_pairs)
        if n_beyond := int(is_beyond.sum()):
            noun = "pair" if n_beyond == 1 else "pairs"
            lines += ["", f"triangles: {n_beyond:,} {noun} beyond the axes"]
        box = {"facecolor": "white", "edgecolor": "#BBBBBB", "linewidth": 0.6, "pad": 5}
        side = add_axes(4.4, 2.2, 2.4, 1.95)
        side.axis("off")
        side.text(
            0,
            1,
            "\n".join(lines),
            va="top",
            fontsize=7,
            linespacing=1.45,
            bbox=box,
            gid="numbers",
        )
        what = [
            f"model {_joined(pairs['model'])}",
            f"tracks {_joined(pairs['track_set'])}",
        ]
        if scorer != TABLE_SCORER:
            what += [scorer, f"window {_joined(pairs['window_bp'])} bp"]
        text = "\n".join(
            textwrap.fill(each, 32, subsequent_indent="  ") for each in what
        )
        source = add_axes(4.35, 1.1, 2.4, 0.9)
        source.axis("off")
        source.text(
            0,
            1,
            text,
            va="top",
            fontsize=6,
            color=FAINT,
            linespacing=1.4,
            gid="source",
        )
        log.info("%d pairs drawn, %d of them at the edge", n_pairs, n_beyond)
        return figure


def _score_label(scorer, model):
    """Return the label of the predicted axis, with its unit where it is known."""
    if scorer == TABLE_SCORER:
        return f"score, ALT minus REF ({model})"
    unit = SCORE_UNITS.get(scorer.rpartition("-")[2], SCORE_UNITS.get(scorer, scorer))
    return f"predicted effect, ALT minus REF ({unit})"


def _joined(values):
    return ", ".join(str(value) for value in sorted(values.astype(str).unique()))


def _limits(values):
    """Return an axis' limits: all values and zero, unless a few lie far beyond."""
    low, high = np.quantile(values, (0.05, 0.95))
    bottom, top = values.min(), values.max()
    if high > low:
        bottom = max(bottom, low - (high - low))
        top = min(top, high + (high - low))
    bottom, top = min(bottom, 0), max(top, 0)
    margin = 0.04 * (top - bottom) or 1
    return bottom - margin, top + margin


def _verdict_note(verdict, metrics, stratum):
    """Return the lines that say why a stratum is not reportable, or none."""
    if verdict is None or (verdict.empty and metrics.empty):
        return ""
    rows = verdict[verdict["stratum"] == stratum]
    if len(rows) != 1:
        raise ValueError(
            f"{len(rows)} verdicts of stratum {stratum!r}; expected one; there are the"
            f" strata {sorted(verdict['stratum'].unique())}"
        )
    row = next(rows.itertuples())
    if row.is_reportable:
        return ""
    for n_letters in range(110, 10, -10):
        lines = textwrap.wrap(f"NOT REPORTABLE: {row.why}", n_letters)
        if text_width(lines) <= 6.4:
            break
    return "\n".join(lines)


def _write_note(axes, note):
    """Write a note in a frame as wide as the axes."""
    axes.set(xticks=[], yticks=[], xlim=(0, 1), ylim=(0, 1), facecolor="#FFF3EC")
    for spine in axes.spines.values():
        spine.set(visible=True, color=STAMP, linewidth=1.5)
    axes.text(
        0.5,
        0.5,
        note,
        ha="center",
        va="center",
        fontsize=8,
        weight="bold",
        linespacing=1.3,
        gid="verdict",
    )


def _numbers(metrics, stratum, n_drawn):
    """Return the lines of text that a scatter shows of its metrics."""
    rows = metrics
    if not metrics.empty:
        is_models = (metrics["task"] == TASK) & (metrics["predictor"] == PREDICTOR)
        metrics = metrics[is_models]
        rows = metrics[metrics["stratum"] == stratum]
        is_complete = set(METRIC_NAMES) <= set(rows["metric"])
        if not is_complete or rows["metric"].duplicated().any():
            raise ValueError(
                f"{TASK} metrics of the {PREDICTOR} for stratum {stratum!r}:"
                f" {sorted(rows['metric'])}; expected one each of"
                f" {', '.join(METRIC_NAMES)}; there are the strata"
                f" {sorted(metrics['stratum'].unique())}"
            )
    rows = {row.metric: row for row in rows.itertuples(index=False)}
    name = stratum.replace("_", " ")
    lines = [f"{name} [95 % interval]"]
    if row := rows.get("spearman"):
        lines = [f"{name} [95 % interval, {row.n_blocks:,.0f} blocks]"]
    for metric, name in METRIC_NAMES.items():
        row = rows.get(metric)
        if row is None or np.isnan(row.value):
            lines.append(f"{name}: not defined")
            continue
        factor, unit = (100, " %") if metric == "sign_agreement" else (1, "")
        value, low, high = (
            factor * each for each in (row.value, row.ci_low, row.ci_high)
        )
        digits = decimals(high - low)
        interval = f"[{low:.{digits}f}, {high:.{digits}f}]"
        if np.isnan(high - low):
            interval = "(no interval)"
        lines.append(f"{name} {value:.{digits}f}{unit} {interval}")
        told = "" if np.isnan(row.p) else f"{_p_value(row.p)}, "
        n_eff = "" if np.isnan(row.n_eff) else f", n_eff = {row.n_eff:,.0f}"
        lines.append(f"  {told}n = {row.n:,.0f}{n_eff}")
    if row := rows.get("spearman"):
        lines.append(f"{row.n:,.0f} pairs of {row.n_variants:,.0f} unique variants")
        if row.n != n_drawn:
            log.warning("%d pairs are drawn, the metrics are of %d", n_drawn, row.n)
    return [line.replace("-", "−") for line in lines]


def decimals(width):
    """Return how many decimals an interval of this width deserves."""
    if not width > 0:
        return 3
    return int(np.clip(np.ceil(-np.log10(width / 2)) + 1, 1, 5))


def _p_value(p):
    if p >= 0.001:
        return f"p = {p:#.2g}"
    if p < 1e-300:
        return "p < 10⁻³⁰⁰"
    digits, exponent = f"{p:.1e}".split("e")
    return f"p = {digits}×10{str(int(exponent)).translate(_SUPERSCRIPTS)}"
