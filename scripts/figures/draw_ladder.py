"""Draw the ablation from the published to the corrected protocol."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from endobench.core.columns import LADDER
from endobench.core.logs import door
from endobench.core.tables import read_tsv
from endobench.figures.canvas import save
from endobench.figures.ladder import ladder_figure


def main(snakemake):
    ladder = read_tsv(snakemake.input.ladder, LADDER)
    dataset = snakemake.wildcards.dataset
    title = f"{dataset}: from the published to the corrected protocol"
    figure = ladder_figure(ladder, title=title)
    save(figure, *snakemake.output)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
