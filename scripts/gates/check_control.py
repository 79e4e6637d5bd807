"""Check with gates that a positive control is independent of the effects."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from endobench.core.columns import CONTROL_PAIRS, EFFECTS, GATES
from endobench.core.logs import door
from endobench.core.tables import read_frame, write_tsv
from endobench.gates.control import measure
from endobench.gates.verdicts import judged


def main(snakemake):
    source = snakemake.input
    effects = read_frame(source.effects, EFFECTS, ["feature_id"])
    measured = measure(
        read_frame(source.control, CONTROL_PAIRS),
        effects["feature_id"].astype(object).unique(),
        snakemake.params.is_signed,
    )
    verdicts = judged(measured, snakemake.wildcards, snakemake.params)
    write_tsv(verdicts, snakemake.output.verdicts, GATES)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
