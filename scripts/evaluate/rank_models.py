"""Put the models of all benchmarks side by side."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from endobench.core.columns import (
    CONCLUSIONS,
    DIFFERENCES,
    LEADERBOARD,
    METRICS,
    PAIRS,
)
from endobench.core.logs import door
from endobench.core.tables import read_frame, read_tsvs, write_tsv
from endobench.evaluate.contrasts import COLUMNS
from endobench.evaluate.leaderboard import Entry, leaderboard
from endobench.evaluate.options import AgreementOptions
from endobench.genome.bed import read_bed
from endobench.sources.cells import all_published


def main(snakemake):
    source, params = snakemake.input, snakemake.params
    pairs = {
        tuple(place): read_frame(path, PAIRS, COLUMNS)
        for place, path in zip(params.compared, source.pairs, strict=True)
    }
    found = leaderboard(
        [Entry(*each) for each in params.entries],
        read_tsvs(source.metrics, METRICS),
        read_tsvs(source.conclusions, CONCLUSIONS),
        pairs,
        {
            dataset: all_published({"published": text})
            for dataset, text in params.published.items()
        },
        read_bed(source.ld_blocks) if source.ld_blocks else None,
        AgreementOptions.by_dataset(params),
    )
    write_tsv(found.rows, snakemake.output.leaderboard, LEADERBOARD)
    write_tsv(found.differences, snakemake.output.differences, DIFFERENCES)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
