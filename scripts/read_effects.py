"""Read a table of measured effects: unique variants, pairs, and what was dropped."""

from endobench.effects import save_table
from endobench.logs import door


def main(snakemake):
    params = snakemake.params
    save_table(
        snakemake.input,
        params.source,
        params.joined,
        params.alleles_build,
        snakemake.output,
        chromosomes=params.chromosomes,
        max_q_value=params.max_q_value,
        effect_column=params.effect_column,
    )


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
