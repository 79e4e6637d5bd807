"""Draw the predicted tracks of REF and ALT around each chosen variant."""

from endobench.columns import LOCI, LOCUS_TRACKS
from endobench.locus_figure import draw_loci
from endobench.logs import door
from endobench.tables import read_frame, read_tsv


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
