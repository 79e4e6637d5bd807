"""Check with a gate that effects are those of the table that they were taken from."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from endobench.core.columns import EFFECTS, GATES, ORIGINALS, VARIANTS
from endobench.core.logs import door
from endobench.core.tables import read_frame, write_tsv
from endobench.gates.original import compare, measure
from endobench.gates.verdicts import judged


def main(snakemake):
    source, output, params = snakemake.input, snakemake.output, snakemake.params
    compared = compare(
        read_frame(source.effects, EFFECTS),
        read_frame(source.variants, VARIANTS),
        read_frame(source.original, EFFECTS),
        read_frame(source.original_variants, VARIANTS),
        params.name,
    )
    write_tsv(compared, output.original, ORIGINALS)
    verdicts = judged(measure(compared), snakemake.wildcards, params)
    write_tsv(verdicts, output.verdicts, GATES)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
