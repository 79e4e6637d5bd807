"""Compare the scores of a sample of variants at two windows."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

import os

import pandas as pd
from endobench.core.columns import WINDOWS
from endobench.core.logs import door
from endobench.core.tables import write_tsv
from endobench.design.routes import ATLAS, MODEL_ITSELF
from endobench.model.service import Service
from endobench.predict.calls import Calls
from endobench.predict.chromosome import Access, connecting, predict
from endobench.predict.shard import Request, Shard
from endobench.predict.spot_checks import at_window, compare_windows, sample_of


def main(snakemake, terminal):
    source, params = snakemake.input, snakemake.params
    calls = Calls.of_config(snakemake.config)
    access = Access(
        Service(*params.service),
        source.genome[0],
        calls._replace(concurrency=snakemake.resources.api_slots),
        calls.call_budget(os.environ["ENDOBENCH_RUN"]),
    )
    genes = calls.genes(source.effects)
    shards = Shard.of_job(source, params, calls.journal, genes=genes)
    other_bp, number = params.other_window_bp, params.n_variants
    found = [pd.DataFrame(columns=WINDOWS.names)]
    with connecting(access) as connect:
        for chrom, ids in sample_of(shards, number, (ATLAS, MODEL_ITSELF)).items():
            here = shards[chrom].only(ids, Request(*params.request).policy)
            rows = at_window(here.rows, other_bp, source.genome[0])
            with here, here.at(rows, other_bp) as there:
                label = f"{chrom} at {other_bp} bp"
                options = {"label": label, "terminal": terminal}
                predict(there, access, connect, max_failed_fraction=1, **options)
                found.append(compare_windows(here, there))
    write_tsv(pd.concat(found[1:] or found), snakemake.output.windows, WINDOWS)


if __name__ == "__main__":
    with door(snakemake.log[0]) as terminal:
        main(snakemake, terminal)
