"""Take the scores of a chromosome's variants from a table."""

from endobench.columns import ANSWERS, FAILURES, SCORE_TABLE, SHARDS
from endobench.logs import door
from endobench.scores import answers_from_table
from endobench.tables import read_frame, read_frames, write_table, write_tsv


def main(snakemake):
    shards = read_frames(snakemake.input.shards, SHARDS)
    answers, missing = answers_from_table(
        shards.drop_duplicates("variant_id"),
        read_frame(snakemake.input.table, SCORE_TABLE),
        snakemake.params.model,
    )
    write_table(answers, snakemake.output.answers, ANSWERS)
    write_tsv(missing, snakemake.output.failures, FAILURES)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
