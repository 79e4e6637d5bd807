"""Let the gates judge a table of effects."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from functools import partial

from endobench.core.columns import DROPPED, EFFECTS, GATES, VARIANTS
from endobench.core.logs import door
from endobench.core.tables import read_parts, write_tsv
from endobench.gates.effects import measure
from endobench.gates.verdicts import judged
from endobench.sources.formats import UNITS


def main(snakemake):
    source, params = snakemake.input, snakemake.params
    measured = measure(
        partial(read_parts, source.effects, EFFECTS, encoded=["feature_id"]),
        partial(read_parts, source.variants, VARIANTS, encoded=["ref", "alt"]),
        partial(read_parts, source.dropped, DROPPED),
        UNITS[params.unit],
        *params.tissue,
        is_signed=params.is_signed,
        is_unordered=params.is_unordered,
    )
    verdicts = judged(measured, snakemake.wildcards, params)
    write_tsv(verdicts, snakemake.output.verdicts, GATES)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
