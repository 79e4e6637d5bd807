"""Compute how agreement depends on the size of effects, and of scores."""

from endobench.bed import read_bed
from endobench.columns import CURVES, PAIRS
from endobench.curves import curves
from endobench.logs import door
from endobench.tables import read_frame, write_tsv


def main(snakemake):
    source, params = snakemake.input, snakemake.params
    found = curves(
        read_frame(source.pairs, PAIRS),
        read_bed(source.ld_blocks) if source.ld_blocks else None,
        dataset=snakemake.wildcards.dataset,
        protocol=snakemake.wildcards.protocol,
        null=params.null,
        is_signed=params.is_signed,
        classes=params.classes,
        negatives_per_positive=params.negatives_per_positive,
        n_resamples=params.n_resamples,
        seed=params.seed,
    )
    write_tsv(found, snakemake.output.curves, CURVES)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
