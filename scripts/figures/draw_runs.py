"""Draw the benchmarks of this run and of other runs."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from endobench.core.columns import RUNS
from endobench.core.logs import door
from endobench.core.tables import read_tsv
from endobench.figures.canvas import save
from endobench.figures.runs import runs_figure


def main(snakemake):
    figure = runs_figure(
        read_tsv(snakemake.input.runs, RUNS), "Comparison with other runs"
    )
    for path in snakemake.output:
        save(figure, path)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
