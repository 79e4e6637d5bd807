"""Choose the tracks of a set among those that the model has."""

from endobench.columns import TRACKS
from endobench.logs import door
from endobench.tables import read_frame, write_tsv
from endobench.tracks import select


def main(snakemake):
    tracks = read_frame(snakemake.input.tracks, TRACKS)
    selected = select(tracks, snakemake.params.members, snakemake.wildcards.track_set)
    write_tsv(selected, snakemake.output.selected, TRACKS)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
