"""Simulate the inputs of the demonstration."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from endobench.core.logs import door
from endobench.demo.simulate import simulate, write_simulation


def main(snakemake):
    write_simulation(simulate(snakemake.params.seed), snakemake.output)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
