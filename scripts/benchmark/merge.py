"""Join measured and predicted effects, and account for every row of the source."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from endobench.benchmark.gene_pairs import asked_pairs, is_of_all_tissues
from endobench.benchmark.merge import (
    ASKED,
    LEADING,
    Choices,
    Predicted,
    Question,
    merge,
)
from endobench.benchmark.scores import TrackSet, positions_of
from endobench.core import columns, tables
from endobench.core.logs import door
from endobench.predict.answers import genes_of_answers, read_answers


def main(snakemake):
    source, output, params = snakemake.input, snakemake.output, snakemake.params
    scorer, where = params.scorer, snakemake.wildcards
    sets = [positions_of(source.tracks, scorer, [0])]
    sets.append(positions_of(source.mismatched, scorer, []))
    failures = tables.read_tsvs(source.failures, columns.FAILURES)
    shards = tables.read_frames(source.shards, columns.SHARDS, columns=ASKED)
    genes = tables.read_frame(source.genes, columns.GENES) if source.genes else None
    # Of pairs that were not requested, only the variant is kept in memory.
    path, schema, wanted = source.effects[0], columns.EFFECTS, shards["source_id"]
    effects, source_ids = tables.read_rows(path, schema, "variant_id", wanted)
    effects = effects.to_pandas()
    answered = genes_of_answers(source.answers, scorer)
    asked = asked_pairs(effects, shards, is_of_all_tissues(scorer, answered))
    answers, here, elsewhere = read_answers(source.answers, scorer, *sets, pairs=asked)
    failures = failures[failures["scorer"] == scorer]
    track_set = TrackSet(params.track_set, here, elsewhere, params.reduction)
    leave_out = f"leave_out of dataset {where.dataset}"
    merged = merge(
        effects,
        shards,
        Predicted(answers, failures, track_set),
        [tables.read_table(path, columns.DROPPED) for path in source.dropped],
        source_ids=source_ids,
        parts=tables.read_parts(path, schema, LEADING),
        choices=Choices(params.null, params.leave_out, leave_out),
        question=Question(scorer, params.has_genes, genes, frozenset(answered)),
    )
    waterfall = merged.waterfall.assign(dataset=where.dataset, protocol=where.protocol)
    tables.write_table(merged.pairs, output.pairs, columns.PAIRS)
    tables.write_tsv(merged.pairs, output.pairs_tsv, columns.PAIRS)
    tables.write_tsv(merged.dropped, output.dropped, columns.BENCHMARK_DROPPED)
    tables.write_tsv(merged.failures, output.failures, columns.FAILURES)
    tables.write_tsv(waterfall, output.waterfall, columns.WATERFALL)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
