"""Read a table of scores of any model, lifted to GRCh38 where it is due."""

import os

from endobench.columns import DROPPED, SCORE_TABLE
from endobench.liftover import lift_effects
from endobench.logs import door
from endobench.qtl import read_effects
from endobench.scores import score_table
from endobench.sequence import normalise
from endobench.tables import write_table, write_tsv


def main(snakemake):
    params = snakemake.params
    parsed = read_effects(
        os.path.realpath(snakemake.input.table),
        params.format,
        params.build,
        unit=params.unit,
    )
    # A Pi of 0.5 is no effect, and no effect is 0 among scores.
    effects = parsed.effects.assign(effect=parsed.effects["effect"] - params.null)
    parsed = parsed._replace(effects=effects)
    if snakemake.input.chain:
        parsed = lift_effects(parsed, snakemake.input.chain)
    if snakemake.input.genome:
        parsed = normalise(parsed, snakemake.input.genome[0])
    table, dropped = score_table(parsed)
    write_table(table, snakemake.output.table, SCORE_TABLE)
    write_tsv(dropped, snakemake.output.dropped, DROPPED)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
