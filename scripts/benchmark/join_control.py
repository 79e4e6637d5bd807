"""Join effects with another assay's measurements of the same variants."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from endobench.benchmark.controls import (
    check_other_file,
    join_control,
    with_measurements,
)
from endobench.core.columns import CONTROL_PAIRS, EFFECTS, MEASURED_TABLE, VARIANTS
from endobench.core.logs import door
from endobench.core.tables import read_frame, write_table


def main(snakemake):
    source, name = snakemake.input, snakemake.params.name
    check_other_file(*source.records, name)
    effects = read_frame(source.effects[0], EFFECTS)
    variants = read_frame(source.variants[0], VARIANTS)
    table = read_frame(source.control, MEASURED_TABLE)
    pairs = join_control(effects, variants, table, name)
    pairs = with_measurements(pairs, variants, table)
    write_table(pairs, snakemake.output.control, CONTROL_PAIRS)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
