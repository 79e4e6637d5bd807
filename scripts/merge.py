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
from endobench.scores import account, join, not_scored, reduce_tracks
from endobench.tables import (
    read_frame,
    read_frames,
    read_tsv,
    write_table,
    write_tsv,
)
from endobench.tracks import select


def main(snakemake):
    params, wildcards = snakemake.params, snakemake.wildcards
    effects = read_frame(snakemake.input.effects, EFFECTS)
    shards = read_frames(snakemake.input.shards, SHARDS)
    answers = read_frames(snakemake.input.answers, ANSWERS)
    failures = pd.concat(
        [read_tsv(path, FAILURES) for path in snakemake.input.failures]
    )
    failures = failures[failures["variant_id"].isin(shards["variant_id"])]
    write_tsv(failures, snakemake.output.failures, FAILURES)

    positions = [0]
    if snakemake.input.tracks:
        tracks = read_frame(snakemake.input.tracks, TRACKS)
        positions = select(tracks, params.curies, params.track_set)
    scores = reduce_tracks(shards, answers, positions, params.track_set)

    lost_rows, *later = (
        read_frame(path, DROPPED).astype({"stage": str, "reason": str})
        for path in snakemake.input.dropped
    )
    lost_variants = pd.concat([*later, not_scored(shards, failures)], ignore_index=True)
    pairs = join(effects, scores)
    waterfall = account(effects, lost_rows, lost_variants, pairs)

    model = str(pairs["model"].iloc[0])
    names = {"dataset": wildcards.dataset, "protocol": wildcards.protocol}
    lost = pd.concat([lost_rows, lost_variants], ignore_index=True)
    write_tsv(lost.assign(model=model), snakemake.output.dropped, BENCHMARK_DROPPED)
    write_table(pairs, snakemake.output.pairs, PAIRS)
    write_tsv(pairs, snakemake.output.pairs_tsv, PAIRS)
    waterfall = waterfall.assign(**names, model=model)
    write_tsv(waterfall, snakemake.output.waterfall, WATERFALL)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
