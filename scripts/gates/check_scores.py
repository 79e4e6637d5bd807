"""Check the scores of a benchmark with their gates."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from endobench.core.columns import (
    EXCHANGED,
    GATES,
    GENE_STARTS,
    PAIRS,
    PARTS,
    TRACKS,
    WATERFALL,
    WINDOWS,
)
from endobench.core.logs import door
from endobench.core.tables import read_frame, read_tsv, write_tsv
from endobench.gates import blocks, parts
from endobench.gates.scores import Expected, measure
from endobench.gates.verdicts import judged
from endobench.genome.bed import read_bed
from endobench.genome.gtf import strands_of


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
    where, params = snakemake.wildcards, snakemake.params
    ld_blocks = read_bed(source.ld_blocks) if source.ld_blocks else None
    starts = read_frame(source.starts, GENE_STARTS) if source.starts else None
    options = {
        "blocks": ld_blocks,
        "strands": None if starts is None else strands_of(starts),
        "is_signed": params.is_signed and params.has_signed_scores,
        "null": params.null,
    }
    control = read_frame(source.control[0], PAIRS) if source.control else None
    table = parts.parts_of_benchmark(pairs, control, **options)
    waterfall = read_tsv(source.waterfall, WATERFALL)
    options = {name: options[name] for name in ("is_signed", "null")}
    measured |= parts.measure(pairs, control, table, waterfall, **options)
    measured["control_scores"] = parts.control_scores(pairs, control)
    measured |= blocks.measure(pairs, ld_blocks, params.null)
    model = str(pairs["model"].iloc[0])
    named = {"dataset": where.dataset, "protocol": where.protocol, "model": model}
    write_tsv(table.assign(**named), snakemake.output.parts, PARTS)
    verdicts = judged(measured, where, params).assign(model=model)
    write_tsv(verdicts, snakemake.output.verdicts, GATES)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
