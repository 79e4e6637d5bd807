"""Join effects with another assay's measurements, and with those of another cohort."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from endobench.benchmark.controls import (
    check_other_file,
    join_control,
    measurements_of,
    scores_of_control,
    with_measurements,
)
from endobench.benchmark.replicates import check_replicate, join_replicate
from endobench.core.columns import (
    CONTROL_PAIRS,
    EFFECTS,
    MEASURED_TABLE,
    REPLICATE_TABLE,
    REPLICATES,
    VARIANTS,
)
from endobench.core.logs import door
from endobench.core.tables import read_frame, write_table


def main(snakemake):
    source, output, params = snakemake.input, snakemake.output, snakemake.params
    effects = read_frame(source.effects[0], EFFECTS)
    variants = read_frame(source.variants[0], VARIANTS)
    control, replicates = None, None
    if source.control:
        check_other_file(*source.records, params.name)
        table = read_frame(source.control, MEASURED_TABLE)
        scores = scores_of_control(variants, table, params.name)
        control = join_control(effects, scores)
        control = with_measurements(control, measurements_of(variants, table))
    if source.replicate:
        table = read_frame(source.replicate, REPLICATE_TABLE)
        replicates = join_replicate(effects, variants, table, params.replicate)
        check_replicate(replicates, params.null, params.replicate)
    for joined, path, schema in (
        (control, output.control, CONTROL_PAIRS),
        (replicates, output.replicates, REPLICATES),
    ):
        empty = schema.empty_table() if joined is None else joined
        write_table(empty, path, schema)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
