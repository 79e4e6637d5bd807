"""Measure one benchmark, and draw its conclusion."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

import pandas as pd
from endobench.core import columns
from endobench.core.logs import door
from endobench.core.tables import read_frame, read_tsv, write_tsv
from endobench.evaluate.conclusion import Named, conclude
from endobench.evaluate.measure import measure
from endobench.evaluate.options import MeasureOptions
from endobench.gates.verdicts import enforce_files
from endobench.genome.bed import read_bed


def main(snakemake):
    source, output, params = snakemake.input, snakemake.output, snakemake.params
    gates = pd.concat([read_tsv(path, columns.GATES) for path in source.gates])
    if params.is_enforced:
        enforce_files(source.gates)
    schemas = {"control": columns.PAIRS, "replicates": columns.REPLICATES}
    given = {name: schemas[name] for name in schemas if source[name]}
    given = {name: read_frame(source[name][0], each) for name, each in given.items()}
    metrics, differences = measure(
        read_frame(source.pairs, columns.PAIRS),
        read_frame(source.annotations[0], columns.ANNOTATIONS),
        read_bed(source.ld_blocks) if source.ld_blocks else None,
        MeasureOptions(
            null=params.null,
            classes=params.classes,
            model_version=params.model_version,
            is_primary=params.is_primary,
            is_signed=params.is_signed,
            published=params.published,
            **params.statistics,
        ),
        dataset=snakemake.wildcards.dataset,
        protocol=snakemake.wildcards.protocol,
        **given,
        n_threads=snakemake.threads,
    )
    write_tsv(metrics, output.metrics, columns.METRICS)
    write_tsv(differences, output.differences, columns.DIFFERENCES)
    concluded = conclude(metrics, gates, differences, Named(*params.control))
    write_tsv(concluded.conclusions, output.conclusion, columns.CONCLUSIONS)
    write_tsv(concluded.controls, output.controls, columns.CONTROLS)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
