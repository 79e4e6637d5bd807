"""Check the variants that the config asks to see, before anything is predicted."""

from endobench.columns import VARIANTS
from endobench.genome import open_genome
from endobench.hits import read_asked
from endobench.logs import door
from endobench.tables import write_table


def main(snakemake):
    params = snakemake.params
    with open_genome(snakemake.input.genome[0]) as genome:
        asked = read_asked(params.variants, genome, params.assembly)
    write_table(asked, snakemake.output.asked, VARIANTS)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
