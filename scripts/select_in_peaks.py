"""Keep the variants that lie in peaks and in no blacklisted region."""

from endobench.columns import DROPPED, IN_PEAKS, VARIANTS
from endobench.gates import enforce_files
from endobench.intervals import select_in_peaks
from endobench.logs import door
from endobench.tables import read_frame, write_table


def main(snakemake):
    enforce_files(snakemake.input.gates)
    kept, lost = select_in_peaks(
        read_frame(snakemake.input.variants, VARIANTS),
        snakemake.input.peaks or None,
        snakemake.input.blacklist or None,
        peaks_name=snakemake.params.peaks_name,
        whole_ref=snakemake.params.whole_ref,
        outside_peaks=snakemake.params.outside_peaks,
    )
    write_table(kept, snakemake.output.variants, IN_PEAKS)
    write_table(lost, snakemake.output.dropped, DROPPED)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
