"""Draw the agreement of every single track of the model: an exploration."""

from endobench.canvas import save
from endobench.columns import TRACK_METRICS
from endobench.logs import door
from endobench.tables import read_tsv
from endobench.track_figure import track_figure


def main(snakemake):
    ranking = read_tsv(snakemake.input.ranking, TRACK_METRICS)
    title = f"{snakemake.wildcards.dataset}: every track of the model by itself"
    figure = track_figure(ranking, title)
    for path in snakemake.output:
        save(figure, path)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
