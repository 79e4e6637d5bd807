"""Lay the numbers of all benchmarks out beside the primary's."""

import pandas as pd
from endobench.columns import DIFFERENCES, METRICS, SWEEP
from endobench.logs import door
from endobench.sweep import sweep
from endobench.tables import read_tsv, write_tsv


def main(snakemake):
    metrics, differences = (
        pd.concat([read_tsv(path, schema) for path in paths], ignore_index=True)
        for paths, schema in (
            (snakemake.input.metrics, METRICS),
            (snakemake.input.differences, DIFFERENCES),
        )
    )
    write_tsv(sweep(metrics, differences), snakemake.output.sweep, SWEEP)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
