"""Predict the variants of one chromosome, asking only for what is not remembered."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

import os

from endobench.core.columns import FAILURES, TRACKS
from endobench.core.logs import door
from endobench.core.tables import read_tsv, write_tsv
from endobench.model.service import Service
from endobench.model.tracks import lone_positions
from endobench.predict.answers import write_answers
from endobench.predict.chromosome import Calls, predict
from endobench.predict.shard import Request, Shard


def main(snakemake, terminal):
    params, chrom = snakemake.params, snakemake.wildcards.chrom
    calls = Calls(**snakemake.config["prediction"])
    sets = [read_tsv(path, TRACKS) for path in snakemake.input.sets]
    with Shard.of_files(
        snakemake.input.shards,
        snakemake.input.tracks,
        snakemake.input.genome_record,
        Request(*params.request),
        journal=calls.journal,
        name=chrom,
    ) as shard:
        failures = predict(
            shard,
            service=Service(*params.service),
            genome_path=snakemake.input.genome[0],
            calls=calls._replace(concurrency=snakemake.resources.api_slots),
            call_budget=calls.call_budget(os.environ["ENDOBENCH_RUN"]),
            max_failed_fraction=params.max_failed_fraction,
            label=chrom,
            terminal=terminal,
        )
        write_answers(shard, snakemake.output.answers, lone_positions(sets))
    write_tsv(failures, snakemake.output.failures, FAILURES)


if __name__ == "__main__":
    with door(snakemake.log[0]) as terminal:
        main(snakemake, terminal)
