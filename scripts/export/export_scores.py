"""Write the scores of a benchmark as VCF, BED, bedGraph, bigWig and Parquet."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from endobench.core.columns import PAIRS, SCORED_VARIANTS
from endobench.core.logs import door
from endobench.core.tables import read_frame, write_table
from endobench.design.terms import notice
from endobench.export.browser_tracks import (
    write_bed,
    write_bedgraph,
    write_bigwig,
    write_chrom_sizes,
)
from endobench.export.scored_variants import scored_variants
from endobench.export.vcf import write_vcf


def main(snakemake):
    output, params = snakemake.output, snakemake.params
    name = f"{snakemake.wildcards.dataset} {snakemake.wildcards.protocol}"
    genome = snakemake.input.genome[0] if snakemake.input.genome else None
    pairs = read_frame(snakemake.input.pairs, PAIRS)
    variants = scored_variants(pairs, genome, params.null)
    terms = notice(variants["model"].unique())
    write_table(variants, output.table, SCORED_VARIANTS, terms=terms)
    write_vcf(variants, pairs, output.vcf, genome, name, params.is_signed)
    write_bed(variants, output.bed, name)
    write_bedgraph(variants, output.bedgraph, name)
    if genome:
        write_chrom_sizes(genome, output.chrom_sizes)
        write_bigwig(variants, genome, output.bigwig)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
