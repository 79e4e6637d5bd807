"""Compare the Atlas and the model on a sample of variants that the Atlas has answered."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

import os

from endobench.core.columns import ROUTES
from endobench.core.logs import door
from endobench.core.tables import write_tsv
from endobench.predict.chromosome import Access, asking
from endobench.predict.shard import Shard
from endobench.predict.spot_checks.routes import log_differences, sample_by_routes


def main(snakemake, terminal):
    source, params = snakemake.input, snakemake.params
    access = Access.of_job(
        os.environ["ENDOBENCH_RUN"],
        snakemake.config,
        source,
        params,
        concurrency=snakemake.resources.api_slots,
    )
    genes = access.calls.genes(source.effects)
    shards = Shard.of_job(source, params, access.calls.journal, genes=genes)
    with asking(access, terminal) as ask:
        table = sample_by_routes(shards, params.n_variants, ask)
    log_differences(table)
    write_tsv(table, snakemake.output.differences, ROUTES)


if __name__ == "__main__":
    with door(snakemake.log[0]) as terminal:
        main(snakemake, terminal)
