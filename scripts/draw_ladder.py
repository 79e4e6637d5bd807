"""Draw what each fault of the published protocol cost."""

from endobench.canvas import save
from endobench.columns import LADDER
from endobench.ladder_figure import ladder_figure
from endobench.logs import door
from endobench.tables import read_tsv


def main(snakemake):
    ladder = read_tsv(snakemake.input.ladder, LADDER)
    title = (
        f"{snakemake.wildcards.dataset}: from the published protocol to the corrected"
    )
    figure = ladder_figure(ladder, title=title)
    for path in snakemake.output:
        save(figure, path)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
