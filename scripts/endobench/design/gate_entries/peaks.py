"""The gates on peaks."""

from endobench.design.gate_entries.gate import P_VALUE, RATIO, SHARE, Gate

ENTRIES = (
    Gate(
        name="peak_chromosomes",
        stage="peaks",
        summary="share of variants on chromosomes without peaks",
        description=(
            "Share of variants on chromosomes without peaks, because chromosome names"
            " differ or the file is truncated."
        ),
        diagnosis=(
            "peaks are missing on whole chromosomes (names differ, or the file is"
            " truncated)"
        ),
        remedy="check the chromosome names and the end of the peak file",
        scale=SHARE,
        warn=0.01,
        fail=0.1,
    ),
    Gate(
        name="peak_enrichment",
        stage="peaks",
        summary="enrichment of variants in peaks over shifted peaks",
        description=(
            "Number of variants in peaks, relative to that in peaks shifted by 10 to "
            "100 kb; about 1 if the builds differ. Not checked if the counts cannot "
            "distinguish 1.25 from 1."
        ),
        diagnosis="peaks look like those of another build (variants are not enriched)",
        remedy="check the build of the peaks in the sheet",
        scale=RATIO,
        warn=1.15,
        fail=1.1,
        is_low_bad=True,
    ),
    Gate(
        name="peak_density",
        stage="peaks",
        summary="density of variants in peaks relative to the whole span",
        description=(
            "Variants per bp in peaks, relative to variants per bp in the whole span of"
            " variants and peaks."
        ),
        diagnosis="variants are depleted in peaks",
        remedy="check that the file holds the regions to keep, and its build",
        scale=RATIO,
        warn=0.9,
        fail=0.7,
        is_low_bad=True,
    ),
    Gate(
        name="peak_coverage",
        stage="peaks",
        summary="share of the span that peaks cover",
        description=(
            "Share of the span of variants and peaks that peaks cover. Intervals that"
            " cover whole chromosomes are not peaks."
        ),
        diagnosis="intervals cover too much of the genome to be peaks",
        remedy="check that the file holds peak calls",
        scale=SHARE,
        warn=0.4,
        fail=0.7,
        is_exception=False,
    ),
    Gate(
        name="peak_parts",
        stage="peaks",
        summary="adjusted p value of the least enriched chromosome",
        description=(
            "Smallest adjusted p value of a chromosome whose enrichment of variants in "
            "peaks is less than half of that of the others, on the log scale."
        ),
        diagnosis="peaks of one chromosome look like those of another build",
        remedy="check the peaks of this chromosome",
        scale=P_VALUE,
        warn=0.01,
        fail=0.001,
        is_low_bad=True,
        ends_run=False,
    ),
)
