"""Rows below the tracks of a locus: its peaks and its genes."""

from typing import NamedTuple

import pandas as pd

from endobench.figures import palette
from endobench.figures.canvas import STYLE
from endobench.figures.text import text_width
from endobench.genome.gene_ids import without_versions
from endobench.model.alphagenome_client import plot_components

_ROW_IN, _TEXT = 0.24, 6.5
_MOST_LANES = 4
_ARROWS = {"+": " →", "-": " ←"}


class _Row(plot_components.AbstractComponent):
    """A row with its name to the left, and a text where it is empty."""

    def __init__(self, name, n_lanes=1):
        self._name = name
        self._n_lanes = n_lanes

    @property
    def num_axes(self):
        return 1

    def get_ax_height(self, axis_index):
        return _ROW_IN * self._n_lanes

    def plot_ax(self, ax, axis_index, interval):
        ax.set(xlim=(interval.start, interval.end), ylim=(self._n_lanes, 0))
        ax.set_yticks([])
        ax.spines["left"].set_visible(False)
        ax.text(
            -0.012,
            0.5,
            self._name,
            transform=ax.transAxes,
            ha="right",
            va="center",
            fontsize=8,
        )
        if nothing := self._draw(ax, interval):
            ax.text(
                0.005,
                0.5,
                nothing,
                transform=ax.transAxes,
                va="center",
                fontsize=_TEXT,
                color=palette.FAINT,
                gid="nothing",
            )


class PeakRow(_Row):
    """The peaks of a dataset.

    Parameters
    ----------
    peaks : pandas.DataFrame
        ``chrom, start, end``, 0-based half-open.
    """

    def __init__(self, peaks):
        super().__init__("peaks")
        self._peaks = peaks

    def _draw(self, ax, interval):
        peaks = self._peaks
        is_here = (
            (peaks["chrom"].astype(str) == interval.chromosome)
            & (peaks["start"] < interval.end)
            & (peaks["end"] > interval.start)
        )
        here = peaks[is_here]
        bars = [(row.start, row.end - row.start) for row in here.itertuples()]
        ax.broken_barh(
            bars, (0.25, 0.5), color=palette.REGION, linewidth=0, gid="peaks"
        )
        return "" if bars else "no peak here"


class GeneRow(_Row):
    """Genes by name, in up to four lanes so that they do not overlap.

    Parameters
    ----------
    exons : pandas.DataFrame
        See `gtf.read_exons`.
    interval : alphagenome.data.genome.Interval
        The interval that is drawn.
    width_in : float
        Its width in the figure, in inches.
    own_gene : str, optional
        Id of the gene whose score is drawn, without version: it comes first and in its own
        colour.
    """

    def __init__(self, exons, interval, width_in, own_gene=None):
        exons = exons[exons["chrom"].astype(str) == interval.chromosome]
        self._exons = exons.groupby("gene_id", sort=False)
        spans = self._exons.agg(
            start=("start", "min"),
            end=("end", "max"),
            strand=("strand", "first"),
            name=("gene_name", "first"),
        )
        is_here = (spans["start"] < interval.end) & (spans["end"] > interval.start)
        self._elsewhere = spans[~is_here]
        here = spans[is_here].sort_values(["start", "end"])
        self._is_own = dict(
            zip(here.index, without_versions(here.index) == own_gene, strict=True)
        )
        is_own = here.index.map(self._is_own).astype(bool)
        bp_per_in = interval.width / width_in
        # Lanes are taken from the left, so the own gene has one of its own.
        first = _drawn(here[is_own], interval, bp_per_in)
        others = _drawn(here[~is_own], interval, bp_per_in)
        n_first = max((gene.lane + 1 for gene in first), default=0)
        self._genes = [
            *first,
            *(gene._replace(lane=gene.lane + n_first) for gene in others),
        ]
        self._n_more = sum(gene.lane >= _MOST_LANES for gene in self._genes)
        n_lanes = max((gene.lane + 1 for gene in self._genes), default=1)
        super().__init__("genes", min(n_lanes, _MOST_LANES) + bool(self._n_more))

    def _draw(self, ax, interval):
        for gene in self._genes:
            if gene.lane >= _MOST_LANES:
                continue
            y = gene.lane + 0.5
            is_own = self._is_own[gene.gene_id]
            color = palette.OWN_GENE if is_own else palette.REGION
            ax.plot(
                [gene.start, gene.end],
                [y, y],
                color=color,
                linewidth=0.7,
                solid_capstyle="butt",
                gid="gene",
            )
            exons = self._exons.get_group(gene.gene_id)
            bars = [
                (max(exon.start, gene.start), exon.end - max(exon.start, gene.start))
                for exon in exons.itertuples()
                if exon.end > gene.start
            ]
            ax.broken_barh(bars, (y - 0.2, 0.4), color=color, linewidth=0)
            ax.text(
                gene.label_at,
                y,
                gene.label,
                ha=gene.label_ends,
                va="center",
                fontsize=_TEXT,
                color=color,
                gid="own gene name" if is_own else "gene name",
            )
        if self._n_more:
            return self._more(ax)
        return "" if self._genes else self._nearest(interval)

    def _more(self, ax):
        noun = "gene" if self._n_more == 1 else "genes"
        ax.text(
            0.005,
            self._n_lanes - 0.5,
            f"… and {self._n_more} more {noun}",
            transform=ax.get_yaxis_transform(),
            va="center",
            fontsize=_TEXT,
            color=palette.FAINT,
        )
        return ""

    def _nearest(self, interval):
        """Return which gene is nearest, for a locus without genes."""
        distances = {
            gene: max(gene.start - interval.end, interval.start - gene.end)
            for gene in self._elsewhere.itertuples()
        }
        if not distances:
            return "no gene here or nearby"
        gene = min(distances, key=distances.get)
        side = "right" if gene.start >= interval.end else "left"
        away = f"{distances[gene]:,} bp to the {side}"
        return f"no gene here; nearest: {_short(gene.name)}, {away}"


