"""What a reader may explore: the pairs of benchmarks, ready for a page."""

import logging
from typing import NamedTuple

from endobench.charts import density_chart, points_chart
from endobench.columns import PAIRS
from endobench.packed import pack
from endobench.point_cloud import cloud, density, unit_null
from endobench.scatter import effect_label, score_label
from endobench.tables import read_frame

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


def explorers(keys, material, tasks, classes, gene_names, room, most=None):
    """Return what may be explored, as long as the page has room.

    Parameters
    ----------
    keys : list of (str, str)
        Datasets and protocols.
    material : material.Material
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
        pairs = read_frame(material.pairs[dataset, protocol], PAIRS, _COLUMNS)
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
