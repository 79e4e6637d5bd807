"""Draw the verdicts of all gates of a dataset."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from endobench.core.columns import GATES
from endobench.core.logs import door
from endobench.core.tables import read_tsv
from endobench.figures.canvas import save
from endobench.figures.gates import gate_figure


def main(snakemake):
    gates = read_tsv(snakemake.input.gates, GATES)
    figure = gate_figure(gates, title=f"{snakemake.wildcards.dataset}: gates")
    for path in snakemake.output:
        save(figure, path)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
