"""The pairs of a benchmark as an interactive page shows them.

An explorer holds a density of all pairs, and the pairs themselves as points and table
rows. If the page has little room, it holds only the leads and the smallest p values.
"""

import logging
from typing import NamedTuple

import numpy as np
import pandas as pd

from endobench.benchmark.matching import classify, positives_of
from endobench.benchmark.strata import is_lead
from endobench.core.columns import PAIRS
from endobench.core.tables import read_frame
from endobench.design.tasks import MAGNITUDE, UNSIGNED
from endobench.figures.labels import effect_label, score_label
from endobench.genome.gene_ids import genes_of, without_tissue
from endobench.genome.gtf import named
from endobench.report.charts import density_chart, points_chart
from endobench.report.packed import pack
from endobench.sources.formats import UNITS

log = logging.getLogger(__name__)

# Pairs of a benchmark that the page includes if it has no room for all.
FEWER = 20_000
# Cells of the density along each axis.
N_BINS = 48
# Columns of a point.
COLUMNS = (
    "variant",
    "feature",
    "gene",
    "effect",
    "score",
    "quantile",
    "p_value",
    "distance",
    "maf",
    "pip",
    "lead",
)
# Columns that are kept even if they hold no value.
_ALWAYS_KEPT = ["variant", "feature", "effect", "score", "lead"]
# Columns that are read from a table of pairs.
READ = [
    "variant_id",
    "source_id",
    "feature_id",
    "effect",
    "effect_se",
    "p_value",
    "maf",
    "distance",
    "pip",
    "q_value",
    "label",
    "unit",
    "quantile",
    "raw",
    "model",
    "scorer",
    "reduction",
]


class PairOptions(NamedTuple):
    """Which pairs of a benchmark are shown, and how.

    Attributes
    ----------
    task : str
        See `tasks`. For the magnitude and the unsigned task, absolute values are shown.
    classes : list
        As for `matching.classify`; if given, only positives are shown, and for the
        unsigned task positives and negatives.
    gene_names : pandas.Series or None
        Gene names by feature.
    """

    task: str
    classes: list | tuple = ()
    gene_names: pd.Series | None = None


class Explorer(NamedTuple):
    """The pairs of a benchmark, ready for a page.

    Attributes
    ----------
    name : str
        ``dataset, protocol``.
    id : str
        Suffix of the ids of its data in the page.
    n_pairs : int
        Pairs of the benchmark.
    n_held : int
        Pairs that the page holds: all, or the leads and the smallest p values.
    density, points : dict
        Vega-Lite.
    bins, rows : str
        Packed data of the density and of the points, see `packed.pack`.
    constants : dict of str to str
        Columns that a download adds to every row: dataset, protocol, model.
    path : str
        File with all pairs, relative to the page's folder.
    """

    name: str
    id: str
    n_pairs: int
    n_held: int
    density: dict
    points: dict
    bins: str
    rows: str
    constants: dict
    path: str


def explorers(keys, pairs_paths, options, room, most=None):
    """Make the explorers of benchmarks, as long as the page has room.

    Parameters
    ----------
    keys : list of (str, str)
        Datasets and protocols, in the order in which they take up room.
    pairs_paths : dict of (str, str) to path-like
        Tables in the columns of `columns.PAIRS`.
    options : dict of (str, str) to PairOptions
    room : html_tables.Room
    most : int, optional
        Pairs that each explorer holds at most; all by default, or `FEWER` where there
        is no room for all.

    Returns
    -------
    list of Explorer
    """
    found = []
    for key in keys:
        if room.is_full:
            log.warning("no room in the page for the pairs of %s, %s", *key)
            continue
        pairs = read_frame(pairs_paths[key], PAIRS, READ)
        if len(pairs) and (made := _explorer(key, pairs, options[key], room, most)):
            found.append(made)
    return found


def _explorer(key, pairs, options, room, most):
    """Make an explorer of a benchmark, or None without room for it."""
    head = pairs.iloc[0]
    unit, model = str(head["unit"]), str(head["model"])
    null = unit_null(unit)
    for n_most in (most, FEWER):
        points, n_pairs = points_of(pairs, options, null, n_most)
        rows = room.take(pack(points))
        if rows is not None:
            break
    else:
        return None
    all_points = points
    if len(points) < n_pairs:
        all_points, _ = points_of(pairs, options, null)
    bins = density_of(all_points)
    extent = extent_of(bins)
    scorer, reduction = str(head["scorer"]), str(head["reduction"])
    labels = (
        effect_label(unit, options.task),
        score_label(scorer, model, options.task, reduction),
    )
    dataset, protocol = key
    name = f"{dataset}, {protocol}"
    description = f"Density of {n_pairs:,} pairs of {name}"
    return Explorer(
        name=name,
        id=f"{dataset}.{protocol}",
        n_pairs=n_pairs,
        n_held=len(points),
        density=density_chart(*labels, description, extent),
        points=points_chart(*labels, f"Single pairs of {name}", points.columns, extent),
        bins=pack(bins),
        rows=rows,
        constants={"dataset": dataset, "protocol": protocol, "model": model},
        path=f"{dataset}/{protocol}/pairs.tsv.gz",
    )


