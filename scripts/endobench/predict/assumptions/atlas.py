"""Assumptions about the Atlas."""

import grpc
import numpy as np

from endobench.design.routes import ATLAS_SCORERS, ATLAS_WINDOW_BP, why_not_atlas
from endobench.model.atlas_lists import NO_LISTS
from endobench.model.retries import has_status
from endobench.predict.assumptions.entry import Assumption, Found
from endobench.predict.assumptions.probe import DNASE
from endobench.predict.assumptions.scores import is_same, most_different
from endobench.predict.assumptions.variants import INSERTION, WIDE

# Either base beside the centre of an even number of bases may count as the centre.
_CENTRE_BP = 1


def _scorers(probe):
    served = probe.atlas_tracks()
    lacking = [name for name in ATLAS_SCORERS.values() if name not in served]
    return Found(not lacking, f"it lacks {', '.join(lacking)}" if lacking else "all")


def _tracks(probe):
    listed = probe.tracks()["DNASE"]["name"].tolist()
    found = probe.atlas_tracks().get("DNASE", [])
    if sorted(found) != sorted(listed):
        return Found(
            False, f"{len(found)} tracks; {len(set(listed) - set(found))} lack"
        )
    order = "the same" if found == listed else "another"
    return Found(True, f"{len(found)} tracks, in {order} order")


def _window(probe):
    response = probe.atlas_scores(WIDE)
    if not response.HasField("interval"):
        return Found(None, "the answer names no window")
    start, end = response.interval.start, response.interval.end
    is_same_place = abs(start - WIDE.window_start) <= _CENTRE_BP
    words = (
        f"{end - start:,} bp from {start:,}, where ours begins at {WIDE.window_start:,}"
    )
    return Found(end - start == ATLAS_WINDOW_BP and is_same_place, words)


def _values(probe):
    reason = why_not_atlas([DNASE], ATLAS_WINDOW_BP, probe.model_version)
    if reason:
        return Found(None, reason)
    model = probe.scores(WIDE)[0]
    [score] = probe.atlas_scores(WIDE).scores
    stored = np.frombuffer(score.scores, "<f4")
    names = probe.atlas_tracks()["DNASE"]
    if sorted(names) != sorted(model.tracks) or len(stored) != len(names):
        return Found(False, f"{len(stored)} values, {len(model.raw)} of the model")
    stored = stored[[names.index(name) for name in model.tracks]]
    return Found(is_same(model.raw, stored), most_different(model.raw, stored))


def _list(probe):
    try:
        listed = probe.atlas_list(WIDE)
    except grpc.RpcError as error:
        if not has_status(error, *NO_LISTS):
            raise
        return Found(False, f"{error.code().name}; each variant is asked for alone")
    lacking = sorted(set("ACGT") - {WIDE.ref} - set(listed))
    if lacking:
        return Found(False, f"it lacks {', '.join(lacking)} at a base of {WIDE.ref}")
    stored, [ours] = listed[WIDE.alt].scores, probe.atlas_scores(WIDE).scores
    is_same_score = [each.scores for each in stored] == [ours.scores]
    return Found(is_same_score, f"{len(listed)} substitutions of a base")


def _insertion(probe):
    try:
        found = probe.atlas_scores(INSERTION).scores
    except grpc.RpcError as error:
        if not has_status(error, grpc.StatusCode.NOT_FOUND):
            raise
        return Found(True, "NOT_FOUND")
    return Found(not found, f"{len(found)} scores came")


ASSUMPTIONS = (
    Assumption(
        "atlas_scorers", f"the Atlas has {', '.join(ATLAS_SCORERS.values())}", _scorers
    ),
    Assumption("atlas_tracks", f"its tracks of {DNASE} are the model's", _tracks),
    Assumption(
        "atlas_window",
        f"its window is {ATLAS_WINDOW_BP:,} bp, centred as ours",
        _window,
    ),
    Assumption("atlas_values", "its scores are the model's at that window", _values),
    Assumption(
        "atlas_list", "it lists all substitutions of a base, with these scores", _list
    ),
    Assumption("atlas_insertion", "it does not hold an insertion", _insertion),
)
