"""Numbers that a table says in other words: activities, -log10 p, frequencies."""

import numpy as np
import pandas as pd


def complete(frame, is_label=False):
    """Derive the contract's numbers from those that stand for them.

    Parameters
    ----------
    frame : pandas.DataFrame
        Columns of `formats.NUMBERS` and `formats.OTHER_WORDS`, those that there are.
    is_label : bool
        Whether the table tells classes and no effects: the class is the effect then.

    Returns
    -------
    frame : pandas.DataFrame
        With ``effect`` (log2 of ALT's activity over REF's), ``p_value`` (of a -log10 p,
        or two-sided of a z) and ``maf`` (of the frequency of ALT) where these words
        are, and a ``label`` of 1 or 0, of which -1 is another way to write 0.
    reason : pandas.Series of str
        "activity_not_positive" where a ratio has no logarithm, or missing.
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
    elif "z" in frame:
        # Few tables need it, and it takes longer than a short table.
        from scipy.special import ndtr

        frame["p_value"] = 2 * ndtr(-frame["z"].abs())
    if "af" in frame and "maf" not in frame:
        frame["maf"] = np.minimum(frame["af"], 1 - frame["af"])
    if "label" in frame:
        frame["label"] = frame["label"].clip(lower=0)
        if is_label:
            frame["effect"] = frame["label"]
    return frame, reason
