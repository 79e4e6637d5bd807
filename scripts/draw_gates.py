"""Draw the verdicts of all gates of a dataset."""

from endobench.canvas import save
from endobench.columns import GATES
from endobench.gate_figure import gate_figure
from endobench.logs import door
from endobench.tables import read_tsv


def main(snakemake):
    gates = read_tsv(snakemake.input.gates, GATES)
    figure = gate_figure(gates, title=f"{snakemake.wildcards.dataset}: gates")
    for path in snakemake.output:
        save(figure, path)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
