"""Predict the variants of one chromosome, asking only for what is not remembered."""

import json
from pathlib import Path

from endobench.columns import ANSWERS, FAILURES, SHARDS, TRACKS
from endobench.logs import door
from endobench.scores import answers_frame
from endobench.service import Service, predict
from endobench.tables import read_frame, read_frames, write_table, write_tsv


def main(snakemake):
    params = snakemake.params
    tracks = read_frame(snakemake.input.tracks, TRACKS)
    shards = read_frames(snakemake.input.shards, SHARDS)
    outcome = predict(
        shards.drop_duplicates("variant_id"),
        tracks,
        scorer=params.scorer,
        window_bp=params.window_bp,
        genome_path=snakemake.input.genome[0],
        genome_digest=json.loads(Path(snakemake.input.genome_record).read_text())[
            "sha256"
        ],
        service=Service(*params.service),
        max_failed_fraction=params.max_failed_fraction,
        shard=snakemake.wildcards.chrom,
        **snakemake.config["prediction"],
    )
    model = tracks["model"].iloc[0]
    answers = answers_frame(
        outcome.answers.values(), model, params.scorer, params.window_bp
    )
    failures = outcome.failures.assign(model=model)
    write_table(answers, snakemake.output.answers, ANSWERS)
    write_tsv(failures, snakemake.output.failures, FAILURES)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
