"""Choose the variants to draw: top hits of each dataset, and requested variants."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from endobench.core.columns import LOCI, VARIANTS
from endobench.core.logs import door
from endobench.core.tables import read_frame, write_tsv
from endobench.loci.choose import choose_hits


def main(snakemake):
    params = snakemake.params
    pairs = snakemake.input.pairs
    benchmarks = zip(pairs, params.classes, params.nulls, strict=True)
    loci = choose_hits(
        dict(zip(params.datasets, benchmarks, strict=True)),
        read_frame(snakemake.input.asked, VARIANTS),
        params.top,
    )
    write_tsv(loci, snakemake.output.chosen, LOCI)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
