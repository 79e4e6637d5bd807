"""Frames to draw, and what a figure shows and says."""

import numpy as np
import pandas as pd
from endobench.core.columns import (
    CONCLUSIONS,
    LADDER,
    LOCI,
    LOCUS_TRACKS,
    METRICS,
    PAIRS,
    SWEEP,
    TRACK_METRICS,
    WATERFALL,
)
from endobench.core.columns import GATES as COLUMNS_OF_GATES
from endobench.design.conclusions import NO, YES
from endobench.design.gates import GATES
from endobench.figures.canvas import save
from endobench.figures.scatter import scatter
from endobench.figures.waterfall import waterfall_figure
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

REAL, STANDIN = "alphagenome/default/ab12", "standin/default/cd34"


def pairs_of(n, model=REAL, tail=30):
    random = np.random.default_rng(n)
    effect = random.standard_t(tail, n)
    frame = pd.DataFrame(
        {
            "variant_id": [f"chr1_{1 + i // 2}_A_G" for i in range(n)],
            "effect": effect,
            "raw": 0.1 * effect + random.standard_t(tail, n),
            "unit": "slope",
            "model": model,
            "track_set": "K562",
            "scorer": "DNASE-501-DIFF_LOG2_SUM",
            "window_bp": 16384,
        }
    )
    return frame.reindex(columns=PAIRS.names)


def metrics_of(n, model=REAL, stratum="all_pairs"):
    """Return metrics of the model, and other ones of a baseline and of another task."""
    rows = [
        ("spearman", -0.1234, -0.2234, -0.0217, 0.012),
        ("pearson", 0.25, 0.15, 0.35, 3e-7),
        ("sign_agreement", 0.735, 0.642, 0.813, 0.0),
        ("sign_auroc", 0.66, 0.55, 0.77, 0.004),
    ]
    names = ["metric", "value", "ci_low", "ci_high", "p"]
    asked = pd.DataFrame(rows, columns=names).assign(task="signed", predictor="model")
    others = [asked.assign(task="unsigned"), asked.assign(predictor="distance")]
    frame = pd.concat([asked, *(other.assign(value=9.0) for other in others)])
    frame = frame.assign(
        n=n,
        n_variants=n // 2,
        n_eff=n / 4,
        n_blocks=n // 5,
        stratum=stratum,
        model=model,
    )
    return frame.reindex(columns=METRICS.names)


def conclusion_of(why="", stratum="all_pairs"):
    """Return a conclusion that is reportable, unless a reason against it is given."""
    is_reportable = NO if why else YES
    row = {"stratum": stratum, "is_reportable": is_reportable}
    row["why"] = why or "no gate fails"
    return pd.DataFrame([row]).reindex(columns=CONCLUSIONS.names)


def gates_of(protocols=("corrected", "published"), names=None):
    """Return all gates of the workflow, or those named, with all kinds of verdicts."""
    stages = {gate.name: gate.stage for gate in GATES.values()}
    names = list(stages) if names is None else names
    kinds = [
        ("pass", 0.0125),
        ("warn", 0.0375),
        ("fail", 0.25),
        ("not_checked", np.nan),
    ]
    rows = [
        (protocol, stages.get(name, "effects"), name, *kinds[(i + j) % 4], protocol[0])
        for j, protocol in enumerate(protocols)
        for i, name in enumerate(names)
    ]
    columns = ["protocol", "stage", "gate", "verdict", "value", "is_enforced"]
    frame = pd.DataFrame(rows, columns=columns).assign(dataset="demo")
    frame = frame.assign(
        warn=0.025,
        fail=0.05,
        n=1000,
        evidence="one line",
        is_accepted=(frame["verdict"] == "fail") & (frame.index % 3 == 0),
        is_enforced=frame["is_enforced"] != "p",
    )
    return frame.reindex(columns=COLUMNS_OF_GATES.names)


