"""Join effects with another assay's measurements of the same variants."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from endobench.benchmark.controls import check_other_file, join_control
from endobench.core.columns import CONTROL_PAIRS, EFFECTS, SCORE_TABLE, VARIANTS
from endobench.core.logs import door
from endobench.core.tables import read_frame, write_table


def main(snakemake):
    source = snakemake.input
    check_other_file(*source.records, snakemake.params.name)
    pairs = join_control(
        read_frame(source.effects[0], EFFECTS),
        read_frame(source.variants[0], VARIANTS),
        read_frame(source.control, SCORE_TABLE),
        snakemake.params.name,
    )
    write_table(pairs, snakemake.output.control, CONTROL_PAIRS)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
