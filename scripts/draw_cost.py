"""Draw what each rule took, below what was asked of a model."""

from endobench.canvas import save
from endobench.columns import COST
from endobench.cost_figure import cost_figure
from endobench.logs import door
from endobench.tables import read_tsv


def main(snakemake):
    cost = read_tsv(snakemake.input.cost, COST)
    figure = cost_figure(cost, "What this run took")
    for path in snakemake.output:
        save(figure, path)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
