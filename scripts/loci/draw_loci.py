"""Draw the predicted tracks of REF and ALT around each chosen variant."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from endobench.core.columns import LOCI, LOCUS_TRACKS
from endobench.core.logs import door
from endobench.core.tables import read_frame, read_tsv
from endobench.loci.figure import draw_loci


def main(snakemake):
    peaks = zip(snakemake.params.datasets, snakemake.input.peaks, strict=True)
    draw_loci(
        snakemake.output.figures,
        read_tsv(snakemake.input.loci, LOCI),
        read_frame(snakemake.input.tracks, LOCUS_TRACKS),
        dict(peaks),
        snakemake.input.get("genes") or None,
        snakemake.params.assembly,
    )


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
