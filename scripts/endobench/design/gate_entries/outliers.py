"""The gates on single values far from all others, of the stage scores."""

from endobench.design.gate_entries.gate import SHARE, Gate

ENTRIES = (
    Gate(
        name="score_codes",
        stage="scores",
        summary="share of variants with one score that is far larger than all others",
        description=(
            "Share of variants with the largest absolute score, if three or more have"
            " exactly this score and it is half as large again as all others. Scores of -9"
            " or 999 stand for missing ones, and a few of them decide Pearson's"
            " correlation."
        ),
        diagnosis="one score stands apart, as a code for missing scores does",
        remedy="leave missing scores out",
        scale=SHARE,
        warn=0,
        fail=1,
    ),
    Gate(
        name="score_decimals",
        stage="scores",
        summary="share of scores that are whole numbers far beyond all with decimals",
        description=(
            "Share of scores that are whole numbers more than ten times as large as any"
            " score with decimals, unless nearly all are whole. Without its decimal point,"
            " 0.0131 is 131."
        ),
        diagnosis="some scores lost their decimal point, or are codes for missing ones",
        remedy="correct the numbers of the table, and leave missing scores out",
        scale=SHARE,
        warn=0,
        fail=0.1,
    ),
    Gate(
        name="effect_decimals",
        stage="scores",
        summary="share of effects that are whole numbers far beyond all with decimals",
        description="As score_decimals, for the effects of each feature.",
        diagnosis="some effects lost their decimal point, or are codes for missing ones",
        remedy="correct the numbers of the table, and leave missing effects out",
        scale=SHARE,
        warn=0,
        fail=0.1,
    ),
)
