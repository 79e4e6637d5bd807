"""Make a genome readable at random: plain FASTA and its index."""

import os

from endobench.genome import index_genome
from endobench.logs import door


def main(snakemake):
    index_genome(os.path.realpath(snakemake.input.fasta), snakemake.output.fasta)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
