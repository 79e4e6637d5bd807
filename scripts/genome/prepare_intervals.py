"""Read intervals, lift them if a chain is given, and sort them."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

import os

import pandas as pd
from endobench.core.errors import InputError
from endobench.core.files import atomic_path
from endobench.core.logs import door
from endobench.genome.bed import read_bed, tell_of_names, write_bed
from endobench.stats.ld_blocks import assign_blocks, overlap_earlier


def main(snakemake):
    intervals = read_bed(
        os.path.realpath(snakemake.input.intervals), snakemake.params.build
    )
    tell_of_names(intervals, os.path.realpath(snakemake.input.intervals))
    reason = pd.Series(None, index=intervals.index, dtype="object", name="reason")
    kept, is_ld_blocks = intervals, snakemake.params.kind == "ld_blocks"
    if snakemake.input.chain:
        # Most intervals are not lifted, and importing takes longer than sorting them.
        from endobench.genome.liftover import lift_intervals

        kept, reason = lift_intervals(intervals, snakemake.input.chain)
        if is_ld_blocks:
            is_beyond = overlap_earlier(kept)
            again = intervals["source_line"].isin(kept.loc[is_beyond, "source_line"])
            reason[again], kept = "overlaps_when_lifted", kept[~is_beyond]
    if is_ld_blocks:
        # Find overlaps before anything is predicted.
        try:
            assign_blocks([], [], kept)
        except InputError as error:
            raise InputError(f"{snakemake.input.intervals}: {error}") from None
    write_bed(kept, snakemake.output.bed)
    lost = intervals.assign(reason=reason)[reason.notna()]
    with atomic_path(snakemake.output.dropped) as path:
        lost.to_csv(path, sep="\t", index=False)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
