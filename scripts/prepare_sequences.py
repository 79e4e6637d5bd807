"""Check variants against the genome and shard them by chromosome."""

from endobench.columns import DROPPED, IN_PEAKS, SHARDS
from endobench.gates import enforce_files
from endobench.logs import door
from endobench.sequence import prepare
from endobench.tables import read_frame, write_table


def main(snakemake):
    params = snakemake.params
    enforce_files(snakemake.input.gates)
    kept, lost = prepare(
        read_frame(snakemake.input.variants, IN_PEAKS),
        snakemake.input.genome[0] if snakemake.input.genome else None,
        params.window_bp,
        max_n_fraction=params.max_n_fraction,
        correct=params.correct,
    )
    write_table(lost, snakemake.output.dropped, DROPPED)
    for chrom, path in zip(params.chromosomes, snakemake.output.shards, strict=True):
        write_table(kept[kept["chrom"] == chrom], path, SHARDS)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
