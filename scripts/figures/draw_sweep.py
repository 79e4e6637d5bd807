"""Draw all benchmarks of a dataset, and their agreement by effect size."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from endobench.core.columns import SWEEP
from endobench.core.logs import door
from endobench.core.tables import read_tsv
from endobench.figures.canvas import save
from endobench.figures.strata_sweep import strata_figure
from endobench.figures.sweep import sweep_figure


def main(snakemake):
    sweep = read_tsv(snakemake.input.sweep, SWEEP)
    dataset, output = snakemake.wildcards.dataset, snakemake.output
    sweep = sweep[sweep["dataset"] == dataset]
    figure = sweep_figure(
        sweep, f"{dataset}: all benchmarks compared with the reference"
    )
    save(figure, output.sweep_png)
    save(figure, output.sweep_pdf)
    figure = strata_figure(sweep, f"{dataset}: agreement by effect size")
    save(figure, output.strata_png)
    save(figure, output.strata_pdf)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
