"""Lay what another assay measured of the same variants beside a table of effects."""

from endobench.columns import EFFECTS, PAIRS, SCORE_TABLE, VARIANTS
from endobench.controls import join_control
from endobench.logs import door
from endobench.tables import read_frame, write_table


def main(snakemake):
    source = snakemake.input
    pairs = join_control(
        read_frame(source.effects[0], EFFECTS),
        read_frame(source.variants[0], VARIANTS),
        read_frame(source.control, SCORE_TABLE),
        snakemake.params.name,
    )
    write_table(pairs, snakemake.output.control, PAIRS)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
