"""Compare the Atlas and the model on a sample of variants that the Atlas has answered."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

import os

import pandas as pd
from endobench.core.columns import ROUTES
from endobench.core.logs import door
from endobench.core.tables import write_tsv
from endobench.model.service import Service
from endobench.predict.chromosome import Access, connecting, predict
from endobench.predict.shard import Shard
from endobench.predict.spot_checks.routes import compare_routes, log_differences
from endobench.predict.spot_checks.samples import sample_of


def main(snakemake, terminal):
    source, params = snakemake.input, snakemake.params
    access = Access.of_run(
        os.environ["ENDOBENCH_RUN"],
        snakemake.config,
        Service(*params.service),
        source.genome[0],
        concurrency=snakemake.resources.api_slots,
    )
    genes = access.calls.genes(source.effects)
    shards = Shard.of_job(source, params, access.calls.journal, genes=genes)
    found = [pd.DataFrame(columns=ROUTES.names)]
    with connecting(access) as connect:
        for chrom, ids in sample_of(shards, params.n_variants).items():
            with shards[chrom].only(ids, "model") as shard:
                predict(
                    shard,
                    access,
                    connect,
                    max_failed_fraction=1,
                    label=f"{chrom} routes",
                    terminal=terminal,
                )
            with shards[chrom].only(ids, "auto") as shard:
                found.append(compare_routes(shard))
    table = pd.concat(found[1:] or found)
    log_differences(table)
    write_tsv(table, snakemake.output.differences, ROUTES)


if __name__ == "__main__":
    with door(snakemake.log[0]) as terminal:
        main(snakemake, terminal)
