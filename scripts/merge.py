"""Join the measured and the predicted, and account for every row of the source."""

import pandas as pd
from endobench import columns, tables
from endobench.logs import door
from endobench.merge import merge
from endobench.protocol import output_of
from endobench.scores import read_answers
from endobench.tables import read_tsv


def positions_of(path, scorer):
    tracks = read_tsv(path, columns.TRACKS)
    return tracks.loc[tracks["output"] == output_of(scorer), "position"]


def main(snakemake):
    source, output, params = snakemake.input, snakemake.output, snakemake.params
    scorer, where = params.scorer, snakemake.wildcards
    # An answer of a table of scores has one value.
    chosen = positions_of(source.tracks, scorer) if source.tracks else [0]
    others = positions_of(source.mismatched, scorer) if source.mismatched else []
    answers, positions, mismatched = read_answers(
        source.answers, scorer, chosen, others
    )
    failures = pd.concat([read_tsv(path, columns.FAILURES) for path in source.failures])
    merged = merge(
        tables.read_arrow_frame(source.effects[0], columns.EFFECTS),
        tables.read_frames(source.shards, columns.SHARDS),
        answers,
        failures[failures["scorer"] == scorer],
        [tables.read_arrow_frame(path, columns.DROPPED) for path in source.dropped],
        positions,
        params.track_set,
        mismatched,
        params.reduction,
    )
    waterfall = merged.waterfall.assign(dataset=where.dataset, protocol=where.protocol)
    tables.write_table(merged.pairs, output.pairs, columns.PAIRS)
    tables.write_tsv(merged.pairs, output.pairs_tsv, columns.PAIRS)
    tables.write_tsv(merged.dropped, output.dropped, columns.BENCHMARK_DROPPED)
    tables.write_tsv(merged.failures, output.failures, columns.FAILURES)
    tables.write_tsv(waterfall, output.waterfall, columns.WATERFALL)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
