"""Check the tables of effects, control and peaks of a benchmark with their gates."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from functools import partial

from endobench.core.columns import (
    CONTROL_PAIRS,
    DROPPED,
    EFFECTS,
    GATES,
    GENE_STARTS,
    VARIANTS,
)
from endobench.core.logs import door
from endobench.core.tables import read_frame, read_parts, write_tsv
from endobench.design.units import UNITS
from endobench.gates import control, peaks
from endobench.gates.effect_tables import consistency, contents
from endobench.gates.verdicts import judged
from endobench.genome.bed import read_bed


def measured_of_effects(source, params):
    declared = contents.Declared(
        UNITS[params.unit], *params.tissue, params.is_signed, params.is_unordered
    )
    table = partial(read_parts, source.effects, EFFECTS, encoded=["feature_id"])
    starts = read_frame(source.starts, GENE_STARTS) if source.starts else None
    return contents.measure(
        table,
        partial(read_parts, source.variants, VARIANTS, encoded=["ref", "alt"]),
        partial(read_parts, source.dropped, DROPPED),
        declared,
    ) | consistency.measure(
        table, consistency.Sources(params.unit, params.is_one_cohort, starts)
    )


def measured_of_control(source, params):
    features = read_frame(source.effects, EFFECTS, ["feature_id"])["feature_id"]
    return control.measure(
        read_frame(source.control[0], CONTROL_PAIRS),
        features.astype(object).unique(),
        params.is_signed,
    )


def main(snakemake):
    source, params = snakemake.input, snakemake.params
    measured = measured_of_effects(source, params)
    if source.control:
        measured |= measured_of_control(source, params)
    measured |= peaks.measure(
        partial(read_parts, source.variants, VARIANTS),
        read_bed(source.peaks) if source.peaks else None,
    )
    verdicts = judged(measured, snakemake.wildcards, params)
    for stage in ("effects", "control", "peaks"):
        of_stage = verdicts[verdicts["stage"] == stage]
        write_tsv(of_stage, getattr(snakemake.output, stage), GATES)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
