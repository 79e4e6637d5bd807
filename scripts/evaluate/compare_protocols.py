"""Compare the benchmarks of a dataset on the pairs that they share."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from endobench.core.columns import DIFFERENCES, PAIRS, WINDOWS
from endobench.core.logs import door
from endobench.core.tables import read_frame, read_tsv, read_tsvs, write_tsv
from endobench.evaluate.contrasts import COLUMNS, contrasts
from endobench.evaluate.options import AgreementOptions
from endobench.genome.bed import read_bed


def main(snakemake):
    source, params = snakemake.input, snakemake.params
    options = AgreementOptions.of_job(params)
    differences = contrasts(
        {
            protocol: read_frame(path, PAIRS, COLUMNS)
            for protocol, path in zip(params.protocols, source.pairs, strict=True)
        },
        read_bed(source.ld_blocks) if source.ld_blocks else None,
        read_tsvs(source.within, DIFFERENCES),
        options,
        dataset=snakemake.wildcards.dataset,
        cutoffs=params.effect_cutoffs,
        windows=read_tsv(source.windows, WINDOWS) if source.windows else None,
    )
    write_tsv(differences, snakemake.output.differences, DIFFERENCES)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
