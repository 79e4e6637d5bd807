"""Check variants against the genome, and write one shard per chromosome."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from functools import partial

from endobench.benchmark.pilot import Pilot
from endobench.core.columns import PILOT
from endobench.core.logs import door
from endobench.core.tables import read_tsv
from endobench.gates.verdicts import enforce_files
from endobench.genome.bed import read_bed
from endobench.genome.reference import write_shards


def main(snakemake):
    source, params = snakemake.input, snakemake.params
    enforce_files(source.gates)
    is_asked = None
    if source.pilot:
        pilot = Pilot(read_tsv(source.pilot, PILOT))
        is_asked = partial(pilot.holds, ld_blocks=read_bed(source.ld_blocks))
    write_shards(
        source.variants,
        source.genome[0] if source.genome else None,
        params.window_bp,
        dict(zip(params.chromosomes, snakemake.output.shards, strict=True)),
        snakemake.output.dropped,
        max_n_fraction=params.max_n_fraction,
        correct=params.correct,
        is_asked=is_asked,
    )


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
