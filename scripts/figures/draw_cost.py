"""Draw the cost of a run: requests to the model, and time and memory of each rule."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from endobench.core.columns import COST
from endobench.core.logs import door
from endobench.core.tables import read_tsv
from endobench.figures.canvas import save
from endobench.figures.cost import cost_figure


def main(snakemake):
    cost = read_tsv(snakemake.input.cost, COST)
    figure = cost_figure(cost, "Cost of this run")
    for path in snakemake.output:
        save(figure, path)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
