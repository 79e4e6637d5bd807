"""Draw the model, baselines, nulls, controls and the noise ceiling."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from endobench.core.columns import CONCLUSIONS, METRICS
from endobench.core.logs import door
from endobench.core.tables import read_tsv
from endobench.figures.baselines import baselines_figure
from endobench.figures.canvas import save


def main(snakemake):
    metrics = read_tsv(snakemake.input.metrics, METRICS)
    conclusion = read_tsv(snakemake.input.conclusion, CONCLUSIONS)
    name = f"{snakemake.wildcards.dataset}, {snakemake.wildcards.protocol} protocol"
    title = f"{name}: baselines, nulls and controls"
    figure = baselines_figure(metrics, title, conclusion)
    for path in snakemake.output:
        save(figure, path)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