def ladder_of(n_steps=9, model=REAL, name="step_{}", change="one change, {} in all"):
    """Return steps of which every second one raises the agreement."""
    step = np.arange(n_steps)
    value = 0.05 * ((step + 1) // 2) - 0.01
    difference = np.diff(value, prepend=np.nan)
    frame = pd.DataFrame({"step": step, "value": value, "difference": difference})
    frame = frame.assign(
        dataset="demo",
        name=[name.format(i) for i in step],
        change=[change.format(i) for i in step],
        ci_low=value - 0.02,
        ci_high=value + 0.02,
        difference_low=difference - 0.015,
        difference_high=difference + 0.015,
        n=10**6 - step,
        n_variants=500_000 - step,
        shared_difference=difference,
        # The steps between are not results.
        is_reportable=[YES if i in (0, n_steps - 1) else None for i in step],
        model=model,
    )
    frame = pd.concat([frame.assign(metric=each) for each in ("spearman", "pearson")])
    return frame.reindex(columns=LADDER.names)


def waterfall_of(n_reasons, model=REAL, name="reason_{}"):
    dropped = [10**i for i in np.arange(n_reasons) % 6]
    rows = [("input", "all rows", sum(dropped) + 7, 9)]
    rows += [(f"stage{i // 3}", name.format(i), n, 1) for i, n in enumerate(dropped)]
    rows += [("kept", "scored pairs", 7, 3)]
    frame = pd.DataFrame(rows, columns=["stage", "reason", "n_pairs", "n_variants"])
    return frame.assign(model=model).reindex(columns=WATERFALL.names)


def sweep_of(
    windows=(16384, 2048, 131072),
    track_sets=("K562", "blood_pc1"),
    protocols=("corrected", "published"),
    model=REAL,
    cutoffs=(0.5, 1, 10),
):
    """Return benchmarks whose agreement rises with the window and the effect size."""
    shares = {"lead_per_feature": 0.5, "all_pairs": 1}
    shares |= {f"effect_tertile_{i}": i / 3 for i in (1, 2, 3)}
    shares |= {f"effect_over_{cutoff:g}": 1 / (2 + cutoff) for cutoff in cutoffs}
    scorers = {"corrected": "DNASE-501-DIFF_LOG2_SUM", "published": "study-mean"}
    rows = []
    for protocol in protocols:
        scorer, is_first = scorers[protocol], True
        for window_bp in windows:
            for track_set in track_sets if protocol == "corrected" else ["all"]:
                name = f"{protocol}.{scorer}.{window_bp}bp.{track_set}"
                name = protocol if is_first else name
                is_first, place = False, len(rows) // len(shares)
                rows += [
                    (name, scorer, window_bp, track_set, stratum, share, place)
                    for stratum, share in shares.items()
                ]
    names = [
        "protocol",
        "scorer",
        "window_bp",
        "track_set",
        "stratum",
        "share",
        "place",
    ]
    frame = pd.DataFrame(rows, columns=names)
    value = frame["share"] * np.log2(frame["window_bp"]) / 40
    value = value.mask(frame["protocol"].str.startswith("published"), 0.01)
    n = (5000 * frame["share"]).astype(int) - frame["place"]
    # As in the table, strata by effect size are not compared.
    is_compared = frame["stratum"].isin(list(shares)[:2]) & (frame["place"] > 0)
    difference = (0.02 * frame["place"] - 0.05).where(is_compared)
    return frame.assign(
        dataset="demo",
        model=model,
        task="signed",
        metric="spearman",
        value=value,
        ci_low=value - 2 / np.sqrt(n),
        ci_high=value + 2 / np.sqrt(n),
        n=n,
        n_variants=n // 2,
        reference=pd.Series(protocols[0], frame.index).where(is_compared),
        difference=difference,
        difference_low=difference - 0.02,
        difference_high=difference + 0.02,
        difference_p_adjusted=(difference.abs() < 0.035)
        .astype(float)
        .where(is_compared),
        n_shared=(n - 1).where(is_compared),
    ).reindex(columns=SWEEP.names)


def ranking_of(n_tracks=30, n_own=2, model=REAL, biosample="cell {}"):
    """Return tracks whose agreement falls; the first ones are of the benchmark's set."""
    place = np.arange(n_tracks)
    value = 0.3 - 0.4 * place / n_tracks
    frame = pd.DataFrame(
        {"value": value, "ci_low": value - 0.1, "ci_high": value + 0.1}
    )
    p = np.where(np.abs(value) < 0.1, 0.5, 0.001)
    frame = frame.assign(
        dataset="demo",
        protocol="corrected",
        model=model,
        scorer="DNASE-501-DIFF_LOG2_SUM",
        window_bp=16384,
        task="signed",
        metric="spearman",
        track=[f"CL:{i:07} DNase-seq" for i in place],
        ontology_curie=[f"CL:{i:07}" for i in place],
        biosample=[biosample.format(i) for i in place],
        p=p,
        p_adjusted=p,
        n=5000,
        n_variants=4000,
        n_blocks=300,
        is_in_set=place < n_own,
        is_exploratory=True,
    )
    strata = ("lead_per_feature", "all_pairs")
    frame = pd.concat([frame.assign(stratum=stratum) for stratum in strata])
    return frame.reindex(columns=TRACK_METRICS.names)


def loci_of(variant_id="chr1_1001000_A_G_b38", datasets=("demo",), model=REAL, **more):
    """Return the rows of one variant, whose effect differs between datasets."""
    chrom, pos, ref, alt, _ = variant_id.split("_")
    place = np.arange(max(len(datasets), 1))
    frame = pd.DataFrame({"variant_id": variant_id, "chrom": chrom}, index=place)
    frame = frame.assign(
        pos=int(pos), ref=ref, alt=alt, why="top", figure=variant_id, model=model
    )
    frame = frame.assign(
        scorer="DNASE-501-DIFF_LOG2_SUM", window_bp=16384, track_set="K562"
    )
    if datasets:
        frame = frame.assign(
            dataset=list(datasets),
            feature_id="ENSG00000102145.15",
            effect=0.5 - place,
            effect_se=0.1,
            p_value=1e-9,
            score=-1.25,
            quantile=-0.99999,
        )
    return frame.assign(**more).reindex(columns=LOCI.names)


def locus_tracks_of(
    variant_id="chr1_1001000_A_G_b38",
    biosamples=("K562",),
    n_bins=2048,
    resolution_bp=1,
    change=0.5,
    model=REAL,
):
    """Return tracks with a peak at the variant, which ALT changes by a share."""
    chrom, pos, *_ = variant_id.split("_")
    start = int(pos) - n_bins * resolution_bp // 2
    x = np.linspace(-8, 8, n_bins)
    rows = []
    for allele, more in (("REF", 0), ("ALT", change)):
        for number, biosample in enumerate(biosamples):
            values = 0.2 + 0.1 * np.sin(9 * x) + (1 + more) * np.exp(-(x**2)) + number
            rows.append((allele, f"track {number}", biosample, values.astype("f4")))
    frame = pd.DataFrame(rows, columns=["allele", "track", "biosample", "values"])
    frame = frame.assign(
        variant_id=variant_id,
        chrom=chrom,
        start=start,
        resolution_bp=resolution_bp,
        model=model,
    )
    return frame.reindex(columns=LOCUS_TRACKS.names)


def exons_of(*genes):
    """Return two exons per gene (name, start, end, strand): a tenth at either end."""
    rows = []
    for name, start, end, strand in genes:
        width = (end - start) // 10
        for low in (start, end - width):
            rows.append(("chr1", low, low + width, strand, f"id of {name}", name))
    columns = ["chrom", "start", "end", "strand", "gene_id", "gene_name"]
    return pd.DataFrame(rows, columns=columns)


def marks(figure, *kinds):
    """Return the lines of a figure with one of these gids, in the order of drawing."""
    lines = [line for axes in figure.axes for line in axes.lines]
    return [line for line in lines if line.get_gid() in kinds]


def _lay_out(figure):
    """Place the texts of a figure, unless it has not changed since they were placed."""
    if not figure.stale:
        return
    if figure.legends or any(axes.get_axes_locator() for axes in figure.axes):
        figure.draw_without_rendering()
        return
    # Nothing else moves in a drawing, which takes twice as long.
    if not isinstance(figure.canvas, FigureCanvasAgg):
        FigureCanvasAgg(figure)
    renderer = figure.canvas.get_renderer()
    for axes in figure.axes:
        axes.apply_aspect()
        for axis in (axes.xaxis, axes.yaxis) if axes.axison else ():
            axis.get_tightbbox(renderer)
    figure.stale = False


def crowding(figure):
    """Return the texts of a figure that are cut off, and pairs of texts that overlap."""
    _lay_out(figure)
    texts = [*figure.texts, *(text for axes in figure.axes for text in axes.texts)]
    texts += [text for legend in figure.legends for text in legend.get_texts()]
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis) if axes.axison else ():
            low, high = sorted(axis.get_view_interval())
            labels = axis.get_ticklabels()
            # Axes that share the axis below them have ticks without labels.
            places = axis.get_ticklocs() if labels else []
            ticks = zip(labels, places, strict=True)
            texts += [axis.label]
            texts += [text for text, place in ticks if low <= place <= high]
    texts = [text for text in texts if text.get_text().strip()]
    names = [text.get_text() for text in texts]
    boxes = [text.get_window_extent().extents for text in texts]
    low, high = np.hsplit(np.reshape(boxes, (-1, 4)), 2)
    whole = figure.bbox
    is_inside = ((low >= whole.min) & (high <= whole.max)).all(axis=1)
    shared = np.minimum(high[:, None], high) - np.maximum(low[:, None], low)
    overlaps = np.argwhere(np.triu((shared > 1).all(axis=2), 1))
    found = [names[place] for place in np.flatnonzero(~is_inside)]
    return found + [(names[one], names[other]) for one, other in overlaps]


