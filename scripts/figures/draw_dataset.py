"""Draw every figure of a dataset: gates, benchmarks, their strata, and a ladder."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from endobench.core.columns import GATES, LADDER, SWEEP
from endobench.core.logs import door
from endobench.core.tables import read_tsv
from endobench.figures.canvas import save
from endobench.figures.gates import gate_figure
from endobench.figures.ladder import ladder_figure
from endobench.figures.strata_sweep import strata_figure
from endobench.figures.sweep import sweep_figure


def figures_of(source, dataset):
    """Yield the name of each figure, and the figure."""
    yield "gates", gate_figure(read_tsv(source.gates, GATES), f"{dataset}: gates")
    sweep = read_tsv(source.sweep, SWEEP)
    sweep = sweep[sweep["dataset"] == dataset]
    title = f"{dataset}: all benchmarks compared with the reference"
    yield "sweep", sweep_figure(sweep, title)
    yield "strata", strata_figure(sweep, f"{dataset}: agreement by effect size")
    if ladder := source.get("ladder"):
        title = f"{dataset}: from the published to the corrected protocol"
        yield "ladder", ladder_figure(read_tsv(ladder, LADDER), title=title)


def main(snakemake):
    output = snakemake.output
    for name, figure in figures_of(snakemake.input, snakemake.wildcards.dataset):
        save(figure, output[f"{name}_png"], output[f"{name}_pdf"])


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
