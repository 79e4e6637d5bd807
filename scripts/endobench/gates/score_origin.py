"""Gates on the origin of scores: are they from the model and the tracks requested?"""

import numpy as np

from endobench.design.models import PREFIXES, STANDIN, is_standin, is_table
from endobench.design.protocol import ALL
from endobench.design.scorers import tracks_of
from endobench.gates.verdicts import Measured, not_checked, share_of, too_few
from endobench.model.tracks import select


def score_provenance(pairs):
    """Measure the share of scores that record no model or no route."""
    n = len(pairs)
    if n == 0:
        return too_few(n, "scores", 1)
    is_unknown = np.zeros(n, dtype=bool)
    for name in ("model", "route"):
        is_unknown |= (pairs[name].isna() | (pairs[name] == "")).to_numpy(bool)
    return share_of(int(is_unknown.sum()), n, "scores lack a recorded model or route")


def score_model(pairs, service):
    """Measure the share of scores from a model other than the requested service."""

    def is_other(model):
        if service == "address":
            return is_standin(model)
        if service == "table":
            return not is_table(model)
        return not model.startswith(PREFIXES[service])

    return _share_of_models(pairs, is_other, "another model", service)


def standin_scores(pairs, service):
    """Measure the share of scores from a stand-in model that was not requested."""

    def is_hidden(model):
        return STANDIN in model and service != STANDIN

    return _share_of_models(pairs, is_hidden, "a stand-in", service)


def _share_of_models(pairs, is_bad, whose, service):
    counts = pairs["model"].astype(object).value_counts()
    n = int(counts.sum())
    if n == 0:
        return too_few(n, "scores that record a model", 1)
    names = ", ".join(sorted(map(str, counts.index))[:5])
    return share_of(
        sum(count for model, count in counts.items() if is_bad(str(model))),
        n,
        f"scores are from {whose} (requested service {service}, found {names})",
    )


def track_count(pairs, tracks, expected):
    """Measure the difference between the averaged tracks and those of the track set.

    Parameters
    ----------
    pairs : pandas.DataFrame
        Column ``n_tracks``.
    tracks : pandas.DataFrame or None
        In the columns of `columns.TRACKS`.
    expected : Expected
    """
    counts = np.sort(pairs["n_tracks"].dropna().unique()).astype(int)
    if tracks is None or len(counts) == 0:
        return not_checked(len(pairs), "a table of scores names no tracks")
    declared, chosen = expected.members, tracks
    if not _is_all(declared):
        # A member may have tracks of another output only.
        chosen = select(tracks, declared, "expected")
        declared = ", ".join(declared)
    chosen = chosen[chosen["output"] == tracks_of(expected.scorer)]
    names = ", ".join(chosen["biosample"].dropna().astype(str).unique()[:3])
    return Measured(
        np.abs(counts - len(chosen)).max(),
        len(chosen),
        f"scores are means of {', '.join(map(str, counts))} tracks, the set {declared}"
        f" holds {len(chosen)}" + (f" (such as {names})" if names else ""),
    )


def _is_all(members):
    return isinstance(members, str) and members == ALL
