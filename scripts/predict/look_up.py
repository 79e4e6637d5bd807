"""Look up the scores of all chromosomes' variants in a table."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

import pathlib

import pandas as pd
from endobench.core.columns import ANSWERS, DROPPED, FAILURES, SCORE_TABLE, SHARDS
from endobench.core.logs import door
from endobench.core.tables import (
    read_frame,
    read_frames,
    read_tsv,
    write_table,
    write_tsv,
)
from endobench.predict.look_up import answers_from_table, check_missing, reasons_of


def main(snakemake):
    output, params = snakemake.output, snakemake.params
    table = read_frame(snakemake.input.table, SCORE_TABLE)
    reasons = reasons_of(read_tsv(snakemake.input.dropped, DROPPED))
    places = zip(params.chromosomes, output.answers, output.failures, strict=True)
    n_variants, all_missing = 0, [FAILURES.empty_table().to_pandas()]
    for chrom, answers_path, failures_path in places:
        shards = [each for each in snakemake.input.shards if is_of(each, chrom)]
        rows = read_frames(shards, SHARDS).drop_duplicates("variant_id")
        # Only this chromosome's rows, so that each row of the table is searched once.
        here = table[table["chrom"] == chrom]
        answers, missing = answers_from_table(rows, here, params.model, reasons)
        write_table(answers, answers_path, ANSWERS)
        write_tsv(missing, failures_path, FAILURES)
        n_variants += len(rows)
        all_missing.append(missing)
    missing = pd.concat([part for part in all_missing if len(part)] or all_missing[:1])
    check_missing(snakemake.input.table, n_variants, missing, table)


def is_of(path, chrom):
    return pathlib.Path(path).stem == chrom


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
