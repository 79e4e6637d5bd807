"""Compare the benchmarks of a dataset on the pairs that they share."""

import pandas as pd
from endobench.bed import read_bed
from endobench.columns import DIFFERENCES, PAIRS
from endobench.contrasts import COLUMNS, contrasts
from endobench.logs import door
from endobench.tables import read_frame, read_tsv, write_tsv


def main(snakemake):
    source, params = snakemake.input, snakemake.params
    differences = contrasts(
        {
            protocol: read_frame(path, PAIRS, COLUMNS)
            for protocol, path in zip(params.protocols, source.pairs, strict=True)
        },
        read_bed(source.ld_blocks) if source.ld_blocks else None,
        pd.concat([read_tsv(path, DIFFERENCES) for path in source.within]),
        null=params.null,
        classes=params.classes,
        cutoffs=params.effect_cutoffs,
        is_signed=params.is_signed,
        n_resamples=params.n_resamples,
        seed=params.seed,
        dataset=snakemake.wildcards.dataset,
    )
    write_tsv(differences, snakemake.output.differences, DIFFERENCES)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
