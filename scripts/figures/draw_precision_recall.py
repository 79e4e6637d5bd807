"""Draw precision and recall of positives among their matched negatives."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from endobench.core.columns import ANNOTATIONS, CONCLUSIONS, METRICS, PAIRS
from endobench.core.logs import door
from endobench.core.tables import read_frame, read_tsv
from endobench.figures.precision_recall import precision_recall


def main(snakemake):
    source, params = snakemake.input, snakemake.params
    pairs = read_frame(source.pairs, PAIRS)
    annotations = read_frame(source.annotations[0], ANNOTATIONS)
    metrics = read_tsv(source.metrics, METRICS)
    conclusion = read_tsv(source.conclusion, CONCLUSIONS)
    title = f"{snakemake.wildcards.dataset}, {snakemake.wildcards.protocol} protocol"
    for path in (snakemake.output.png, snakemake.output.pdf):
        precision_recall(
            pairs,
            annotations,
            metrics,
            path,
            classes=params.classes,
            negatives_per_positive=params.negatives_per_positive,
            seed=params.seed,
            null=params.null,
            title=title,
            conclusion=conclusion,
        )


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
