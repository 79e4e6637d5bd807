"""Rank individual tracks of the model by their agreement with the effects."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from endobench.core import columns
from endobench.core.logs import door
from endobench.core.tables import read_frame, read_tsv, write_tsv
from endobench.design.scorers import tracks_of
from endobench.evaluate.options import AgreementOptions
from endobench.evaluate.track_ranking import TrackAnswers, rank_tracks
from endobench.genome.bed import read_bed
from endobench.predict.answers import read_answers


def main(snakemake):
    source, params = snakemake.input, snakemake.params
    output = tracks_of(params.scorer)
    tracks = read_frame(source.tracks, columns.TRACKS)
    tracks = tracks[tracks["output"] == output]
    chosen = read_tsv(source.selected, columns.TRACKS)
    pairs = read_frame(source.pairs, columns.PAIRS)
    scored = pairs[["variant_id"]].assign(feature_id=pairs["scored_gene"])
    answers, _ = read_answers(
        source.answers, params.scorer, tracks["position"], pairs=scored
    )
    in_set = chosen.loc[chosen["output"] == output, "position"]
    ranking, rank = rank_tracks(
        pairs,
        TrackAnswers(answers, tracks, in_set),
        read_bed(source.ld_blocks) if source.ld_blocks else None,
        AgreementOptions.of_job(params),
        dataset=snakemake.wildcards.dataset,
        protocol=snakemake.wildcards.protocol,
    )
    write_tsv(ranking, snakemake.output.ranking, columns.TRACK_METRICS)
    write_tsv(rank, snakemake.output.rank, columns.EXPLANATION_TESTS)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
