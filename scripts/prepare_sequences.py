"""Check variants against the genome and shard them by chromosome."""

from endobench.columns import DROPPED, SHARDS, VARIANTS
from endobench.logs import door
from endobench.sequence import prepare
from endobench.tables import read_frame, write_table


def main(snakemake):
    params = snakemake.params
    min_ref_match, max_n_fraction = params.limits
    kept, lost = prepare(
        read_frame(snakemake.input.variants, VARIANTS),
        snakemake.input.genome[0] if snakemake.input.genome else None,
        params.window_bp,
        min_ref_match=min_ref_match,
        max_n_fraction=max_n_fraction,
        correct=params.correct,
    )
    write_table(lost, snakemake.output.dropped, DROPPED)
    for chrom, path in zip(params.chromosomes, snakemake.output.shards, strict=True):
        write_table(kept[kept["chrom"] == chrom], path, SHARDS)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
