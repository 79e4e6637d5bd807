"""Join the measured and the predicted, and account for every row of the source."""

import pandas as pd
from endobench.columns import (
    ANSWERS,
    BENCHMARK_DROPPED,
    DROPPED,
    EFFECTS,
    FAILURES,
    PAIRS,
    SHARDS,
    TRACKS,
    WATERFALL,
)
from endobench.logs import door
from endobench.merge import merge
from endobench.tables import read_frame, read_frames, read_tsv, write_table, write_tsv


def main(snakemake):
    source, output, wildcards = snakemake.input, snakemake.output, snakemake.wildcards
    # An answer of a table of scores has one value.
    positions = [0]
    if source.tracks:
        positions = read_tsv(source.tracks, TRACKS)["position"]
    merged = merge(
        read_frame(source.effects, EFFECTS),
        read_frames(source.shards, SHARDS),
        read_frames(source.answers, ANSWERS),
        pd.concat([read_tsv(path, FAILURES) for path in source.failures]),
        [read_frame(path, DROPPED) for path in source.dropped],
        positions,
        snakemake.params.track_set,
    )
    waterfall = merged.waterfall.assign(
        dataset=wildcards.dataset, protocol=wildcards.protocol
    )
    write_table(merged.pairs, output.pairs, PAIRS)
    write_tsv(merged.pairs, output.pairs_tsv, PAIRS)
    write_tsv(merged.dropped, output.dropped, BENCHMARK_DROPPED)
    write_tsv(merged.failures, output.failures, FAILURES)
    write_tsv(waterfall, output.waterfall, WATERFALL)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
