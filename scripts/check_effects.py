"""Let the gates judge a table of effects."""

from endobench.columns import DROPPED, EFFECTS, GATES
from endobench.formats import UNITS
from endobench.gates import judged
from endobench.gates_effects import COLUMNS, measure
from endobench.logs import door
from endobench.tables import read_arrow_frame, write_tsv


def main(snakemake):
    measured = measure(
        read_arrow_frame(snakemake.input.effects, EFFECTS, COLUMNS),
        read_arrow_frame(snakemake.input.dropped, DROPPED, ["reason", "value"]),
        UNITS[snakemake.params.unit],
        *snakemake.params.tissue,
        is_signed=snakemake.params.is_signed,
        is_unordered=snakemake.params.is_unordered,
    )
    verdicts = judged(measured, snakemake.wildcards, snakemake.params)
    write_tsv(verdicts, snakemake.output.verdicts, GATES)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
