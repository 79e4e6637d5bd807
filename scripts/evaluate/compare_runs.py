"""Compare the benchmarks of this run with those of other runs."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from endobench.core.columns import RUNS
from endobench.core.logs import door
from endobench.core.tables import write_tsv
from endobench.evaluate.options import AgreementOptions
from endobench.evaluate.runs import HERE, Run, compare
from endobench.genome.bed import read_bed


def main(snakemake):
    source, params = snakemake.input, snakemake.params
    runs = compare(
        Run.of_summary(HERE, source.summary),
        [
            Run.of_summary(name, path)
            for name, path in zip(params.names, source.summaries, strict=True)
        ],
        read_bed(source.ld_blocks) if source.ld_blocks else None,
        AgreementOptions.by_dataset(params),
    )
    write_tsv(runs, snakemake.output.runs, RUNS)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
