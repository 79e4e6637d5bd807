"""List the genes of an annotation, with their transcription starts and exons."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

import os

from endobench.core.columns import GENE_STARTS, GENES
from endobench.core.logs import door
from endobench.core.tables import write_table
from endobench.genome.gene_table import gene_table, tell_of_gaps
from endobench.genome.gtf import gene_starts


def main(snakemake):
    path = os.path.realpath(snakemake.input.genes)
    params = snakemake.params
    starts = gene_starts(path, params.build)
    genes = gene_table(path, params.chromosomes)
    tell_of_gaps(path, genes, starts, params.chromosomes)
    write_table(genes, snakemake.output.genes, GENES)
    write_table(starts, snakemake.output.starts, GENE_STARTS)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
