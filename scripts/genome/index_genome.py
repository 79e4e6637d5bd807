"""Prepare a genome for random access: uncompressed FASTA with an index."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

import os

from endobench.core.logs import door
from endobench.genome.fasta import index_genome


def main(snakemake):
    index_genome(
        os.path.realpath(snakemake.input.fasta),
        snakemake.output.fasta,
        snakemake.params.build,
    )


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
