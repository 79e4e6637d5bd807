"""What a run will cost, in the words of whoever has to pay for it."""

import datetime
import pathlib

from endobench.core.files import atomic_path


def in_words(budget, max_requests=None):
    """Say what is to be asked for, in one line.

    Parameters
    ----------
    budget : pandas.DataFrame
        In the columns of `columns.BUDGET`, of one scoring.
    max_requests : int, optional
        Calls that the run may make.

    Returns
    -------
    str
    """
    total = budget[["n_variants", "n_remembered", "n_to_ask", "n_calls"]].sum()
    scoring = budget["scoring"].iloc[0]
    if not total["n_to_ask"]:
        return (
            f"{scoring}: all {total['n_variants']:,} variants are remembered, no call"
        )
    asked = budget[budget["n_to_ask"] > 0].groupby("route")["n_to_ask"].sum()
    routes = ", ".join(f"{count:,} of the {route}" for route, count in asked.items())
    time = datetime.timedelta(seconds=round(budget["expected_s"].sum()))
    words = (
        f"{scoring}: {total['n_variants']:,} unique variants,"
        f" {total['n_remembered']:,} remembered, {total['n_to_ask']:,} to ask"
        f" ({routes}), {total['n_calls']:,} calls, about {time} if one job asks at a time"
    )
    if max_requests is not None and total["n_calls"] > max_requests:
        words += f"; this run ends after max_requests {max_requests:,}"
    return words


# What is assumed before anything was asked.
ASSUMED_S = 1.0


def note(path, seconds):
    """Keep the seconds that a variant took, all calls in flight being used."""
    with atomic_path(path) as temporary:
        temporary.write_text(f"{seconds:.6f}\n")


def seconds_per_variant(path):
    """Return the seconds that a variant took last, or what is assumed before."""
    try:
        return float(pathlib.Path(path).read_text())
    except (FileNotFoundError, ValueError):
        return ASSUMED_S
