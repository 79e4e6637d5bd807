"""Draw a dataset's gates, its benchmarks, and their agreement by effect size."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from endobench.core.columns import GATES, SWEEP
from endobench.core.logs import door
from endobench.core.tables import read_tsv
from endobench.figures.canvas import save
from endobench.figures.gates import gate_figure
from endobench.figures.strata_sweep import strata_figure
from endobench.figures.sweep import sweep_figure


def main(snakemake):
    dataset, output = snakemake.wildcards.dataset, snakemake.output
    gates = read_tsv(snakemake.input.gates, GATES)
    sweep = read_tsv(snakemake.input.sweep, SWEEP)
    sweep = sweep[sweep["dataset"] == dataset]
    title = f"{dataset}: all benchmarks compared with the reference"
    figures = {
        "gates": gate_figure(gates, title=f"{dataset}: gates"),
        "sweep": sweep_figure(sweep, title),
        "strata": strata_figure(sweep, f"{dataset}: agreement by effect size"),
    }
    for name, figure in figures.items():
        save(figure, output[f"{name}_png"], output[f"{name}_pdf"])


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
