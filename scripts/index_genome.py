"""Make a genome readable at random: plain FASTA and its index."""

from endobench.genome import index_genome
from endobench.logs import door


def main(snakemake):
    index_genome(snakemake.input.fasta, snakemake.output.fasta)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
