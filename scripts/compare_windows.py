"""Ask for a sample of the variants at another window, too."""

import os

import pandas as pd
from endobench.columns import WINDOWS
from endobench.comparison import sample_of
from endobench.dilution import at_window, compare_windows
from endobench.logs import door
from endobench.prediction import Calls, predict
from endobench.routes import ATLAS, MODEL
from endobench.service import Service
from endobench.shard import Request, Shard
from endobench.tables import write_tsv


def main(snakemake):
    source, params = snakemake.input, snakemake.params
    calls = Calls(**snakemake.config["prediction"])
    shards = Shard.of_job(source, params, calls.journal)
    other_bp = params.other_window_bp
    found = [pd.DataFrame(columns=WINDOWS.names)]
    for chrom, ids in sample_of(shards, params.n_variants, (ATLAS, MODEL)).items():
        here = shards[chrom].only(ids, Request(*params.request).policy)
        rows = at_window(here.rows, other_bp, source.genome[0])
        with here, here.at(rows, other_bp) as there:
            predict(
                there,
                service=Service(*params.service),
                genome_path=source.genome[0],
                calls=calls._replace(concurrency=snakemake.resources.api_slots),
                allowance=calls.allowance(os.environ["ENDOBENCH_RUN"]),
                max_failed_fraction=1,
                label=chrom,
            )
            found.append(compare_windows(here, there))
    write_tsv(pd.concat(found[1:] or found), snakemake.output.windows, WINDOWS)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
