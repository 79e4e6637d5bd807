"""Measure the steps from the published protocol to the corrected one."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

import pandas as pd
from endobench.benchmark.matching import positives_of
from endobench.core.columns import CONCLUSIONS, LADDER, PAIRS
from endobench.core.logs import door
from endobench.core.tables import read_frame, read_tsv, write_tsv
from endobench.evaluate.ladder import climb
from endobench.genome.bed import read_bed

# All that a comparison reads of pairs.
COLUMNS = [
    *("variant_id", "source_id", "feature_id", "effect", "raw"),
    *("p_value", "q_value", "pip", "label", "scorer", "model"),
]


def main(snakemake):
    source, params = snakemake.input, snakemake.params
    pairs = {
        protocol: positives_of(read_frame(path, PAIRS, COLUMNS), params.classes)
        for protocol, path in zip(params.protocols, source.pairs, strict=True)
    }
    ladder = climb(
        pairs,
        read_bed(source.ld_blocks) if source.ld_blocks else None,
        pd.concat([read_tsv(path, CONCLUSIONS) for path in source.conclusions]),
        dataset=snakemake.wildcards.dataset,
        null=params.null,
        n_resamples=params.n_resamples,
        seed=params.seed,
    )
    write_tsv(ladder, snakemake.output.ladder, LADDER)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
