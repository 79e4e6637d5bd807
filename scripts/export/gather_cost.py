"""Lay out what each rule took, and what was asked of a model."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

import pathlib

import pandas as pd
from endobench.core.columns import ANSWERS, BUDGET, COST, FAILURES
from endobench.core.logs import door
from endobench.core.tables import read_frame, read_tsv, write_tsv
from endobench.export.cost import cost, read_benchmarks


def of_scoring(frame, path):
    """Say which scoring a table of one chromosome is of: its folder's name."""
    return frame.assign(scoring=pathlib.Path(path).parent.name)


def laid_together(frames, *columns):
    frames = list(frames)
    return pd.concat(frames) if frames else pd.DataFrame(columns=columns)


def main(snakemake):
    source = snakemake.input
    found = cost(
        read_benchmarks(snakemake.params.benchmarks),
        laid_together(
            (read_tsv(path, BUDGET) for path in source.budgets), *BUDGET.names
        ),
        laid_together(
            (of_scoring(read_tsv(path, FAILURES), path) for path in source.failures),
            *("scoring", "variant_id", "attempts"),
        ),
        laid_together(
            (
                of_scoring(read_frame(path, ANSWERS, ["variant_id", "route"]), path)
                for path in source.answers
            ),
            *("scoring", "variant_id", "route"),
        ),
    )
    write_tsv(found, snakemake.output.cost, COST)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