def exons_of_gene(exons, row):
    """Return the exons of a locus' own gene, none without one.

    Parameters
    ----------
    exons : pandas.DataFrame or None
        See `gtf.read_exons`.
    row : pandas.Series
        In the columns of `columns.LOCI`.

    Returns
    -------
    pandas.DataFrame
        ``start`` and ``end``.
    """
    if exons is None or pd.isna(row["gene_id"]):
        return pd.DataFrame(columns=["start", "end"])
    is_own = without_versions(exons["gene_id"]) == row["gene_id"]
    is_own &= (exons["chrom"].astype(str) == row["chrom"]).to_numpy()
    return exons.loc[is_own, ["start", "end"]]


def _short(name):
    name = str(name)
    return name if len(name) <= 30 else f"{name[:29]}…"


class _DrawnGene(NamedTuple):
    """A gene as it is drawn.

    Attributes
    ----------
    gene_id : str
    lane : int
        From the top, from 0.
    start, end : float
        Ends of its line, in bp.
    label : str
        Its name and strand.
    label_at : float
        Position of the label, in bp.
    label_ends : {"left", "right"}
        The end of the label that is at this position.
    """

    gene_id: str
    lane: int
    start: float
    end: float
    label: str
    label_at: float
    label_ends: str


def _drawn(genes, interval, bp_per_in):
    """Assign each gene a lane in which neither it nor its name overlaps another gene."""
    found, taken_to = [], []
    for gene in genes.itertuples():
        label = f" {_short(gene.name)}{_ARROWS.get(gene.strand, '')} "
        width_bp = text_width([label]) * _TEXT / STYLE["font.size"] * bp_per_in
        start, end = max(gene.start, interval.start), min(gene.end, interval.end)
        low, high, at, ends = start - width_bp, end, start, "right"
        if low < interval.start:
            low, high, at, ends = start, end + width_bp, end, "left"
        if high > interval.end:
            # Without room on either side, the name replaces the start of the gene.
            low, high, at, ends = interval.start, interval.end, interval.start, "left"
            start = min(interval.start + width_bp, end)
        lane = next((i for i, there in enumerate(taken_to) if there <= low), None)
        lane = len(taken_to) if lane is None else lane
        taken_to[lane : lane + 1] = [high]
        found.append(_DrawnGene(gene.Index, lane, start, end, label, at, ends))
    return found
