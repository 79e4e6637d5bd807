"""Compute the metrics of one benchmark."""

from endobench.columns import METRICS, PAIRS
from endobench.logs import door
from endobench.metrics import measure
from endobench.tables import read_frame, write_tsv


def main(snakemake):
    pairs = read_frame(snakemake.input.pairs, PAIRS)
    wildcards = snakemake.wildcards
    metrics = measure(pairs, wildcards.dataset, wildcards.protocol)
    write_tsv(metrics, snakemake.output.metrics, METRICS)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
