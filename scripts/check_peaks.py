"""Let the gates judge peaks and the variants that are laid over them."""

from functools import partial

from endobench.bed import read_bed
from endobench.columns import GATES, VARIANTS
from endobench.gates import judged
from endobench.gates_peaks import measure
from endobench.logs import door
from endobench.tables import read_parts, write_tsv


def main(snakemake):
    source = snakemake.input
    measured = measure(
        partial(read_parts, source.variants, VARIANTS),
        read_bed(source.peaks) if source.peaks else None,
    )
    verdicts = judged(measured, snakemake.wildcards, snakemake.params)
    write_tsv(verdicts, snakemake.output.verdicts, GATES)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
