"""Compute agreement as a function of the size of effects and of scores."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from endobench.benchmark.gene_pairs import on_scale_of_scores
from endobench.core.columns import CURVES, PAIRS
from endobench.core.logs import door
from endobench.core.tables import read_frame, write_tsv
from endobench.evaluate.curves import curves
from endobench.evaluate.options import AgreementOptions
from endobench.genome.bed import read_bed


def main(snakemake):
    source, params = snakemake.input, snakemake.params
    options = AgreementOptions(
        null=params.null,
        classes=params.classes,
        is_signed=params.is_signed,
        n_resamples=params.n_resamples,
        seed=params.seed,
    )
    found = curves(
        on_scale_of_scores(read_frame(source.pairs, PAIRS)),
        read_bed(source.ld_blocks) if source.ld_blocks else None,
        options,
        dataset=snakemake.wildcards.dataset,
        protocol=snakemake.wildcards.protocol,
        negatives_per_positive=params.negatives_per_positive,
    )
    write_tsv(found, snakemake.output.curves, CURVES)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
