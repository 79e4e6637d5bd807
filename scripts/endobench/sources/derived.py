"""Numbers of a table: computed from equivalent ones, and checked.

The equivalents are activities, -log10 p, z and frequencies.
"""

import numpy as np
import pandas as pd

from endobench.core.errors import InputError

_PROBABILITIES = ("p_value", "q_value", "pip", "feature_min_p", "feature_max_p")
# Some PIPs exceed 1 by the rounding error of their sum.
_ROUNDING = 1e-6


def complete(frame, is_label=False):
    """Compute `published_formats.NUMBERS` from their equivalents.

    Parameters
    ----------
    frame : pandas.DataFrame
        Any columns of `published_formats.NUMBERS` and `published_formats.EQUIVALENTS`.
    is_label : bool
        Whether the table has classes instead of effects. The class is then the effect.

    Returns
    -------
    frame : pandas.DataFrame
        With these columns added where their equivalents exist: ``effect``, the log2
        ratio of the activities of ALT and REF; ``p_value``, from -log10 p or, unless
        the table has p values, two-sided from z; ``maf``, from the frequency of ALT, or
        this from ``maf`` and ``ref_factor``. A ``label`` of -1 becomes 0.
    reason : pandas.Series of str
        "activity_not_positive" if a ratio has no logarithm, else missing.
    """
    frame = frame.copy(deep=False)
    reason = pd.Series(pd.NA, index=frame.index, dtype="string")
    if "ref_activity" in frame and "alt_activity" in frame:
        activities = frame[["ref_activity", "alt_activity"]]
        reason[(activities <= 0).any(axis=1)] = "activity_not_positive"
        logs = np.log2(activities.where(activities > 0))
        frame["effect"] = logs["alt_activity"] - logs["ref_activity"]
    if "neg_log10_p" in frame:
        frame["p_value"] = 10.0 ** -frame["neg_log10_p"]
    elif "z" in frame and "p_value" not in frame:
        # Few tables need it, and importing takes longer than reading a short table.
        from scipy.special import ndtr

        frame["p_value"] = 2 * ndtr(-frame["z"].abs())
    if "af" in frame and "maf" not in frame:
        frame["maf"] = np.minimum(frame["af"], 1 - frame["af"])
    if "ref_factor" in frame and "maf" in frame and "af" not in frame:
        is_alt = frame["ref_factor"] > 0
        frame["af"] = frame["maf"].where(is_alt, 1 - frame["maf"])
    if "label" in frame:
        frame["label"] = frame["label"].clip(lower=0)
        if is_label:
            frame["effect"] = frame["label"]
    return frame, reason


def check_probabilities(path, frame, columns):
    """Raise an error if p values, q values or PIPs are not between 0 and 1.

    Parameters
    ----------
    path : str or path-like
        For messages.
    frame : pandas.DataFrame
        From `complete`, with ``source_line``.
    columns : dict of str to str
        Columns of the file, by their names in `published_formats.COLUMN_NAMES`.

    Raises
    ------
    InputError
        With the line and the value of the first row in which one is not.
    """
    for name in (each for each in _PROBABILITIES if each in frame):
        values = frame[name]
        is_wrong = (values < 0) | (values > 1 + _ROUNDING)
        if is_wrong.any():
            row = is_wrong.idxmax()
            if name == "p_value" and "neg_log10_p" in columns:
                raise InputError(
                    f"{path}: line {frame['source_line'][row]}: column"
                    f" {columns['neg_log10_p']!r}: -log10 p {frame['neg_log10_p'][row]:g}"
                    " is negative"
                )
            hint = ""
            if name in columns and name == "p_value" and values[row] > 1:
                hint = "; if it holds -log10 p, declare it as neg_log10_p"
            raise InputError(
                f"{path}: line {frame['source_line'][row]}: column"
                f" {columns.get(name, name)!r}: {name} {values[row]:g} is not between 0"
                f" and 1{hint}"
            )
