"""Let the gates judge variants against the genome."""

from endobench.columns import GATES, VARIANTS
from endobench.gates import judged
from endobench.gates_sequences import measure
from endobench.logs import door
from endobench.tables import read_frame, write_tsv


def main(snakemake):
    source = snakemake.input
    measured = measure(
        read_frame(source.variants, VARIANTS),
        source.genome[0] if source.genome else None,
        dict(zip(snakemake.params.builds, source.chains, strict=True)),
    )
    verdicts = judged(measured, snakemake.wildcards, snakemake.params)
    write_tsv(verdicts, snakemake.output.verdicts, GATES)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
