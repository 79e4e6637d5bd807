"""Draw the agreement in every stratum of a benchmark."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from endobench.core.columns import CONCLUSIONS, METRICS
from endobench.core.logs import door
from endobench.core.tables import read_tsv
from endobench.figures.canvas import save
from endobench.figures.strata import strata_forest_figure


def main(snakemake):
    metrics = read_tsv(snakemake.input.metrics, METRICS)
    conclusion = read_tsv(snakemake.input.conclusion, CONCLUSIONS)
    name = f"{snakemake.wildcards.dataset}, {snakemake.wildcards.protocol} protocol"
    title = f"{name}: agreement in every stratum"
    figure = strata_forest_figure(metrics, title, conclusion)
    for path in snakemake.output:
        save(figure, path)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
