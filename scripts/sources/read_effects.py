"""Read a table of measured effects into variants, pairs and dropped rows."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from endobench.core.logs import door
from endobench.sources.load import save_table
from endobench.sources.rows import Selection


def main(snakemake):
    params = snakemake.params
    save_table(
        snakemake.input,
        params.source,
        params.joined,
        params.alleles_build,
        snakemake.output,
        Selection(params.chromosomes, params.max_q_value, params.effect_column),
    )


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
