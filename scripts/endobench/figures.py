"""Figures: functions that take a frame and a path.

A path's suffix decides between PNG (300 dpi) and PDF (fonts embedded as TrueType). The
same frame gives the same bytes.
"""

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LogNorm
from matplotlib.ticker import FuncFormatter
from matplotlib.transforms import ScaledTranslation

from endobench.files import atomic_path

STYLE = {
    "font.family": "DejaVu Sans",
    "font.size": 8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 9,
    "axes.titlelocation": "left",
    "pdf.fonttype": 42,
    "savefig.dpi": 300,
    "text.parse_math": False,
}
# Okabe and Ito's colours, told apart by the colour-blind and in grey.
KEPT = "#0072B2"
DROPPED = "#E69F00"
INK = "#333333"
SCATTER_LIMIT = 2_000

_COUNTS = FuncFormatter(lambda value, _: f"{value:,.0f}")

METRIC_NAMES = {
    "spearman": "Spearman",
    "pearson": "Pearson",
    "sign_agreement": "same sign",
}
UNITS = {
    "slope": "slope, s.d. of expression per allele",
    "p_value": "the p value, as the study took it",
    "dsQTL beta": "beta",
}


def _save(figure, path):
    with atomic_path(path) as temporary:
        metadata = {"CreationDate": None} if temporary.suffix == ".pdf" else None
        figure.savefig(temporary, metadata=metadata)
    plt.close(figure)


def _stamp(figure, models):
    """Say on a figure that its numbers are a stand-in's."""
    if any(str(model).startswith("standin") for model in models):
        figure.text(
            *(1, 1, "STAND-IN MODEL, NOT ALPHAGENOME"),
            transform=figure.transFigure
            + ScaledTranslation(-5 / 72, -5 / 72, figure.dpi_scale_trans),
            ha="right",
            va="top",
            fontsize=7,
            fontweight="bold",
            color="white",
            bbox={"facecolor": "#B00020", "edgecolor": "none", "pad": 2.5},
        )


def _numbers(metrics, stratum):
    """Return the lines of text that a scatter shows of its metrics."""
    rows = metrics[metrics["stratum"] == stratum].set_index("metric")
    lines = []
    for metric, label in METRIC_NAMES.items():
        row = rows.loc[metric]
        if np.isnan(row["value"]):
            lines.append(f"{label}: not defined")
            continue
        lines.append(
            f"{label} {row['value']:.3f} [{row['ci_low']:.3f}, {row['ci_high']:.3f}]"
            f"  p = {row['p']:.2g}"
        )
    row = rows.iloc[0]
    lines.append(f"{row['n']:,} pairs, {row['n_variants']:,} variants")
    return "\n".join(lines)


def scatter_figure(pairs, metrics, title, stratum="all_pairs"):
    """Draw measured effects against predicted ones, with the numbers in the figure.

    Parameters
    ----------
    pairs : pandas.DataFrame
        In the columns of `columns.PAIRS`.
    metrics : pandas.DataFrame
        In the columns of `columns.METRICS`.
    title : str
    stratum : str
        Whose numbers are written.

    Returns
    -------
    matplotlib.figure.Figure
    """
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(figsize=(4.8, 4.8), layout="constrained")
        figure.get_layout_engine().set(rect=(0, 0, 1, 0.95))
        text = f"{title}\n{_numbers(metrics, stratum)}"
        shown = pairs[np.isfinite(pairs["effect"]) & np.isfinite(pairs["raw"])]
        if shown.empty:
            axes.text(0.5, 0.5, "no pairs", ha="center", transform=axes.transAxes)
            axes.set_title(title)
            return figure
        first = shown.iloc[0]
        effect, score = shown["effect"].to_numpy(), shown["raw"].to_numpy()
        for line in (axes.axhline, axes.axvline):
            line(0, color=INK, linewidth=0.5, zorder=0)
        if len(shown) <= SCATTER_LIMIT:
            axes.scatter(effect, score, s=6, color=KEPT, alpha=0.5, linewidths=0)
        else:
            hexes = axes.hexbin(
                *(effect, score),
                gridsize=60,
                mincnt=1,
                cmap="cividis",
                norm=LogNorm(),
                linewidths=0.1,
            )
            figure.colorbar(hexes, label="pairs", shrink=0.6, aspect=30, format=_COUNTS)
        # A few extreme scores must not press all others onto the axis.
        limit = np.quantile(np.abs(score), 0.999) * 1.15
        n_beyond = int((np.abs(score) > limit).sum())
        if n_beyond:
            axes.set_ylim(-limit, limit)
        unit = UNITS.get(str(first["unit"]), str(first["unit"]))
        axes.set_xlabel(f"measured effect, ALT minus REF\n({unit})")
        what = f"{first['scorer']}, {first['track_set']}, {first['window_bp']:,} bp"
        if str(first["scorer"]) == "table":
            what = str(first["model"])
        axes.set_ylabel(f"predicted effect, ALT minus REF\n({what})")
        if n_beyond:
            text += f"; beyond the axis: {n_beyond}"
        axes.set_title(text, fontsize=7.5, linespacing=1.5)
        _stamp(figure, shown["model"].astype(str).unique())
        return figure


def scatter(pairs, metrics, path, title, stratum="all_pairs"):
    """Write `scatter_figure` to a path."""
    with plt.rc_context(STYLE):
        _save(scatter_figure(pairs, metrics, title, stratum), path)


def waterfall_figure(waterfall, title):
    """Draw what each stage dropped, from all rows of the source to the scored pairs.

    Parameters
    ----------
    waterfall : pandas.DataFrame
        In the columns of `columns.WATERFALL`, of one dataset and protocol.
    title : str

    Returns
    -------
    matplotlib.figure.Figure
    """
    with plt.rc_context(STYLE):
        n_rows = len(waterfall)
        figure, axes = plt.subplots(
            figsize=(6.4, 1.1 + 0.27 * n_rows), layout="constrained"
        )
        figure.get_layout_engine().set(rect=(0, 0, 1, 1 - 0.22 / (1.1 + 0.27 * n_rows)))
        axes.set_title(title)
        total = max(int(waterfall["n_pairs"].iloc[0]), 1)
        left = total
        labels = []
        for place, row in enumerate(waterfall.itertuples(index=False)):
            n_pairs = int(row.n_pairs)
            is_whole = row.stage in ("input", "kept")
            left = left if is_whole else left - n_pairs
            start = 0 if is_whole else left
            color, hatch = (KEPT, None) if is_whole else (DROPPED, "////")
            axes.barh(
                *(place, n_pairs),
                left=start,
                color=color,
                hatch=hatch,
                edgecolor="white",
                linewidth=0,
                height=0.72,
            )
            sign = "" if is_whole else "-"
            axes.annotate(
                f"{sign}{n_pairs:,} ({n_pairs / total:.1%})",
                (start + n_pairs, place),
                xytext=(3, 0),
                textcoords="offset points",
                va="center",
                fontsize=7,
            )
            reason = str(row.reason).replace("_", " ")
            labels.append(reason if is_whole else f"{row.stage}: {reason}")
        axes.set_yticks(range(n_rows), labels)
        axes.invert_yaxis()
        axes.set_xlim(0, total * 1.22)
        axes.xaxis.set_major_formatter(_COUNTS)
        axes.set_xlabel("variant-feature pairs")
        _stamp(figure, waterfall["model"].unique())
        return figure


def waterfall(counts, path, title):
    """Write `waterfall_figure` to a path."""
    with plt.rc_context(STYLE):
        _save(waterfall_figure(counts, title), path)
