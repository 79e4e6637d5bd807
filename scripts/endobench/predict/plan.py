"""The plan of a run: what it will request, and how long that will take."""

import datetime
import pathlib

from endobench.core.files import atomic_path
from endobench.design.models import STANDIN
from endobench.design.routes import ATLAS, MODEL_ITSELF

SOURCES = {ATLAS: "the Atlas", MODEL_ITSELF: "the model"}
# Seconds per call until a pace has been recorded. A hosted service is not tried; its
# calls are in flight together. The stand-in's share a processor (measured in the
# demonstration), and the open model answers one at a time: about a second on a large GPU
# (not tried), and 90 to 150 on a CPU (measured), for a window of 16,384 bp.
HOSTED_CALL_S = 0.7
_STANDIN_CALL_S = 0.005
_DEVICE_CALL_S = {"gpu": 1.0, "tpu": 1.0, "cpu": 120.0}
_CPU_WINDOW_BP = 16_384


def assumed_call_s(service, device="gpu", window_bp=_CPU_WINDOW_BP, concurrency=1):
    """Return the seconds per call of a job before its pace is known.

    Parameters
    ----------
    service : {"alphagenome", "address", "standin", "weights"}
    device : {"gpu", "tpu", "cpu"}
        Where the open model runs.
    window_bp : int
    concurrency : int
        Calls in flight.
    """
    if service == STANDIN:
        return _STANDIN_CALL_S
    if service == "weights":
        # On a CPU, the work grows with the window at least.
        factor = max(window_bp / _CPU_WINDOW_BP, 1) if device == "cpu" else 1
        return _DEVICE_CALL_S[device] * factor
    return HOSTED_CALL_S / concurrency


def note(path, seconds):
    """Record the pace of a job: seconds per variant, with all its calls in flight."""
    with atomic_path(path) as temporary:
        temporary.write_text(f"{seconds:.6f}\n")


def seconds_per_variant(path, assumed_s):
    """Return the pace that was recorded last, or an assumed one."""
    try:
        return float(pathlib.Path(path).read_text())
    except (FileNotFoundError, ValueError):
        return assumed_s


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
    seconds = budget["expected_s"].sum()
    time = datetime.timedelta(seconds=max(round(seconds), 1))
    call_s = seconds / total["n_calls"]
    pace = f"{call_s:,.0f}" if call_s >= 100 else f"{call_s:.2g}"
    service = budget["model"].iloc[0].split("/")[0]
    words = (
        f"{scoring}: {total['n_variants']:,} unique variants,"
        f" {total['n_remembered']:,} remembered, {total['n_to_ask']:,} to request"
        f" ({routes}), {total['n_calls']:,} calls, about {time} with one job at a time"
        f" ({pace} s per call of {service})"
    )
    if max_requests is not None and total["n_calls"] > max_requests:
        words += f"; the run will stop after max_requests {max_requests:,}"
    return words


def unchecked_in_words(label, n_unchecked):
    """Describe remembered answers that were not checked against their questions."""
    return (
        f"{label}: {n_unchecked:,} of the remembered answers are from an earlier version,"
        " which did not check them; to check a sample, run once with"
        " --config 'prediction={recheck: 100}' -R predict"
    )
