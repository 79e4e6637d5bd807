"""Compare the numbers of all benchmarks with those of the first of their dataset."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from endobench.core.columns import DIFFERENCES, METRICS, SWEEP
from endobench.core.logs import door
from endobench.core.tables import read_tsvs, write_tsv
from endobench.evaluate.summary import sweep


def main(snakemake):
    metrics = read_tsvs(snakemake.input.metrics, METRICS)
    differences = read_tsvs(snakemake.input.differences, DIFFERENCES)
    write_tsv(sweep(metrics, differences), snakemake.output.sweep, SWEEP)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
