"""A locus: tracks predicted for REF and ALT around a variant, with peaks and genes.

The panels are those of `alphagenome.visualization.plot_components`.
"""

import logging
import pathlib

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.ticker import FuncFormatter, MaxNLocator

from endobench.design.scorers import SITE_OUTPUTS, output_of
from endobench.figures import palette
from endobench.figures.canvas import WIDTH_IN, models_of, save, style, write_title
from endobench.figures.text import TEXT, shortened
from endobench.genome.bed import read_bed
from endobench.genome.gtf import gene_names, read_exons
from endobench.loci.choose import locus_names
from endobench.loci.figure_rows import GeneRow, PeakRow, exons_of_gene
from endobench.loci.figure_text import heads_of, source_of, title_of
from endobench.model.alphagenome_client import genome, plot_components, track_data

log = logging.getLogger(__name__)

# No screen is needed, whatever the user's matplotlibrc.
plt.switch_backend("agg")

_LEFT_IN, _RIGHT_IN = 0.9, 0.4
_PAIR_IN, _CHANGE_IN, _GAP_IN, _NAME_IN = 1.15, 0.6, 0.14, 0.26
_AXIS_IN, _LINE_IN, _LEGEND_IN = 0.45, 0.14, 1.3
# Right end of the y axes' labels, as a fraction of the axes' width.
_LABEL = -0.4 / (WIDTH_IN - _LEFT_IN - _RIGHT_IN)
# REF lies behind ALT: pale and broad behind dark and thin. In points.
_REF_WIDTH, _ALT_WIDTH, _SITE_WIDTH = 2.2, 0.8, 1.2
# What the model's values are called, if they are no signal of an assay.
_VALUES = {
    "SPLICE_SITES": "probability of\na splice site",
    "SPLICE_SITE_USAGE": "usage of\na splice site",
}


def draw_loci(folder, loci, tracks, peaks, genes_path=None, assembly="GRCh38"):
    """Write the figure of every locus that has tracks, as PNG and as PDF.

    Parameters
    ----------
    folder : path-like
        Where the files go; the column ``figure`` names them.
    loci : pandas.DataFrame
        In the columns of `columns.LOCI`.
    tracks : pandas.DataFrame
        In the columns of `columns.LOCUS_TRACKS`.
    peaks : dict of str to path-like
        BED file of each dataset that has peaks. A variant is drawn with the peaks of the
        datasets that hold it, or with all peaks if none does.
    genes_path : path-like, optional
        GTF file.
    assembly : str
        Build of the coordinates.
    """
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    beds = {dataset: read_bed(path) for dataset, path in peaks.items()}
    drawn = loci[loci["figure"].notna()]
    drawn = drawn.assign(locus=locus_names(drawn))
    tracks = tracks.assign(locus=locus_names(tracks))
    tracks = tracks[tracks["locus"].isin(drawn["locus"])]
    names = exons = None
    if genes_path is not None:
        names = gene_names(genes_path)
        regions = sorted(map(_region, tracks.itertuples()))
        also = pd.concat([drawn["feature_id"], drawn["gene_id"]]).dropna().astype(str)
        exons = read_exons(genes_path, regions, also)
    for locus, rows in drawn.groupby("locus", sort=False):
        held = [beds[each] for each in rows["dataset"] if each in beds]
        held = held or ([] if rows["dataset"].notna().any() else list(beds.values()))
        figure = locus_figure(
            tracks[tracks["locus"] == locus],
            rows,
            pd.concat(held) if held else None,
            exons,
            names,
            assembly,
        )
        for suffix in (".png", ".pdf"):
            save(figure, folder / f"{rows['figure'].iloc[0]}{suffix}")
    log.info("drew %d loci", drawn["locus"].nunique())


def _region(track):
    span = _interval(track)
    return span.chromosome, span.start, span.end


