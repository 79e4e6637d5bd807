"""The gate on tables of several tissues."""

from endobench.design.gate_entries.gate import SHARE, Gate

ENTRIES = (
    Gate(
        name="tissue_copies",
        stage="scores",
        summary="share of pairs whose statistics are those of another tissue",
        description=(
            "Share of the pairs with effects in several tissues that have the same effect,"
            " error and p value in another one. Not checked for tables of one tissue, and"
            " for signs, classes and rounded effects alone."
        ),
        diagnosis="effects of one tissue stand for two",
        remedy="check which table the rows of each tissue come from",
        scale=SHARE,
        warn=0.02,
        fail=0.1,
        ends_run=False,
    ),
)
