"""Measure one benchmark with its curves, and draw its conclusion."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

import dataclasses

from endobench.benchmark.gene_pairs import on_scale_of_scores
from endobench.core import columns
from endobench.core.logs import door
from endobench.core.tables import read_frame, read_tsvs, write_tsv
from endobench.evaluate.conclusion import DeclaredControl, conclude
from endobench.evaluate.curves import curves
from endobench.evaluate.measure import measure
from endobench.evaluate.options import MeasureOptions
from endobench.gates.verdicts import enforce_files
from endobench.genome.bed import read_bed


def main(snakemake):
    source, output, params = snakemake.input, snakemake.output, snakemake.params
    gates = read_tsvs(source.gates, columns.GATES)
    if params.is_enforced:
        enforce_files(source.gates)
    schemas = {"control": columns.PAIRS, "replicates": columns.REPLICATES}
    given = {name: schemas[name] for name in schemas if source[name]}
    given = {name: read_frame(source[name][0], each) for name, each in given.items()}
    pairs = read_frame(source.pairs, columns.PAIRS)
    blocks = read_bed(source.ld_blocks) if source.ld_blocks else None
    where = snakemake.wildcards
    names = {"dataset": where.dataset, "protocol": where.protocol}
    options = MeasureOptions.of_job(params)
    metrics, differences = measure(
        pairs,
        read_frame(source.annotations[0], columns.ANNOTATIONS),
        blocks,
        options,
        **names,
        **given,
        n_threads=snakemake.threads,
    )
    points = curves(
        on_scale_of_scores(pairs),
        blocks,
        dataclasses.replace(options, n_resamples=params.n_resamples_of_curves),
        negatives_per_positive=options.negatives_per_positive,
        **names,
    )
    write_tsv(metrics, output.metrics, columns.METRICS)
    write_tsv(differences, output.differences, columns.DIFFERENCES)
    write_tsv(points, output.curves, columns.CURVES)
    concluded = conclude(metrics, gates, differences, DeclaredControl(*params.control))
    write_tsv(concluded.conclusions, output.conclusion, columns.CONCLUSIONS)
    write_tsv(concluded.controls, output.controls, columns.CONTROLS)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
