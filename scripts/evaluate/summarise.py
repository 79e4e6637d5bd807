"""Write one row per conclusion of every benchmark."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

import pandas as pd
from endobench.core.columns import CONCLUSIONS, METRICS, WATERFALL
from endobench.core.logs import door
from endobench.core.tables import read_tsv, write_tsv
from endobench.evaluate.summary import SUMMARY, summarise


def main(snakemake):
    metrics, waterfall, conclusions = (
        pd.concat([read_tsv(path, schema) for path in paths])
        for paths, schema in (
            (snakemake.input.metrics, METRICS),
            (snakemake.input.waterfall, WATERFALL),
            (snakemake.input.conclusions, CONCLUSIONS),
        )
    )
    summary = summarise(metrics, waterfall, conclusions)
    write_tsv(summary, snakemake.output.summary, SUMMARY)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
