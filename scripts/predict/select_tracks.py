"""Select the tracks of a set from those of the model."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from endobench.core.columns import TRACKS
from endobench.core.logs import door
from endobench.core.tables import read_frame, write_tsv
from endobench.model.tracks import check_apart, select


def main(snakemake):
    tracks = read_frame(snakemake.input.tracks, TRACKS)
    params, name = snakemake.params, snakemake.wildcards.track_set
    selected = select(tracks, params.members, name)
    check_apart(tracks, params.members, name, params.controlled)
    write_tsv(selected, snakemake.output.selected, TRACKS)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
