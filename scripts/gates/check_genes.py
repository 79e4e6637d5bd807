"""Check the scores of genes of a benchmark with their gates."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from endobench.core import columns
from endobench.core.logs import door
from endobench.core.tables import read_frame, read_tsv, write_tsv
from endobench.design.scorers import tracks_of
from endobench.gates.genes.evidence import Source, gather
from endobench.gates.genes.scores import measure
from endobench.gates.verdicts import judged


def main(snakemake):
    source, params = snakemake.input, snakemake.params
    tracks = chosen = None
    if source.tracks:
        tracks = read_frame(source.tracks, columns.TRACKS)
        chosen = read_tsv(source.selected, columns.TRACKS)
        tracks, chosen = (
            each[each["output"] == tracks_of(params.scorer)]
            for each in (tracks, chosen)
        )
    pairs = read_frame(source.pairs, columns.PAIRS)
    evidence = gather(
        pairs,
        read_tsv(source.dropped, columns.BENCHMARK_DROPPED),
        read_frame(source.genes, columns.GENES) if source.genes else None,
        Source(source.answers, params.scorer, tracks, chosen, params.members),
        is_signed=params.is_signed,
    )
    verdicts = judged(measure(evidence), snakemake.wildcards, params)
    verdicts = verdicts.assign(model=str(pairs["model"].iloc[0]))
    write_tsv(verdicts, snakemake.output.verdicts, columns.GATES)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
