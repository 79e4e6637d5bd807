"""Gather the verdicts of a dataset's gates in one table."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from endobench.core.joined_tables import join_tables
from endobench.core.logs import door


def main(snakemake):
    join_tables(snakemake.input.verdicts, snakemake.output.gates)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
