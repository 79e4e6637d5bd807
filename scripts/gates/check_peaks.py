"""Check peaks and the variants in them with their gates."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from functools import partial

from endobench.core.columns import GATES, VARIANTS
from endobench.core.logs import door
from endobench.core.tables import read_parts, write_tsv
from endobench.gates.peaks import measure
from endobench.gates.verdicts import judged
from endobench.genome.bed import read_bed


def main(snakemake):
    source = snakemake.input
    measured = measure(
        partial(read_parts, source.variants, VARIANTS),
        read_bed(source.peaks) if source.peaks else None,
    )
    verdicts = judged(measured, snakemake.wildcards, snakemake.params)
    write_tsv(verdicts, snakemake.output.verdicts, GATES)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
