"""Predict the tracks of REF and ALT around the variants that were chosen."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

import os

from endobench.core.columns import LOCI, LOCUS_TRACKS, TRACKS
from endobench.core.logs import door
from endobench.core.tables import read_tsv, write_table, write_tsv
from endobench.loci.predict import predict_chosen
from endobench.model.service import Service
from endobench.predict.chromosome import Calls


def main(snakemake):
    params = snakemake.params
    calls = Calls(**snakemake.config["prediction"])
    loci = read_tsv(snakemake.input.chosen, LOCI)
    sets = [read_tsv(path, TRACKS) for path in snakemake.input.sets]
    loci, tracks = predict_chosen(
        loci,
        dict(zip(params.datasets, sets, strict=True)),
        track_set=params.track_set,
        scorer=params.scorer,
        window_bp=params.window_bp,
        width_bp=params.width_bp,
        service=Service(*params.service),
        genome_path=snakemake.input.genome[0],
        genome_record=snakemake.input.genome_record,
        calls=calls,
        call_budget=calls.call_budget(os.environ["ENDOBENCH_RUN"]),
    )
    write_tsv(loci, snakemake.output.loci, LOCI)
    write_table(tracks, snakemake.output.tracks, LOCUS_TRACKS)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
