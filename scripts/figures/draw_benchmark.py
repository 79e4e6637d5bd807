"""Draw every figure of a benchmark."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from endobench.core import columns
from endobench.core.logs import door
from endobench.core.tables import read_frame, read_tsv
from endobench.figures import baselines, curves, precision_recall, scatter, strata
from endobench.figures.canvas import save
from endobench.figures.parts import parts_figure
from endobench.figures.waterfall import waterfall_figure


def figures_of(source, params, name):
    """Yield the name of each figure, and the figure."""
    pairs = read_frame(source.pairs, columns.PAIRS)
    metrics = read_tsv(source.metrics, columns.METRICS)
    end = read_tsv(source.conclusion, columns.CONCLUSIONS)
    classes = None
    if params.classes:
        chosen = params.negatives_per_positive, params.seed, params.null
        classes = precision_recall.Classes(params.classes, *chosen)
    yield "scatter", scatter.scatter_figure(pairs, metrics, name, end, classes)
    counts = read_tsv(source.waterfall, columns.WATERFALL)
    yield "waterfall", waterfall_figure(counts, name)
    options = {"has_classes": bool(params.classes)}
    title = f"{name}: strata"
    yield "strata", strata.strata_forest_figure(metrics, title, end, **options)
    yield "parts", parts_figure(read_tsv(source.parts, columns.PARTS), f"{name}: parts")
    title = f"{name}: baselines, nulls and controls"
    judged = read_tsv(source.controls, columns.CONTROLS)
    yield "baselines", baselines.baselines_figure(metrics, title, end, judged)
    points = read_tsv(source.curves, columns.CURVES)
    title = f"{name}: sign agreement by effect size"
    yield "sign_agreement", curves.sign_agreement_figure(points, title, end, **options)
    title = f"{name}: direction by share of pairs answered"
    yield "abstention", curves.abstention_figure(points, title, end, **options)
    title = f"{name}: calibration of the score"
    yield "calibration", curves.calibration_figure(points, title, end, **options)
    if classes:
        annotations = read_frame(source.annotations[0], columns.ANNOTATIONS)
        asked = pairs, annotations, metrics, classes
        draw = precision_recall.precision_recall_figure
        yield "precision_recall", draw(*asked, title=name, conclusion=end)


def main(snakemake):
    where, output = snakemake.wildcards, snakemake.output
    title = f"{where.dataset}, {where.protocol} protocol"
    for name, figure in figures_of(snakemake.input, snakemake.params, title):
        save(figure, output[f"{name}_png"], output[f"{name}_pdf"])


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
