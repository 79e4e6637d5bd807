"""Read a table of scores of any model, or of effects of another assay or cohort."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

import os

from endobench.core.columns import DROPPED, LOSSES, MEASURED_TABLE, REPLICATE_TABLE
from endobench.core.logs import door
from endobench.core.losses import Losses
from endobench.core.tables import write_table, write_tsv
from endobench.sources.formats import Source
from endobench.sources.harmonise import check_harmonised, normalise
from endobench.sources.load import load_table
from endobench.sources.score_table import (
    FEATURE,
    GENE,
    check_genes,
    losses,
    score_table,
)


def main(snakemake):
    params, inputs = snakemake.params, snakemake.input

    def load(source):
        return load_table(inputs, source, params.joined, params.alleles_build)

    check_genes(os.path.realpath(inputs.table), Source(*params.source), load)
    parsed = load(params.source)
    check_harmonised(parsed, params.max_unharmonised, inputs.table)
    if inputs.genome:
        parsed = normalise(parsed, inputs.genome[0], params.null)
    # Scores are 0 without an effect, whereas a Pi is 0.5.
    effects = parsed.effects.assign(effect=parsed.effects["effect"] - params.null)
    parsed = parsed._replace(effects=effects)
    by = FEATURE if params.by_feature else None
    if by is None and "feature_id" in dict(Source(*params.source).columns):
        by = GENE
    table, dropped = score_table(parsed, by)
    lost = Losses()
    lost.add(dropped[dropped["stage"] == "scores"])
    lost.conclude(os.path.realpath(inputs.table), len(effects))
    schema = REPLICATE_TABLE if params.by_feature else MEASURED_TABLE
    write_table(table, snakemake.output.table, schema)
    write_tsv(dropped, snakemake.output.dropped, DROPPED)
    account = losses(params.name, parsed.n_rows, table, dropped)
    write_tsv(account, snakemake.output.losses, LOSSES)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
