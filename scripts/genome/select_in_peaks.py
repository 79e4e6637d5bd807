"""Keep the variants inside peaks and outside blacklisted regions."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from endobench.core.logs import door
from endobench.gates.verdicts import enforce_files
from endobench.genome.overlaps import PeakFilter, write_in_peaks


def main(snakemake):
    inputs, params, output = snakemake.input, snakemake.params, snakemake.output
    enforce_files(inputs.gates)
    peak_filter = PeakFilter(
        inputs.peaks or None,
        inputs.blacklist or None,
        params.peaks_name,
        params.whole_ref,
        params.outside_peaks,
    )
    write_in_peaks(inputs.variants, output.variants, output.dropped, peak_filter)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
