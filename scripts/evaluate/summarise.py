"""Write one row per conclusion of every benchmark."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from endobench.core.columns import CONCLUSIONS, METRICS, WATERFALL
from endobench.core.logs import door
from endobench.core.tables import read_tsvs, write_tsv
from endobench.evaluate.summary import SUMMARY, summarise


def main(snakemake):
    source = snakemake.input
    summary = summarise(
        read_tsvs(source.metrics, METRICS),
        read_tsvs(source.waterfall, WATERFALL),
        read_tsvs(source.conclusions, CONCLUSIONS),
    )
    write_tsv(summary, snakemake.output.summary, SUMMARY)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
