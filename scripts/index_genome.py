"""Make a genome readable at random: plain FASTA and its index."""

from endobench.logs import door
from endobench.sequence import index_genome


def main(snakemake):
    index_genome(snakemake.input.fasta, snakemake.output.fasta)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
