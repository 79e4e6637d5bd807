"""Read peaks or a blacklist, lift them where a chain is given, and sort them."""

import os

import pandas as pd
from endobench.files import atomic_path
from endobench.intervals import read_bed, write_bed
from endobench.liftover import lift_intervals
from endobench.logs import door


def main(snakemake):
    intervals = read_bed(os.path.realpath(snakemake.input.intervals))
    reason = pd.Series(None, index=intervals.index, dtype="object", name="reason")
    kept = intervals
    if snakemake.input.chain:
        kept, reason = lift_intervals(intervals, snakemake.input.chain)
    write_bed(kept, snakemake.output.bed)
    lost = intervals.assign(reason=reason)[reason.notna()]
    with atomic_path(snakemake.output.dropped) as path:
        lost.to_csv(path, sep="\t", index=False)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
