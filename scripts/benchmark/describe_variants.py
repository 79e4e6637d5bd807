"""Describe variants by what is known of them without any model."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from endobench.benchmark.annotations import describe
from endobench.core.columns import FEATURES, SHARDS
from endobench.core.logs import door
from endobench.core.tables import read_frames, write_table
from endobench.genome.bed import read_bed


def main(snakemake):
    source = snakemake.input
    features = describe(
        read_frames(source.shards, SHARDS),
        source.genome[0] if source.genome else None,
        read_bed(source.folds) if source.folds else None,
    )
    write_table(features, snakemake.output.features, FEATURES)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
