"""Report what a run will request, before it requests anything."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

import pandas as pd
from endobench.core.columns import BUDGET
from endobench.core.logs import door
from endobench.core.tables import write_tsv
from endobench.predict.calls import Calls
from endobench.predict.plan import in_words, unchecked_in_words
from endobench.predict.shard import Shard
from endobench.predict.spot_checks.alleles import n_to_exchange
from endobench.predict.spot_checks.samples import sample_to_exchange


def main(snakemake, terminal):
    source, params = snakemake.input, snakemake.params
    calls = Calls.of_config(snakemake.config)
    genes = calls.genes(source.effects)
    shards = Shard.of_job(source, params, calls.journal, genes=genes)
    sample = sample_to_exchange(shards, params.n_exchanged)
    rows = [
        row | {"scoring": snakemake.wildcards.scoring, "chrom": chrom}
        for chrom, shard in shards.items()
        for row in shard.budget(
            calls.canary_fraction,
            calls.recheck,
            device=params.device,
            concurrency=snakemake.resources.concurrency,
            n_exchanged=n_to_exchange(shard, sample.get(chrom, [])),
        )
    ]
    budget = pd.DataFrame(rows)
    print(in_words(budget, calls.max_requests), file=terminal, flush=True)
    n_unchecked = sum(
        shard.n_unchecked(route)
        for shard in shards.values()
        for route in shard.journals
    )
    if n_unchecked:
        scoring = snakemake.wildcards.scoring
        print(unchecked_in_words(scoring, n_unchecked), file=terminal, flush=True)
    write_tsv(budget, snakemake.output.budget, BUDGET)


if __name__ == "__main__":
    with door(snakemake.log[0]) as terminal:
        main(snakemake, terminal)
