"""Draw the agreement of individual tracks of the model, an exploratory analysis."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from endobench.core.columns import TRACK_METRICS
from endobench.core.logs import door
from endobench.core.tables import read_tsv
from endobench.figures.canvas import save
from endobench.figures.tracks import track_figure


def main(snakemake):
    ranking = read_tsv(snakemake.input.ranking, TRACK_METRICS)
    title = f"{snakemake.wildcards.dataset}: agreement of individual tracks"
    figure = track_figure(ranking, title)
    save(figure, *snakemake.output)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
