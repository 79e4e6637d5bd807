"""Write the page of every reason why rows are dropped.

`make docs` runs it to write ``resources/docs/numbers/dropped_rows.md``.
"""

from endobench.design.reasons import REASONS
from written_page import write_page

_INTRODUCTION = """\
# Dropped rows

Every row of a source either has a score or is listed in a table of dropped rows, with the
stage, the reason, its line in the source, and the value that decided. For each benchmark,
`waterfall.tsv` counts the rows and variants of each reason, so that kept and dropped rows
add up to those of the source, and `dropped.tsv.gz` lists each row. Tables of scores and of
controls have `results/tables/{name}.losses.tsv` with the same reasons, and lifted intervals
have `results/intervals/{name}.lifted.dropped.tsv`.

If most rows of a table are dropped for one reason, the run says so with three examples. If
all are, it ends. Several gates judge what is lost: `missing_scores`, for one, warns if over
5 % of the pairs that a model or table should know have no score.

`make docs` writes this page from
[reasons.py](../../../scripts/endobench/design/reasons.py).

| reason | where | meaning |
|---|---|---|
"""
_NEXT = """
**Next:** [where each file lies](../outputs.md),
[how a table is read](../inputs/datasets.md), [what the gates judge](gates.md).
"""


def render():
    """Return the page."""
    rows = [
        f"| `{name}` | {reason.stage} | {reason.meaning} |\n"
        for name, reason in REASONS.items()
    ]
    return _INTRODUCTION + "".join(rows) + _NEXT


if __name__ == "__main__":
    write_page(render, __doc__)
