"""Test what the pairs of a benchmark say about explanations of a null result."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from endobench.core import columns
from endobench.core.logs import door
from endobench.core.tables import read_frame, read_tsv, write_tsv
from endobench.evaluate.explanations.pair_tests import explanation_tests
from endobench.evaluate.options import AgreementOptions
from endobench.genome.bed import read_bed


def main(snakemake):
    source, params = snakemake.input, snakemake.params
    found = explanation_tests(
        read_frame(source.pairs, columns.PAIRS),
        read_bed(source.ld_blocks) if source.ld_blocks else None,
        AgreementOptions.of_job(params),
        dataset=snakemake.wildcards.dataset,
        protocol=snakemake.wildcards.protocol,
        control=_frame(source.control, columns.CONTROL_PAIRS),
        replicates=_frame(source.replicates, columns.REPLICATES),
        windows=read_tsv(source.windows, columns.WINDOWS) if source.windows else None,
    )
    write_tsv(found, snakemake.output.tests, columns.EXPLANATION_TESTS)


def _frame(paths, schema):
    """Return the table of one file, or None without one."""
    return read_frame(paths[0], schema) if paths else None


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
