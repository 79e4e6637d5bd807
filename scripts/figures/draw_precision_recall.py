"""Draw precision against recall of positives among matched negatives."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from endobench.core.columns import ANNOTATIONS, CONCLUSIONS, METRICS, PAIRS
from endobench.core.logs import door
from endobench.core.tables import read_frame, read_tsv
from endobench.figures.canvas import save
from endobench.figures.precision_recall import Classes, precision_recall_figure


def main(snakemake):
    source, params = snakemake.input, snakemake.params
    pairs = read_frame(source.pairs, PAIRS)
    annotations = read_frame(source.annotations[0], ANNOTATIONS)
    metrics = read_tsv(source.metrics, METRICS)
    conclusion = read_tsv(source.conclusion, CONCLUSIONS)
    title = f"{snakemake.wildcards.dataset}, {snakemake.wildcards.protocol} protocol"
    classes = Classes(
        params.classes, params.negatives_per_positive, params.seed, params.null
    )
    figure = precision_recall_figure(
        pairs, annotations, metrics, classes, title=title, conclusion=conclusion
    )
    for path in (snakemake.output.png, snakemake.output.pdf):
        save(figure, path)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
