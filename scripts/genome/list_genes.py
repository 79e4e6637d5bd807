"""List the genes of an annotation, with their transcription starts and exons."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

import os

from endobench.core.columns import GENES
from endobench.core.logs import door
from endobench.core.tables import write_table
from endobench.genome.gene_table import gene_table


def main(snakemake):
    genes = gene_table(
        os.path.realpath(snakemake.input.genes), snakemake.params.chromosomes
    )
    write_table(genes, snakemake.output.genes, GENES)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
