"""Read a table of measured effects: unique variants, pairs, and what was dropped."""

from endobench.columns import DROPPED, EFFECTS, VARIANTS
from endobench.effects import load_table
from endobench.logs import door
from endobench.tables import write_table


def main(snakemake):
    params = snakemake.params
    parsed = load_table(
        snakemake.input,
        params.source,
        params.joined,
        params.alleles_build,
        chromosomes=params.chromosomes,
        max_q_value=params.max_q_value,
        effect_column=params.effect_column,
    )
    write_table(parsed.variants, snakemake.output.variants, VARIANTS)
    write_table(parsed.effects, snakemake.output.effects, EFFECTS)
    write_table(parsed.dropped, snakemake.output.dropped, DROPPED)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
