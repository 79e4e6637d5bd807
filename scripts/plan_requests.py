"""Say what a run will ask for, before it asks for anything."""

import pandas as pd
from endobench.budget import in_words
from endobench.columns import BUDGET
from endobench.logs import door
from endobench.prediction import Calls
from endobench.shard import Shard
from endobench.tables import write_tsv


def main(snakemake, terminal):
    source, params = snakemake.input, snakemake.params
    calls = Calls(**snakemake.config["prediction"])
    shards = Shard.of_job(source, params, calls.journal)
    rows = [
        row | {"scoring": snakemake.wildcards.scoring, "chrom": chrom}
        for chrom, shard in shards.items()
        for row in shard.budget(calls.canary_fraction)
    ]
    budget = pd.DataFrame(rows)
    print(in_words(budget, calls.max_requests), file=terminal, flush=True)
    write_tsv(budget, snakemake.output.budget, BUDGET)


if __name__ == "__main__":
    with door(snakemake.log[0]) as terminal:
        main(snakemake, terminal)
