"""Compare the scores of a sample at two windows, and with REF and ALT exchanged."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

import os

from endobench.core.columns import ANSWERS, EXCHANGED, WINDOWS
from endobench.core.logs import door
from endobench.core.tables import write_table, write_tsv
from endobench.predict.chromosome import Access, asking
from endobench.predict.shard import Shard
from endobench.predict.spot_checks.alleles import sample_of_alleles
from endobench.predict.spot_checks.windows import sample_at_windows


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
        windows = sample_at_windows(
            shards, params.n_variants, params.other_window_bp, source.genome[0], ask
        )
        exchanged, again = sample_of_alleles(shards, params.n_variants, ask)
    write_tsv(windows, snakemake.output.windows, WINDOWS)
    write_tsv(exchanged, snakemake.output.exchanged, EXCHANGED)
    write_table(again, snakemake.output.again, ANSWERS)


if __name__ == "__main__":
    with door(snakemake.log[0]) as terminal:
        main(snakemake, terminal)
