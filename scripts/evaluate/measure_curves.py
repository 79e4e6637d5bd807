"""Compute how agreement depends on the size of effects, and of scores."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from endobench.core.columns import CURVES, PAIRS
from endobench.core.logs import door
from endobench.core.tables import read_frame, write_tsv
from endobench.evaluate.curves import curves
from endobench.genome.bed import read_bed


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
