"""How each model of a leaderboard differs from the reference of its group."""

import pandas as pd

# How a model compares with the reference of its group.
REFERENCE, BETTER, WORSE = "reference", "better", "worse"
NO_DIFFERENCE, NOT_TESTED = "no difference", "not tested"
ALPHA = 0.05
# What tells rows of a group apart, besides the model.
PLACE = ["group", "task", "stratum", "metric"]


def with_comparisons(board, differences):
    """Add each model's difference from its reference, and the models equal to it.

    Parameters
    ----------
    board : pandas.DataFrame
        In the columns of `columns.LEADERBOARD`, and ``group``. Rows without a reference
        are not compared.
    differences : pandas.DataFrame
        In the columns of `columns.DIFFERENCES`, and ``group``.
    """
    found = {}
    for row in differences.to_dict("records"):
        place = tuple(row[key] for key in PLACE)
        found[*place, row["a"], row["b"]] = row
        found[*place, row["b"], row["a"]] = _reversed(row)
    others = {}
    for *place, a, b in found:
        others.setdefault((*place, a), []).append(b)
    added = []
    for row in board.to_dict("records"):
        place = [row[key] for key in PLACE]
        added.append(_compared(row, place, found, others))
    return board.assign(**pd.DataFrame(added, index=board.index, columns=_ADDED))


_ADDED = [
    "difference",
    "difference_low",
    "difference_high",
    "difference_p",
    "difference_p_adjusted",
    "compared",
    "not_different_from",
]


def _compared(row, place, found, others):
    """Return the columns of a row that compare its model with the others of its group."""
    if pd.isna(row["reference"]):
        return {}
    name, reference = row["name"], row["reference"]
    equals = [
        other
        for other in others.get((*place, name), ())
        if verdict(found[*place, other, name]) == NO_DIFFERENCE
    ]
    tied = {"not_different_from": "; ".join(equals) or None}
    if name == reference:
        return tied | {"compared": REFERENCE}
    change = found[*place, reference, name]
    return tied | {
        "difference": change["difference"],
        "difference_low": change["ci_low"],
        "difference_high": change["ci_high"],
        "difference_p": change["p"],
        "difference_p_adjusted": change["p_adjusted"],
        "compared": verdict(change),
    }


def _reversed(row):
    """Return the difference of two models in the opposite order."""
    return row | {
        "a": row["b"],
        "b": row["a"],
        "difference": 0 - row["difference"],
        "ci_low": 0 - row["ci_high"],
        "ci_high": 0 - row["ci_low"],
    }


def verdict(difference):
    """Return whether a model is better or worse than another one, in words.

    Parameters
    ----------
    difference : dict
        In the columns of `columns.DIFFERENCES`: ``b`` is judged.

    Returns
    -------
    {"better", "worse", "no difference", "not tested"}
        Equal values without a test, as of two models at the limit of a metric or in too few
        blocks, are not known to be equal elsewhere.
    """
    if pd.isna(difference["p_adjusted"]):
        return NOT_TESTED
    if difference["p_adjusted"] >= ALPHA:
        return NO_DIFFERENCE
    return BETTER if difference["difference"] > 0 else WORSE
