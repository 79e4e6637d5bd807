"""Let the gates judge a table of effects."""

from functools import partial

from endobench.columns import DROPPED, EFFECTS, GATES, VARIANTS
from endobench.formats import UNITS
from endobench.gates import judged
from endobench.gates_effects import measure
from endobench.logs import door
from endobench.tables import read_parts, write_tsv


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
