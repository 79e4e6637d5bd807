"""Numbers computed from equivalent ones: activities, -log10 p, frequencies."""

import numpy as np
import pandas as pd


def complete(frame, is_label=False):
    """Compute `formats.NUMBERS` from their equivalents.

    Parameters
    ----------
    frame : pandas.DataFrame
        Any columns of `formats.NUMBERS` and `formats.EQUIVALENTS`.
    is_label : bool
        Whether the table has classes instead of effects. The class is then the effect.

    Returns
    -------
    frame : pandas.DataFrame
        With these columns added where their equivalents exist: ``effect``, the log2
        ratio of the activities of ALT and REF; ``p_value``, from -log10 p or two-sided
        from z; ``maf``, from the frequency of ALT. A ``label`` of -1 becomes 0.
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
    elif "z" in frame:
        # Few tables need it, and importing takes longer than reading a short table.
        from scipy.special import ndtr

        frame["p_value"] = 2 * ndtr(-frame["z"].abs())
    if "af" in frame and "maf" not in frame:
        frame["maf"] = np.minimum(frame["af"], 1 - frame["af"])
    if "label" in frame:
        frame["label"] = frame["label"].clip(lower=0)
        if is_label:
            frame["effect"] = frame["label"]
    return frame, reason
