"""Compare the scores of a table with those of the same model at other windows."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from endobench.core.columns import SCORE_TABLE, WINDOWS
from endobench.core.logs import door
from endobench.core.tables import read_frame, write_tsv
from endobench.predict.look_up import compare_tables


def main(snakemake):
    source, params = snakemake.input, snakemake.params
    others = {
        bp: read_frame(path, SCORE_TABLE)
        for bp, path in zip(params.others_bp, source.others, strict=True)
    }
    windows = compare_tables(
        read_frame(source.table, SCORE_TABLE), params.window_bp, others, params.model
    )
    write_tsv(windows, snakemake.output.windows, WINDOWS)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
