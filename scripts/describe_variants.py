"""Describe variants by what is known of them without any model."""

from endobench.bed import read_bed
from endobench.columns import FEATURES, SHARDS
from endobench.features import describe
from endobench.logs import door
from endobench.tables import read_frames, write_table


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
