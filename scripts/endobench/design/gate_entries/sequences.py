"""The gates on variants and their genome."""

from endobench.design.gate_entries.gate import GAIN, SHARE, Gate

ENTRIES = (
    Gate(
        name="ref_match",
        stage="sequences",
        summary="share of REFs that match the genome",
        description=(
            "Share of variants whose whole REF matches the genome. The evidence lists"
            " what else would match: a neighbouring position, ALT or the other strand."
        ),
        diagnosis="reference alleles do not match the genome",
        remedy=(
            "check the build, whether positions are 0-based or 1-based, the order of "
            "the alleles and the strand"
        ),
        scale=SHARE,
        warn=0.99,
        fail=0.98,
        is_low_bad=True,
    ),
    Gate(
        name="ref_match_build",
        stage="sequences",
        summary="gain in the share of matching REFs if read as another build",
        description=(
            "Gain in matching REFs if positions are read as another build and lifted"
            " over, for the best of `chains`. Above 0, that build fits better; if no"
            " build fits, the gain can exceed 0 slightly by chance."
        ),
        diagnosis="positions look like those of another build",
        remedy="correct the build in the sheet",
        scale=GAIN,
        warn=0,
        fail=0.3,
    ),
)
