"""Predict the variants of one chromosome, asking only for what is not remembered."""

import os

from endobench.columns import FAILURES, TRACKS
from endobench.logs import door
from endobench.prediction import Calls, predict
from endobench.scores import write_answers
from endobench.service import Service
from endobench.shard import Request, Shard
from endobench.tables import read_tsv, write_tsv
from endobench.tracks import lone_positions


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
            allowance=calls.allowance(os.environ["ENDOBENCH_RUN"]),
            max_failed_fraction=params.max_failed_fraction,
            label=chrom,
            terminal=terminal,
        )
        write_answers(shard, snakemake.output.answers, lone_positions(sets))
    write_tsv(failures, snakemake.output.failures, FAILURES)


if __name__ == "__main__":
    with door(snakemake.log[0]) as terminal:
        main(snakemake, terminal)