def words(figure):
    """Return all texts of a figure, but for those of ticks; see `ticks_of`."""
    return "\n".join(each for each in map(Text.get_text, texts_of(figure)) if each)


def texts_of(artist):
    """Yield the texts of an artist. To make its ticks takes as long as all the others."""
    for child in artist.get_children():
        if isinstance(child, Text):
            yield child
        elif not isinstance(child, Axis):
            yield from texts_of(child)
        elif child.axes.axison:
            yield child.label


def ticks_of(figure):
    """Return the texts of the ticks of a figure."""
    axes = [each for each in figure.axes if each.axison]
    both = [axis for each in axes for axis in (each.xaxis, each.yaxis)]
    return [text.get_text() for axis in both for text in axis.get_ticklabels()]


def bytes_of(figure, folder):
    """Return the bytes of the files of a figure, in both formats."""
    paths = folder / "figure.png", folder / "figure.pdf"
    save(figure, *paths)
    return [path.read_bytes() for path in paths]


def draw_scatter(path, model=REAL, **options):
    options = {"strata": ("all_pairs",)} | options
    scatter(pairs_of(80, model), metrics_of(80, model), path, **options)


def draw_waterfall(path, model=REAL, **options):
    save(waterfall_figure(waterfall_of(4, model), **options), path)
