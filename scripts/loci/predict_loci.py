"""Predict the tracks of REF and ALT around the chosen variants."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

import os

from endobench.core.columns import GENES, LOCI, LOCUS_TRACKS, TRACKS
from endobench.core.logs import door
from endobench.core.tables import read_frame, read_tsv, write_table, write_tsv
from endobench.loci.predict import predict_chosen
from endobench.loci.question import LocusView
from endobench.predict.chromosome import Access


def main(snakemake, terminal):
    params = snakemake.params
    loci = read_tsv(snakemake.input.chosen, LOCI)
    sets = [read_tsv(path, TRACKS) for path in snakemake.input.sets]
    views = [LocusView(*each, params.width_bp) for each in params.views]
    genes = snakemake.input.genes
    loci, tracks = predict_chosen(
        loci,
        dict(zip(params.datasets, sets, strict=True)),
        dict(zip(params.datasets, views, strict=True)),
        snakemake.input.genome_record,
        Access.of_job(
            os.environ["ENDOBENCH_RUN"], snakemake.config, snakemake.input, params
        ),
        terminal,
        genes=read_frame(genes, GENES) if genes else None,
    )
    write_tsv(loci, snakemake.output.loci, LOCI)
    write_table(tracks, snakemake.output.tracks, LOCUS_TRACKS)


if __name__ == "__main__":
    with door(snakemake.log[0]) as terminal:
        main(snakemake, terminal)
