"""Draw how many pairs each stage kept, and why it dropped the others."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from endobench.core.columns import WATERFALL
from endobench.core.logs import door
from endobench.core.tables import read_tsv
from endobench.figures.waterfall import waterfall


def main(snakemake):
    counts = read_tsv(snakemake.input.waterfall, WATERFALL)
    title = f"{snakemake.wildcards.dataset}, {snakemake.wildcards.protocol} protocol"
    for path in (snakemake.output.png, snakemake.output.pdf):
        waterfall(counts, path, title=title)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
