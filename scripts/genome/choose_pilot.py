"""Choose the LD blocks of a pilot, and say what a pilot of that size can find."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from endobench.benchmark.pilot import Pilot
from endobench.core.columns import IN_PEAKS, PILOT
from endobench.core.logs import door
from endobench.core.tables import read_frames, write_tsv
from endobench.genome.bed import read_bed


def main(snakemake, terminal):
    source, params = snakemake.input, snakemake.params
    pilot = Pilot.of_variants(
        read_frames(source.variants, IN_PEAKS, columns=["variant_id", "chrom", "pos"]),
        read_bed(source.ld_blocks),
        params.n_variants,
        params.seed,
    )
    print(pilot.in_words(), file=terminal, flush=True)
    write_tsv(pilot.blocks, snakemake.output.blocks, PILOT)


if __name__ == "__main__":
    with door(snakemake.log[0]) as terminal:
        main(snakemake, terminal)
