"""Check the scores of a benchmark with their gates."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from endobench.core.columns import EXCHANGED, GATES, PAIRS, TRACKS, WINDOWS
from endobench.core.logs import door
from endobench.core.tables import read_frame, read_tsv, write_tsv
from endobench.gates.scores import Expected, measure
from endobench.gates.verdicts import judged


def main(snakemake):
    source = snakemake.input
    pairs = read_frame(source.pairs, PAIRS)
    measured = measure(
        pairs,
        read_frame(source.tracks, TRACKS) if source.tracks else None,
        Expected(*snakemake.params.expected),
        read_tsv(source.windows, WINDOWS) if source.windows else None,
        read_tsv(source.exchanged, EXCHANGED) if source.exchanged else None,
        is_signed=snakemake.params.is_signed,
        has_signed_scores=snakemake.params.has_signed_scores,
    )
    verdicts = judged(measured, snakemake.wildcards, snakemake.params)
    verdicts = verdicts.assign(model=str(pairs["model"].iloc[0]))
    write_tsv(verdicts, snakemake.output.verdicts, GATES)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
