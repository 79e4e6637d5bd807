"""Draw the benchmarks of this run and of others."""

from endobench.canvas import save
from endobench.columns import RUNS
from endobench.logs import door
from endobench.runs_figure import runs_figure
from endobench.tables import read_tsv


def main(snakemake):
    figure = runs_figure(
        read_tsv(snakemake.input.runs, RUNS), "Several runs beside one another"
    )
    for path in snakemake.output:
        save(figure, path)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
