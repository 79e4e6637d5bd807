"""Compare the numbers of all benchmarks with those of the first of their dataset."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

import pandas as pd
from endobench.core.columns import DIFFERENCES, METRICS, SWEEP
from endobench.core.logs import door
from endobench.core.tables import read_tsv, write_tsv
from endobench.evaluate.summary import sweep


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
