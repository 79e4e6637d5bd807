"""What a stage says about the rows that it drops: why, how many, and which."""

import logging
from collections import Counter

import pandas as pd

from endobench.core.columns import DROPPED
from endobench.core.errors import InputError
from endobench.core.logs import tell

log = logging.getLogger(__name__)

N_EXAMPLES = 3
# Reasons whose value, not the variant, says what was found.
_BY_VALUE = ("filtered",)
# What to do about most rows dropped for a reason.
_ADVICE = {
    "conflicting_duplicate": "if they are of several tracks, tissues or features, choose"
    " one by 'keep' of the sheet, or declare 'tissue' or 'feature_id' under 'columns'"
}


def dropped(frame, stage, reason, value=None):
    """Describe rows that a stage drops, in the columns of `columns.DROPPED`.

    Parameters
    ----------
    frame : pandas.DataFrame
        The rows, with ``variant_id`` and, if known, ``source_line``.
    stage : str
        The stage that drops them.
    reason : str or pandas.Series
        One reason for all rows, or one per row.
    value : str or pandas.Series, optional
        The offending value.

    Returns
    -------
    pandas.DataFrame
    """

    def aligned(values):
        is_series = isinstance(values, pd.Series)
        return values.reindex(frame.index) if is_series else values

    result = pd.DataFrame(index=frame.index, columns=DROPPED.names)
    result = result.assign(stage=stage, reason=aligned(reason))
    for name in ("variant_id", "source_line"):
        if name in frame:
            result[name] = frame[name]
    if value is not None:
        result["value"] = aligned(value)
        result["value"] = result["value"].astype(str)
    result["source_line"] = result["source_line"].astype("Int64")
    return result.reset_index(drop=True)


class Losses:
    """Counts and examples of dropped rows, by reason."""

    def __init__(self):
        self._counts, self._examples = Counter(), {}

    def add(self, lost):
        """Add dropped rows.

        Parameters
        ----------
        lost : pandas.DataFrame
            In the columns of `columns.DROPPED`.
        """
        counts = lost["reason"].value_counts()
        for reason, n in counts[counts > 0].items():
            self._counts[reason] += int(n)
            examples = self._examples.setdefault(reason, [])
            if len(examples) < N_EXAMPLES:
                rows = lost[(lost["reason"] == reason).to_numpy()]
                rows = rows.head(N_EXAMPLES - len(examples))
                examples += [_described(row) for row in rows.to_dict("records")]

    @property
    def n_lost(self):
        """The number of dropped rows."""
        return self._counts.total()

    def conclude(self, where, n_rows, what="rows can be used", advice=""):
        """Warn if most rows are dropped for one reason; raise if all are dropped.

        Parameters
        ----------
        where : str or path-like
            The input, for the message.
        n_rows : int
            Rows before any was dropped.
        what : str
            What no row is or can do.
        advice : str
            What to do if all rows are dropped, unless their reason says it.

        Raises
        ------
        InputError
            With all reasons, and examples of the first.
        """
        if not self._counts:
            return
        (reason, n), *_ = self._counts.most_common(1)
        examples = ", ".join(self._examples[reason])
        if by_reason := _ADVICE.get(reason, ""):
            by_reason = f"; {by_reason}"
        if self.n_lost >= n_rows:
            counts = ", ".join(
                f"{each} {k:,}" for each, k in self._counts.most_common()
            )
            advice = by_reason or (f"; {advice}" if advice else "")
            raise InputError(
                f"{where}: none of {n_rows:,} {what}: {counts} (such as {examples})"
                f"{advice}"
            )
        if n > n_rows / 2:
            tell(
                log,
                "%s: %s of %s rows are dropped as %s (such as %s)%s",
                where,
                f"{n:,}",
                f"{n_rows:,}",
                reason,
                examples,
                by_reason,
            )


def _described(row):
    line, variant = row.get("source_line"), row.get("variant_id")
    text = repr(str(variant))
    if row["reason"] in _BY_VALUE and isinstance(row.get("value"), str):
        text = row["value"]
    # A missing line is NA, which is not equal to itself.
    return f"line {line} {text}" if isinstance(line, int) else text
