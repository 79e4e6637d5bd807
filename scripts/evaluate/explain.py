"""Put every explanation of a null result to its tests, from the tables of a run."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

import pandas as pd
from endobench.core import columns
from endobench.core.logs import door
from endobench.core.tables import read_tsvs, write_tsv
from endobench.design.scorers import longest_window
from endobench.evaluate.explanations.table import Tables, explain

SCHEMAS = {
    "metrics": columns.METRICS,
    "differences": columns.DIFFERENCES,
    "ladder": columns.LADDER,
    "tests": columns.EXPLANATION_TESTS,
}


def main(snakemake):
    tables = Tables(
        **{
            name: read_tsvs(snakemake.input[name], schema)
            for name, schema in SCHEMAS.items()
        }
    )
    params = snakemake.params
    conclusions = read_tsvs(snakemake.input.conclusions, columns.CONCLUSIONS)
    controls = read_tsvs(snakemake.input.controls, columns.CONTROLS)
    long_bp = longest_window(_lengths(snakemake.input.index, params.chromosomes))
    found = [
        explain(
            tables,
            dataset,
            main,
            has_genes=dataset in params.of_genes,
            long_bp=long_bp,
            conclusions=conclusions,
            controls=controls,
        )
        for dataset, main in params.main.items()
    ]
    found = pd.concat(found, ignore_index=True)
    write_tsv(found, snakemake.output.explanations, columns.EXPLANATIONS)


def _lengths(paths, chromosomes):
    """Return the lengths in bp of chromosomes that the index of a genome has."""
    if not paths:
        return []
    [path] = paths
    lengths = pd.read_csv(path, sep="\t", header=None, index_col=0)[1]
    return list(lengths[lengths.index.isin(chromosomes)])


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