def locus_figure(tracks, rows, peaks=None, exons=None, names=None, assembly="GRCh38"):
    """Draw the tracks of both alleles around one variant, and their difference.

    If the scores are of a gene, its exons are shaded along the tracks.

    Parameters
    ----------
    tracks : pandas.DataFrame
        Of one locus, in the columns of `columns.LOCUS_TRACKS`.
    rows : pandas.DataFrame
        Of the same locus, in the columns of `columns.LOCI`; the first is in the title.
    peaks : pandas.DataFrame, optional
        ``chrom, start, end``, 0-based half-open. Without it there is no row of peaks.
    exons : pandas.DataFrame, optional
        See `gtf.read_exons`. Without it there is no row of genes.
    names : pandas.Series, optional
        See `gtf.gene_names`.
    assembly : str
        Build of the coordinates.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If the frames are not of the same single variant, or an allele is missing.
    """
    _check(tracks, rows)
    variant = rows.iloc[0]
    ref, alt = (tracks[tracks["allele"] == each] for each in ("REF", "ALT"))
    pairs = list(zip(ref.itertuples(), alt.itertuples(), strict=True))
    span = _interval(pairs[0][0])
    with style():
        heads = heads_of(rows, names, WIDTH_IN - 0.3)
        title = title_of(variant, names, exons, span)
        panels = [_PAIR_IN, _CHANGE_IN] * len(pairs)
        output = output_of(variant["scorer"])
        components = [each for pair in pairs for each in _panels(*pair, output)]
        annotations = []
        if peaks is not None:
            annotations.append(PeakRow(peaks))
        own = exons_of_gene(exons, variant)
        if exons is not None:
            width_in = WIDTH_IN - _LEFT_IN - _RIGHT_IN
            annotations.append(GeneRow(exons, span, width_in, variant["gene_id"]))
        panels += [each.total_height for each in annotations]
        above = [_NAME_IN, _GAP_IN] * len(pairs) + [_GAP_IN] * len(annotations)
        heads_in = _LINE_IN * len(heads) + 0.1
        source = source_of(variant, tracks, WIDTH_IN - 0.3)
        below_in = _AXIS_IN + _LINE_IN * len(source) + 0.05
        height_in = sum(panels) + sum(above) + below_in + heads_in
        figure = plot_components.plot(
            [*components, *annotations],
            interval=span,
            fig_width=WIDTH_IN,
            annotations=[
                plot_components.VariantAnnotation(
                    [_variant(variant)],
                    palette.VARIANT,
                    use_default_labels=False,
                )
            ],
            hspace=0,
            xlabel=f"position on {span.chromosome} (bp, {assembly})",
        )
        # pyplot forgets the figure, which stays usable.
        plt.close(figure)
        whole_in = write_title(
            figure, WIDTH_IN, height_in, title, models_of(tracks, rows)
        )
        _place(figure, height_in - heads_in, whole_in, above, panels)
        _dress(figure.axes, pairs, output)
        _shade(figure.axes[: 2 * len(pairs)], own, span)
        _write_lines(figure, heads, height_in - 0.05, whole_in)
        _write_lines(figure, source, _LINE_IN * len(source) + 0.03, whole_in)
        log.info("%s: drew %d tracks", variant["variant_id"], len(pairs))
        return figure


def _check(tracks, rows):
    variants = {*tracks["variant_id"], *rows["variant_id"]}
    if len(variants) != 1:
        raise ValueError(
            f"tracks and rows of variants {sorted(variants)}; expected one variant"
        )
    counts = tracks["allele"].value_counts().to_dict()
    if set(counts) != {"REF", "ALT"} or len(set(counts.values())) != 1:
        raise ValueError(
            f"numbers of tracks by allele: {counts}; expected as many of REF as of ALT"
        )


def _variant(row):
    return genome.Variant(row["chrom"], int(row["pos"]), row["ref"], row["alt"])


def _interval(track):
    end = track.start + track.resolution_bp * len(track.values)
    return genome.Interval(track.chrom, int(track.start), int(end))


def _panels(ref, alt, output):
    """Return the panels of one track: both alleles, and ALT minus REF."""
    # An area of a single base would not be seen.
    outline = _SITE_WIDTH if output in SITE_OUTPUTS else 0
    pair = {"REF": _data(ref, ref.values), "ALT": _data(alt, alt.values)}
    change = np.subtract(alt.values, ref.values)
    return [
        plot_components.OverlaidTracks(
            pair,
            colors={"REF": palette.REF, "ALT": palette.ALT},
            alpha=1,
            order_tdata_by_mean=False,
            global_ylims=_limits(ref.values, alt.values),
            ylabel_template="",
            legend_loc=None,
            track_height=_PAIR_IN,
        ),
        plot_components.Tracks(
            _data(alt, change),
            filled=True,
            shared_y_scale=True,
            global_ylims=_limits(change),
            ylabel_template="",
            track_colors=palette.CHANGE,
            track_height=_CHANGE_IN,
            linewidth=outline,
        ),
    ]


