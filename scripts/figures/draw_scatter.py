"""Draw measured against predicted effects, with the numbers in the figure."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from endobench.core.columns import CONCLUSIONS, METRICS, PAIRS
from endobench.core.logs import door
from endobench.core.tables import read_frame, read_tsv
from endobench.figures.scatter import scatter


def main(snakemake):
    pairs = read_frame(snakemake.input.pairs, PAIRS)
    metrics = read_tsv(snakemake.input.metrics, METRICS)
    conclusion = read_tsv(snakemake.input.conclusion, CONCLUSIONS)
    title = f"{snakemake.wildcards.dataset}, {snakemake.wildcards.protocol} protocol"
    for path in (snakemake.output.png, snakemake.output.pdf):
        scatter(
            pairs,
            metrics,
            path,
            title=title,
            conclusion=conclusion,
            classes=snakemake.params.classes,
        )


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
