"""The gates on the table that effects came from."""

from endobench.design.gate_entries.gate import SHARE, Gate

ENTRIES = (
    Gate(
        name="original_effects",
        stage="original",
        summary="share of pairs whose effect is not that of the original table",
        description=(
            "Share of the pairs of both tables whose effect is not that of the table that"
            " they came from (key `original` of the dataset), up to rounding. The"
            " evidence names what they hold instead, such as its p values; the table"
            " original.tsv.gz has every pair. Not checked for labels and signs."
        ),
        diagnosis="the effects are not those of the table that they came from",
        remedy=(
            "check which column the sheet reads as the effect, its effect allele and its"
            " unit, or name another table under 'original'"
        ),
        scale=SHARE,
        warn=0.001,
        fail=0.01,
    ),
)
