"""Gather the time and memory of each rule, and the requests to the model."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

import pandas as pd
from endobench.core.columns import ANSWERS, BUDGET, COST, FAILURES
from endobench.core.logs import door
from endobench.core.tables import read_frame, read_tsv, write_tsv
from endobench.export.cost import cost, read_benchmarks


def with_scoring(frame, path):
    """Add the scoring of a chromosome's table, the name of its folder."""
    return frame.assign(scoring=Path(path).parent.name)


def concatenated(frames, columns):
    """Return the rows of all frames, or an empty frame with these columns."""
    frames = list(frames)
    return pd.concat(frames) if frames else pd.DataFrame(columns=columns)


def main(snakemake):
    source = snakemake.input
    budgets = (read_tsv(path, BUDGET) for path in source.budgets)
    failures = (
        with_scoring(read_tsv(path, FAILURES), path) for path in source.failures
    )
    answers = (
        # Scorers by gene have many rows of a variant.
        with_scoring(
            read_frame(path, ANSWERS, ["variant_id", "route"]).drop_duplicates(), path
        )
        for path in source.answers
    )
    found = cost(
        read_benchmarks(Path(snakemake.output.cost).parent / "benchmarks"),
        concatenated(budgets, BUDGET.names),
        concatenated(failures, ["scoring", "variant_id", "attempts"]),
        concatenated(answers, ["scoring", "variant_id", "route"]),
    )
    write_tsv(found, snakemake.output.cost, COST)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
