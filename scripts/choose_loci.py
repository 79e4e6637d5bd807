"""Choose the variants whose tracks are drawn: each dataset's top hits, and those asked."""

from endobench.columns import LOCI, VARIANTS
from endobench.hits import choose_hits
from endobench.logs import door
from endobench.tables import read_frame, write_tsv


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
