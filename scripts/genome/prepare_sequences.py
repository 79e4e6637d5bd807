"""Check variants against the genome, and write one shard per chromosome."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from endobench.core.logs import door
from endobench.gates.verdicts import enforce_files
from endobench.genome.reference import write_shards


def main(snakemake):
    params = snakemake.params
    enforce_files(snakemake.input.gates)
    write_shards(
        snakemake.input.variants,
        snakemake.input.genome[0] if snakemake.input.genome else None,
        params.window_bp,
        dict(zip(params.chromosomes, snakemake.output.shards, strict=True)),
        snakemake.output.dropped,
        max_n_fraction=params.max_n_fraction,
        correct=params.correct,
    )


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