def points_of(pairs, options, null=0.0, most=None):
    """Return the pairs that a benchmark's primary number rests on, leads first.

    Parameters
    ----------
    pairs : pandas.DataFrame
        In the columns of `columns.PAIRS`.
    options : PairOptions
    null : float
        Value of no effect: 0 for a slope, 0.5 for a Pi.
    most : int, optional
        Maximal number of rows: leads are kept first, then the smallest p values.

    Returns
    -------
    points : pandas.DataFrame
        In `COLUMNS`, without optional columns that hold no value.
    n_pairs : int
        Number of rows before `most` is applied.
    """
    pairs, numbers = numbers_of(pairs, options, null)
    feature = pairs["feature_id"].astype(object).reset_index(drop=True)
    # Introns, and genes in one of several tissues, have the name of their gene.
    genes = without_tissue(genes_of(feature))
    points = pd.DataFrame(
        {
            "variant": pairs["variant_id"].astype(str).to_numpy(),
            "feature": feature.to_numpy(),
            "gene": named(genes, options.gene_names),
            **{
                name: pairs[name].to_numpy(dtype=float)
                for name in ("quantile", "p_value", "distance", "maf", "pip")
            },
            **numbers,
        },
        columns=COLUMNS,
    )
    order = points.assign(rest=~points["lead"]).sort_values(
        ["rest", "p_value", "variant", "feature"], kind="stable"
    )
    n_pairs = len(points)
    points = points.loc[order.index[:most]].reset_index(drop=True)
    is_kept = points.notna().any() | points.columns.isin(_ALWAYS_KEPT)
    return points.loc[:, is_kept], n_pairs


def numbers_of(pairs, options, null=0.0):
    """Return the pairs that a benchmark's primary number rests on, and their numbers.

    Parameters
    ----------
    pairs, options, null
        As for `points_of`.

    Returns
    -------
    pairs : pandas.DataFrame
        Some rows of `pairs`, in their order.
    numbers : pandas.DataFrame
        ``effect`` and ``score`` of each, as a figure shows them, and whether it is a
        ``lead``.
    """
    task, classes = options.task, options.classes
    known = np.isfinite(pairs[["effect", "raw"]].astype(float)).all(axis=1)
    pairs = pairs[known.to_numpy()]
    if len(pairs) and classes:
        if task == UNSIGNED:
            pairs = pairs[~np.isnan(classify(pairs, *classes))]
        else:
            pairs = positives_of(pairs, classes)
    effect = pairs["effect"].to_numpy(dtype=float)
    score = pairs["raw"].to_numpy(dtype=float)
    if task == MAGNITUDE:
        effect = np.abs(effect - null)
    if task in (MAGNITUDE, UNSIGNED):
        score = np.abs(score)
    lead = is_lead(pairs, null) if len(pairs) else np.zeros(0, dtype=bool)
    return pairs, pd.DataFrame({"effect": effect, "score": score, "lead": lead})


def density_of(points, n_bins=N_BINS):
    """Count points on a grid whose extent ignores a few outliers.

    Parameters
    ----------
    points : pandas.DataFrame
        Columns ``effect`` and ``score``.
    n_bins : int
        Cells along each axis.

    Returns
    -------
    pandas.DataFrame
        ``effect_low, effect_high, score_low, score_high, n`` of every cell that holds a
        point; points beyond the grid are counted in the cells at its edge.
    """
    names = ["effect_low", "effect_high", "score_low", "score_high", "n"]
    if points.empty:
        return pd.DataFrame(columns=names)
    edges = [_edges(points[name].to_numpy(), n_bins) for name in ("effect", "score")]
    clipped = [
        np.clip(points[name], edge[0], edge[-1])
        for name, edge in zip(("effect", "score"), edges, strict=True)
    ]
    counts, *_ = np.histogram2d(*clipped, bins=edges)
    x, y = np.nonzero(counts)
    columns = (edges[0][x], edges[0][x + 1], edges[1][y], edges[1][y + 1])
    found = dict(zip(names, (*columns, counts[x, y].astype(int)), strict=True))
    return pd.DataFrame(found)


def extent_of(bins):
    """Return the ends of both axes of a density, ``{"effect": [low, high], ...}``."""
    if bins.empty:
        return {"effect": [-1.0, 1.0], "score": [-1.0, 1.0]}
    return {
        name: [float(bins[f"{name}_low"].min()), float(bins[f"{name}_high"].max())]
        for name in ("effect", "score")
    }


def unit_null(unit):
    """Return the null of effects in a unit, 0 for an unknown unit."""
    return UNITS[unit].null if unit in UNITS else 0.0


def _edges(values, n_bins):
    """Return the edges of bins over all values and zero, but not over far outliers."""
    low, high = np.quantile(values, (0.005, 0.995))
    reach = (high - low) / 2
    bottom = min(max(values.min(), low - reach), 0)
    top = max(min(values.max(), high + reach), 0)
    if bottom == top:
        bottom, top = bottom - 1, top + 1
    return np.linspace(bottom, top, n_bins + 1)
