"""Read a table of measured effects: unique variants, pairs, and what was dropped."""

import os

from endobench.columns import DROPPED, EFFECTS, VARIANTS
from endobench.liftover import lift_effects
from endobench.logs import door
from endobench.qtl import read_effects
from endobench.tables import write_table


def main(snakemake):
    params = snakemake.params
    parsed = read_effects(
        os.path.realpath(snakemake.input.table),
        params.format,
        params.build,
        chromosomes=params.chromosomes,
        max_q_value=params.max_q_value,
        effect_column=params.effect_column,
        unit=params.unit,
    )
    if snakemake.input.chain:
        parsed = lift_effects(parsed, snakemake.input.chain, params.chromosomes)
    write_table(parsed.variants, snakemake.output.variants, VARIANTS)
    write_table(parsed.effects, snakemake.output.effects, EFFECTS)
    write_table(parsed.dropped, snakemake.output.dropped, DROPPED)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
