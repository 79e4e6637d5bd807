"""Read a table of scores of any model, or of effects of another assay or cohort."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from endobench.core.columns import DROPPED, LOSSES, MEASURED_TABLE, REPLICATE_TABLE
from endobench.core.logs import door
from endobench.core.tables import write_table, write_tsv
from endobench.sources.load_scores import load_scores


def main(snakemake):
    params, output = snakemake.params, snakemake.output
    found = load_scores(snakemake.input, params)
    schema = REPLICATE_TABLE if params.by_feature else MEASURED_TABLE
    write_table(found.table, output.table, schema)
    write_tsv(found.dropped, output.dropped, DROPPED)
    write_tsv(found.losses, output.losses, LOSSES)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
