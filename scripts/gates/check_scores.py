"""Check the scores of a benchmark with their gates."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from endobench.benchmark.scores import TrackSet, positions_of
from endobench.core import columns
from endobench.core.logs import door
from endobench.core.tables import read_frame, read_tsv, write_tsv
from endobench.gates import models
from endobench.gates.scores import Beside, Expected, measure, measure_parts
from endobench.gates.verdicts import judged
from endobench.genome.bed import read_bed
from endobench.genome.gtf import strands_of


def main(snakemake):
    source, params, where = snakemake.input, snakemake.params, snakemake.wildcards
    pairs = read_frame(source.pairs, columns.PAIRS)
    expected = Expected(*params.expected)
    selected = positions_of(source.selected, expected.scorer, [0])
    measured = measure(
        pairs,
        _read(source.tracks, columns.TRACKS),
        expected,
        _read(source.windows, columns.WINDOWS),
        _read(source.exchanged, columns.EXCHANGED),
        (_read(source.again, columns.ANSWERS), TrackSet("again", selected)),
        is_signed=params.is_signed,
        has_signed_scores=params.has_signed_scores,
    )
    annotations = _read(source.annotations[0], columns.ANNOTATIONS)
    starts = _read(source.starts, columns.GENE_STARTS)
    of_parts, table = measure_parts(
        pairs,
        Beside(
            read_tsv(source.waterfall, columns.WATERFALL),
            _read(source.control, columns.PAIRS),
            _read(source.replicates, columns.REPLICATES),
            annotations.set_index("variant_id")["motif_change"],
            read_bed(source.ld_blocks) if source.ld_blocks else None,
            strands_of(starts) if starts is not None else None,
            models.read(dict(zip(params.models, source.models, strict=True))),
        ),
        is_signed=params.is_signed and params.has_signed_scores,
        null=params.null,
    )
    model = str(pairs["model"].iloc[0])
    named = {"dataset": where.dataset, "protocol": where.protocol, "model": model}
    write_tsv(table.assign(**named), snakemake.output.parts, columns.PARTS)
    verdicts = judged(measured | of_parts, where, params).assign(model=model)
    write_tsv(verdicts, snakemake.output.verdicts, columns.GATES)


def _read(path, schema):
    """Read an optional table; an input that a function names may be a list."""
    if not path:
        return None
    path = path if isinstance(path, str) else path[0]
    return (read_tsv if path.endswith(".tsv") else read_frame)(path, schema)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
