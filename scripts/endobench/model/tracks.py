"""Selection of a model's tracks by the members of a named set."""

import difflib
import logging

import numpy as np

from endobench.core.errors import InputError
from endobench.design.protocol import ALL, TISSUE

log = logging.getLogger(__name__)

_NAMED = ["ontology_curie", "target"]
_N_NEAR = 5


def select(tracks, members, set_name):
    """Return the tracks of a set.

    Each member is looked up in each output. Where an output has a track for a member
    with a target, the same CURIE without a target adds nothing. Together,
    ``EFO:0002784`` and ``EFO:0002784/SPI1`` thus select GM12878 in DNase-seq, and SPI1
    in GM12878 in ChIP-seq.

    Parameters
    ----------
    tracks : pandas.DataFrame
        In the columns of `columns.TRACKS`.
    members : "all" or list of str
        Ontology CURIEs such as ``EFO:0002784``, for all targets of the biosample, or
        CURIEs with one target such as ``EFO:0002784/SPI1``.
    set_name : str
        Name of the set in the config.

    Returns
    -------
    pandas.DataFrame
        The rows of `tracks` that are in the set, in their order; at least one for each
        output.

    Raises
    ------
    InputError
        If the set is empty, a member has no track in any output, or an output has no
        track of any member.
    """
    if isinstance(members, str) and members == ALL:
        return tracks
    if not members:
        raise InputError(f"{_key(set_name)}: the set is empty; name at least one track")
    outputs = tracks["output"].unique()
    names = _names(tracks)
    is_chosen = np.zeros(len(tracks), dtype=bool)
    lacking = {}
    for output in outputs:
        is_output = tracks["output"] == output
        narrowed = {
            name.split("/")[0]
            for name in members
            if (is_output & (names == name)).any()
        }
        for member in members:
            known = names if "/" in member else tracks["ontology_curie"]
            is_member = (is_output & (known == member)).to_numpy(dtype=bool)
            if not is_member.any():
                lacking.setdefault(member, []).append(output)
            elif member not in narrowed:
                is_chosen |= is_member
                _log_targets(tracks[is_member], member, output, set_name)
    for member, without in lacking.items():
        if len(without) == len(outputs):
            raise _unknown(tracks, member, without, set_name)
        log.info(
            "track set %s: no %s track of %s", set_name, ", ".join(without), member
        )
    for output in outputs:
        if not is_chosen[tracks["output"] == output].any():
            raise _unknown(tracks, members[0], [output], set_name)
    return tracks[is_chosen]


def _key(set_name):
    """Return where a set is defined: in the config, or in the sheet for a tissue."""
    kind, _, dataset = set_name.partition(".")
    if kind == TISSUE and dataset:
        return f"column 'tissue' of the sheet, row of dataset {dataset!r}"
    return f"key 'track_sets.{set_name}'"


def _names(tracks):
    """Return ``CURIE/target`` for each track, empty where it has no target."""
    curie, target = (tracks[name].astype("string") for name in _NAMED)
    return (curie + "/" + target).fillna("").astype(object)


def _log_targets(found, member, output, set_name):
    """Log how many factors or marks a biosample's tracks have."""
    targets = found["target"].dropna().unique()
    if len(targets) > 1:
        log.info(
            "track set %s: %s selects %d targets of %s, such as %s",
            set_name,
            member,
            len(targets),
            output,
            ", ".join(targets[:3]),
        )


def _unknown(tracks, member, outputs, set_name):
    """Return the error for a member without a track, with the nearest valid values."""
    part = tracks[tracks["output"].isin(outputs)]
    known = part["ontology_curie"].dropna()
    if "/" in member:
        targets = _names(part)
        known = targets[targets != ""] if (targets != "").any() else known
    known = known.unique().tolist()
    near = difflib.get_close_matches(member, known, _N_NEAR, cutoff=0)
    return InputError(
        f"{_key(set_name)}: the model has no {' or '.join(outputs)} track"
        f" {member!r}; nearest of {len(known)} known: {', '.join(near)}"
    )


def lone_positions(sets):
    """Return the positions of tracks that are a set's only track of an output.

    Their quantiles are kept, since they are not averaged.

    Parameters
    ----------
    sets : iterable of pandas.DataFrame
        The result of `select` for each set.

    Returns
    -------
    dict of str to list of int
        By output, ascending.
    """
    found = {}
    for tracks in sets:
        for output, part in tracks.groupby("output"):
            if len(part) == 1:
                found.setdefault(output, set()).add(int(part["position"].iloc[0]))
    return {output: sorted(positions) for output, positions in found.items()}
