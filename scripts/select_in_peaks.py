"""Keep the variants that lie in peaks and in no blacklisted region."""

from endobench.gates import enforce_files
from endobench.intervals import write_in_peaks
from endobench.logs import door


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
