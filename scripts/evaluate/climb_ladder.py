"""Measure the steps from the published protocol to the corrected one."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from endobench.core.columns import CONCLUSIONS, EXPLANATION_TESTS, LADDER, PAIRS
from endobench.core.logs import door
from endobench.core.tables import read_frame, read_tsvs, write_tsv
from endobench.evaluate.contrasts import COLUMNS
from endobench.evaluate.ladder import climb
from endobench.evaluate.options import AgreementOptions
from endobench.genome.bed import read_bed


def main(snakemake):
    source, params = snakemake.input, snakemake.params
    pairs = {
        protocol: read_frame(path, PAIRS, COLUMNS)
        for protocol, path in zip(params.protocols, source.pairs, strict=True)
    }
    ladder, sums = climb(
        pairs,
        read_bed(source.ld_blocks) if source.ld_blocks else None,
        read_tsvs(source.conclusions, CONCLUSIONS),
        AgreementOptions.of_job(params),
        dataset=snakemake.wildcards.dataset,
    )
    write_tsv(ladder, snakemake.output.ladder, LADDER)
    write_tsv(sums, snakemake.output.sums, EXPLANATION_TESTS)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
