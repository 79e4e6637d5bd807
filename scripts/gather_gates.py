"""Gather the verdicts of all gates of a dataset."""

import pandas as pd
from endobench.columns import GATES
from endobench.logs import door
from endobench.tables import read_tsv, write_tsv


def main(snakemake):
    verdicts = [read_tsv(path, GATES) for path in snakemake.input.verdicts]
    write_tsv(pd.concat(verdicts), snakemake.output.gates, GATES)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
