"""The plan of a run: what it will request, and how long that will take."""

import datetime
import pathlib

from endobench.core.files import atomic_path
from endobench.design.routes import ATLAS, MODEL_ITSELF

# Assumed for each variant until a pace has been recorded.
ASSUMED_S = 1.0
SOURCES = {ATLAS: "the Atlas", MODEL_ITSELF: "the model"}


def note(path, seconds):
    """Record the pace of a job: seconds per variant, with all its calls in flight."""
    with atomic_path(path) as temporary:
        temporary.write_text(f"{seconds:.6f}\n")


def seconds_per_variant(path):
    """Return the pace that was recorded last, or `ASSUMED_S`."""
    try:
        return float(pathlib.Path(path).read_text())
    except (FileNotFoundError, ValueError):
        return ASSUMED_S


def in_words(budget, max_requests=None):
    """Describe the planned requests in one line.

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
        n_calls = total["n_calls"]
        needed = (
            f"{n_calls:,} calls request some again" if n_calls else "no call is needed"
        )
        return (
            f"{scoring}: all {total['n_variants']:,} variants are remembered, {needed}"
        )
    asked = budget[budget["n_to_ask"] > 0].groupby("route")["n_to_ask"].sum()
    routes = ", ".join(
        f"{count:,} from {SOURCES[route]}" for route, count in asked.items()
    )
    time = datetime.timedelta(seconds=round(budget["expected_s"].sum()))
    words = (
        f"{scoring}: {total['n_variants']:,} unique variants,"
        f" {total['n_remembered']:,} remembered, {total['n_to_ask']:,} to request"
        f" ({routes}), {total['n_calls']:,} calls, about {time} with one job at a time"
    )
    if max_requests is not None and total["n_calls"] > max_requests:
        words += f"; the run will stop after max_requests {max_requests:,}"
    return words


def unchecked_in_words(label, n_unchecked):
    """Describe remembered answers that were not checked against their questions."""
    return (
        f"{label}: {n_unchecked:,} of the remembered answers are from an earlier version,"
        " which did not check them; to request a sample of them again, run once with"
        " --config 'prediction={recheck: 100}' -R predict"
    )
