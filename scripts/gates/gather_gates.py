"""Gather the verdicts of a dataset's gates in one table."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

import pandas as pd
from endobench.core.columns import GATES
from endobench.core.logs import door
from endobench.core.tables import read_tsv, write_tsv


def main(snakemake):
    verdicts = [read_tsv(path, GATES) for path in snakemake.input.verdicts]
    write_tsv(pd.concat(verdicts), snakemake.output.gates, GATES)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
