"""Ask the model, too, for a sample of what the Atlas has answered."""

import os

import pandas as pd
from endobench.columns import ROUTES
from endobench.comparison import differences, log_differences, sample_of
from endobench.logs import door
from endobench.prediction import Calls, predict
from endobench.service import Service
from endobench.shard import Shard
from endobench.tables import write_tsv


def main(snakemake):
    source, params = snakemake.input, snakemake.params
    calls = Calls(**snakemake.config["prediction"])
    shards = Shard.of_job(source, params, calls.journal)
    found = [pd.DataFrame(columns=ROUTES.names)]
    for chrom, ids in sample_of(shards, params.n_variants).items():
        with shards[chrom].only(ids, "model") as shard:
            predict(
                shard,
                service=Service(*params.service),
                genome_path=source.genome[0],
                calls=calls._replace(concurrency=snakemake.resources.api_slots),
                allowance=calls.allowance(os.environ["ENDOBENCH_RUN"]),
                max_failed_fraction=1,
                label=chrom,
            )
        with shards[chrom].only(ids, "auto") as shard:
            found.append(differences(shard))
    table = pd.concat(found[1:] or found)
    log_differences(table)
    write_tsv(table, snakemake.output.differences, ROUTES)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
