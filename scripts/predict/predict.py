"""Predict the variants of one chromosome; request only what the journal lacks."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

import os

from endobench.core.columns import FAILURES, TRACKS
from endobench.core.logs import door
from endobench.core.tables import read_tsv, write_tsv
from endobench.model.tracks import lone_positions
from endobench.predict.answers import write_answers
from endobench.predict.chromosome import Access, predict
from endobench.predict.shard import Request, Shard


def main(snakemake, terminal):
    source, params = snakemake.input, snakemake.params
    chrom = snakemake.wildcards.chrom
    access = Access.of_job(
        os.environ["ENDOBENCH_RUN"],
        snakemake.config,
        source,
        params,
        concurrency=snakemake.resources.api_slots,
    )
    lone = lone_positions(read_tsv(path, TRACKS) for path in source.sets)
    with Shard.of_files(
        source.shards,
        source.tracks,
        source.genome_record,
        Request(*params.request),
        journal=access.calls.journal,
        name=chrom,
        genes=access.calls.genes(source.effects),
        lone=lone,
    ) as shard:
        failures = predict(
            shard,
            access,
            max_failed_fraction=params.max_failed_fraction,
            label=chrom,
            terminal=terminal,
        )
        write_answers(shard, snakemake.output.answers, lone)
    write_tsv(failures, snakemake.output.failures, FAILURES)


if __name__ == "__main__":
    with door(snakemake.log[0]) as terminal:
        main(snakemake, terminal)
