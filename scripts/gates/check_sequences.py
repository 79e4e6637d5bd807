"""Check variants against the genome with their gates."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from endobench.core.columns import GATES, VARIANTS
from endobench.core.logs import door
from endobench.core.tables import read_frame, write_tsv
from endobench.gates.sequences import measure
from endobench.gates.verdicts import judged


def main(snakemake):
    source = snakemake.input
    measured = measure(
        read_frame(source.variants, VARIANTS),
        source.genome[0] if source.genome else None,
        dict(zip(snakemake.params.builds, source.chains, strict=True)),
    )
    verdicts = judged(measured, snakemake.wildcards, snakemake.params)
    write_tsv(verdicts, snakemake.output.verdicts, GATES)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
