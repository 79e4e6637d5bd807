"""Annotate variants with properties that need no model."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from endobench.benchmark.annotations import annotate
from endobench.core.columns import ANNOTATIONS, SHARDS
from endobench.core.logs import door
from endobench.core.tables import read_frames, write_table
from endobench.genome.bed import read_bed


def main(snakemake):
    source = snakemake.input
    annotations = annotate(
        read_frames(source.shards, SHARDS),
        source.genome[0] if source.genome else None,
        read_bed(source.folds) if source.folds else None,
    )
    write_table(annotations, snakemake.output.annotations, ANNOTATIONS)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
