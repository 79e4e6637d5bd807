"""Check a table of effects with its gates."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from functools import partial

from endobench.core.columns import DROPPED, EFFECTS, GATES, GENE_STARTS, VARIANTS
from endobench.core.logs import door
from endobench.core.tables import read_frame, read_parts, write_tsv
from endobench.gates import table_consistency
from endobench.gates.effects import Declared, measure
from endobench.gates.verdicts import judged
from endobench.sources.formats import UNITS


def main(snakemake):
    source, params = snakemake.input, snakemake.params
    curies, tissue_curies = params.tissue
    declared = Declared(
        unit=UNITS[params.unit],
        curies=curies,
        tissue_curies=tissue_curies,
        is_signed=params.is_signed,
        is_unordered=params.is_unordered,
    )
    effects = partial(read_parts, source.effects, EFFECTS, encoded=["feature_id"])
    measured = measure(
        effects,
        partial(read_parts, source.variants, VARIANTS, encoded=["ref", "alt"]),
        partial(read_parts, source.dropped, DROPPED),
        declared,
    )
    sources = table_consistency.Sources(
        params.unit,
        params.is_one_cohort,
        read_frame(source.starts, GENE_STARTS) if source.starts else None,
    )
    measured |= table_consistency.measure(effects, sources)
    verdicts = judged(measured, snakemake.wildcards, params)
    write_tsv(verdicts, snakemake.output.verdicts, GATES)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
