"""Check the variants that the config requests, before anything is predicted."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from endobench.core.columns import VARIANTS
from endobench.core.logs import door
from endobench.core.tables import write_table
from endobench.genome.fasta import open_genome
from endobench.loci.choose import read_asked


def main(snakemake):
    params = snakemake.params
    with open_genome(snakemake.input.genome[0]) as genome:
        asked = read_asked(params.variants, genome, params.assembly)
    write_table(asked, snakemake.output.asked, VARIANTS)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
