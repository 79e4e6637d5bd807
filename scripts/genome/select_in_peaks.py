"""Keep the variants that lie in peaks and in no blacklisted region."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from endobench.core.logs import door
from endobench.gates.verdicts import enforce_files
from endobench.genome.overlaps import write_in_peaks


def main(snakemake):
    enforce_files(snakemake.input.gates)
    write_in_peaks(
        snakemake.input.variants,
        snakemake.output.variants,
        snakemake.output.dropped,
        snakemake.input.peaks or None,
        snakemake.input.blacklist or None,
        peaks_name=snakemake.params.peaks_name,
        whole_ref=snakemake.params.whole_ref,
        outside_peaks=snakemake.params.outside_peaks,
    )


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
