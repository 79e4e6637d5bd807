"""What a reader may explore: the pairs of benchmarks, ready for a page."""

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
from endobench.genome.gtf import named
from endobench.report.charts import density_chart, points_chart
from endobench.report.packed import pack
from endobench.sources.formats import UNITS

log = logging.getLogger(__name__)

# Where there is no room for all pairs of a benchmark, so many stand for them.
FEWER = 20_000
_COLUMNS = [
    *("variant_id", "source_id", "feature_id", "effect", "p_value", "maf", "distance"),
    *("pip", "q_value", "label", "unit", "quantile", "raw", "model", "scorer"),
    "reduction",
]


class Explorer(NamedTuple):
    """A benchmark's pairs.

    Attributes
    ----------
    name : str
        ``dataset, protocol``.
    id : str
        Of its data within the page.
    n_whole : int
        Pairs of the benchmark.
    n_held : int
        Those that the page holds: all, or the leads and the smallest p values.
    density, points : dict
        Vega-Lite.
    bins, rows : str
        Packed, see `packed.pack`.
    constants : dict of str to str
        Whose pairs they are, for a download.
    path : str
        File of all pairs, from the page's folder.
    """

    name: str
    id: str
    n_whole: int
    n_held: int
    density: dict
    points: dict
    bins: str
    rows: str
    constants: dict
    path: str


def explorers(keys, inputs, tasks, classes, gene_names, room, most=None):
    """Return what may be explored, as long as the page has room.

    Parameters
    ----------
    keys : list of (str, str)
        Datasets and protocols.
    inputs : inputs.Inputs
    tasks : dict of (str, str) to str
    classes : dict of str to list
        By dataset.
    gene_names : pandas.Series or None
    room : shown.Room
    most : int, optional
        Pairs of each that are held, all by default.

    Returns
    -------
    list of Explorer
    """
    found = []
    for dataset, protocol in keys:
        if room.is_full:
            log.warning("no room in the page for pairs of %s, %s", dataset, protocol)
            continue
        pairs = read_frame(inputs.pairs[dataset, protocol], PAIRS, _COLUMNS)
        if pairs.empty:
            continue
        head, task = pairs.iloc[0], tasks[dataset, protocol]
        options = {
            "task": task,
            "null": unit_null(str(head["unit"])),
            "classes": classes.get(dataset, ()),
            "gene_names": gene_names,
        }
        for n_most in (most, FEWER):
            points, n_whole = cloud(pairs, most=n_most, **options)
            rows = room.take(pack(points))
            if rows is not None:
                break
        else:
            continue
        whole = points if len(points) == n_whole else cloud(pairs, **options)[0]
        labels = (
            effect_label(str(head["unit"]), task),
            score_label(
                str(head["scorer"]), str(head["model"]), task, str(head["reduction"])
            ),
        )
        name = f"{dataset}, {protocol}"
        found.append(
            Explorer(
                name,
                f"{dataset}.{protocol}",
                n_whole,
                len(points),
                density_chart(*labels, f"Density of {n_whole:,} pairs of {name}"),
                points_chart(*labels, f"Single pairs of {name}", points.columns),
                pack(density(whole)),
                rows,
                {"dataset": dataset, "protocol": protocol, "model": str(head["model"])},
                f"{dataset}/{protocol}/pairs.tsv.gz",
            )
        )
    return found


N_BINS = 48
COLUMNS = (
    *("variant", "feature", "gene", "effect", "score", "quantile", "p_value"),
    *("distance", "maf", "pip", "lead"),
)


def cloud(pairs, *, task, null=0.0, classes=(), gene_names=None, most=None):
    """Return the pairs that a benchmark's primary number is of, the surest first.

    Parameters
    ----------
    pairs : pandas.DataFrame
        In the columns of `columns.PAIRS`.
    task : str
        See `tasks`: of the magnitude and of the unsigned task sizes are shown.
    null : float
        The effect of an allele that does nothing.
    classes : list
        As for `matching.classify`; positives alone are shown, but for labels.
    gene_names : pandas.Series, optional
        Names by feature.
    most : int, optional
        No more rows than these: leads first, then by p value.

    Returns
    -------
    points : pandas.DataFrame
        In `COLUMNS`, without those of which nothing is known.
    n_whole : int
        Rows before `most`.
    """
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
    feature = pairs["feature_id"].astype(object).reset_index(drop=True)
    points = pd.DataFrame(
        {
            "variant": pairs["variant_id"].astype(str).to_numpy(),
            "feature": feature.to_numpy(),
            "gene": named(feature, gene_names),
            "effect": effect,
            "score": score,
            **{
                name: pairs[name].to_numpy(dtype=float)
                for name in ("quantile", "p_value", "distance", "maf", "pip")
            },
            "lead": is_lead(pairs, null) if len(pairs) else np.zeros(0, dtype=bool),
        },
        columns=COLUMNS,
    )
    order = points.assign(rest=~points["lead"]).sort_values(
        ["rest", "p_value", "variant", "feature"], kind="stable"
    )
    n_whole = len(points)
    points = points.loc[order.index[:most]].reset_index(drop=True)
    kept = ["variant", "feature", "effect", "score", "lead"]
    return points.loc[:, points.notna().any() | points.columns.isin(kept)], n_whole


def density(points, n_bins=N_BINS):
    """Count points on a grid that a few far ones do not stretch.

    Parameters
    ----------
    points : pandas.DataFrame
        Columns ``effect`` and ``score``.
    n_bins : int

    Returns
    -------
    pandas.DataFrame
        ``effect_low, effect_high, score_low, score_high, n`` of every cell that holds a
        point; those beyond the grid are counted in the cells at its edge.
    """
    names = ["effect_low", "effect_high", "score_low", "score_high", "n"]
    if points.empty:
        return pd.DataFrame(columns=names)
    edges = [_edges(points[name].to_numpy(), n_bins) for name in ("effect", "score")]
    counts, *_ = np.histogram2d(
        *(
            np.clip(points[name], edge[0], edge[-1])
            for name, edge in zip(("effect", "score"), edges, strict=True)
        ),
        bins=edges,
    )
    x, y = np.nonzero(counts)
    columns = (edges[0][x], edges[0][x + 1], edges[1][y], edges[1][y + 1])
    found = dict(zip(names, (*columns, counts[x, y].astype(int)), strict=True))
    return pd.DataFrame(found)


def unit_null(unit):
    """Return the null of effects of a unit, 0 where the unit is not known."""
    return UNITS[unit].null if unit in UNITS else 0.0


def _edges(values, n_bins):
    """Return the edges of bins: all values and zero, unless a few lie far beyond."""
    low, high = np.quantile(values, (0.005, 0.995))
    reach = (high - low) / 2
    bottom = min(max(values.min(), low - reach), 0)
    top = max(min(values.max(), high + reach), 0)
    if bottom == top:
        bottom, top = bottom - 1, top + 1
    return np.linspace(bottom, top, n_bins + 1)