def _data(track, values):
    values = np.asarray(values, dtype=np.float32)[:, None]
    metadata = pd.DataFrame({"name": [str(track.track)], "strand": ["."]})
    return track_data.TrackData(
        values, metadata, int(track.resolution_bp), _interval(track)
    )


def _limits(*values):
    """Return axis limits that include some values and 0, and differ from each other."""
    low = min(0.0, *(float(np.nanmin(each)) for each in values))
    high = max(0.0, *(float(np.nanmax(each)) for each in values))
    if low == high:
        return -1.0, 1.0
    room = 0.06 * (high - low)
    return (low - room if low < 0 else low), (high + room if high > 0 else high)


def _place(figure, top_in, whole_in, above, panels):
    """Arrange the panels from top to bottom, in inches."""
    width = (WIDTH_IN - _LEFT_IN - _RIGHT_IN) / WIDTH_IN
    for axes, gap_in, panel_in in zip(figure.axes, above, panels, strict=True):
        top_in -= gap_in + panel_in
        axes.set_position(
            (_LEFT_IN / WIDTH_IN, top_in / whole_in, width, panel_in / whole_in)
        )


def _dress(every_axes, pairs, output):
    """Label tracks, axes and lines."""
    for place, (ref, _) in enumerate(pairs):
        both, change = every_axes[2 * place : 2 * place + 2]
        lines = dict(zip(("REF", "ALT"), both.lines, strict=True))
        for (allele, line), width in zip(
            lines.items(), (_REF_WIDTH, _ALT_WIDTH), strict=True
        ):
            line.set(linewidth=width, gid=allele)
        # Means of neighbouring bases have the unit of these.
        is_by_base = ref.resolution_bp == 1 or not output.startswith("CHIP_")
        unit = "bp" if is_by_base else f"{ref.resolution_bp} bp"
        both.set_ylabel(_VALUES.get(output, f"{output} signal\nper {unit}"))
        change.set_ylabel("ALT minus\nREF")
        change.axhline(0, color=palette.INK, linewidth=0.5, zorder=0.5)
        if output in SITE_OUTPUTS:
            # The line of the variant would hide the change of a site beside it.
            change.collections[0].set_zorder(3)
        for axes in (both, change):
            axes.spines["bottom"].set_visible(False)
            axes.yaxis.set_major_locator(MaxNLocator(3))
            axes.yaxis.set_label_coords(_LABEL, 0.5)
        both.text(
            0,
            1.03,
            _named(ref),
            transform=both.transAxes,
            va="bottom",
            fontsize=TEXT,
            gid="track",
        )
        if place == 0:
            both.legend(
                lines.values(),
                lines,
                loc="lower right",
                bbox_to_anchor=(1, 0.97),
                ncols=2,
                frameon=False,
                fontsize=TEXT,
            )
    last = every_axes[-1]
    last.spines["bottom"].set_visible(True)
    last.xaxis.set_major_locator(MaxNLocator(5))
    last.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))


def _shade(every_axes, exons, span):
    """Shade the exons of the scored gene behind the tracks."""
    inside = exons[(exons["start"] < span.end) & (exons["end"] > span.start)]
    bars = [
        (
            max(exon.start, span.start),
            min(exon.end, span.end) - max(exon.start, span.start),
        )
        for exon in inside.itertuples()
    ]
    for axes in every_axes if bars else ():
        axes.broken_barh(
            bars,
            (0, 1),
            transform=axes.get_xaxis_transform(),
            color=palette.OWN_EXONS,
            linewidth=0,
            zorder=0,
            gid="exons",
        )


def _named(track):
    """Return the biosample and the name of a track, cut to leave room for the legend."""
    names = [str(each) for each in (track.biosample, track.track) if pd.notna(each)]
    width_in = WIDTH_IN - _LEFT_IN - _RIGHT_IN - _LEGEND_IN
    return shortened(", ".join(dict.fromkeys(names)), width_in)


def _write_lines(figure, lines, top_in, whole_in):
    for number, line in enumerate(lines):
        figure.text(
            0.12 / WIDTH_IN,
            (top_in - _LINE_IN * number) / whole_in,
            line,
            va="top",
            fontsize=TEXT,
            color=palette.FAINT,
            gid="line",
        )
