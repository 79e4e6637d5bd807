"""Write one line per benchmark."""

import pandas as pd
from endobench.columns import METRICS, SUMMARY, WATERFALL
from endobench.logs import door
from endobench.metrics import summarise
from endobench.tables import read_tsv, write_tsv


def main(snakemake):
    metrics = pd.concat([read_tsv(path, METRICS) for path in snakemake.input.metrics])
    waterfall = pd.concat(
        [read_tsv(path, WATERFALL) for path in snakemake.input.waterfall]
    )
    write_tsv(summarise(metrics, waterfall), snakemake.output.summary, SUMMARY)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
