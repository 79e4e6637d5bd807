"""Selection of a model's tracks by the members of a named set."""

import difflib
import logging

import numpy as np
import pandas as pd

from endobench.core.errors import InputError
from endobench.design.protocol import ALL, TISSUE
from endobench.design.scorers import BY_GENE

log = logging.getLogger(__name__)

_CURIE, _TARGET, _TISSUE = "ontology_curie", "target", "gtex_tissue"
# Begins the name of a tissue of GTEx among the members of a set.
GTEX = "gtex:"
_N_NEAR = 5


def select(tracks, members, set_name):
    """Return the tracks of a set.

    Each member is looked up in each output. Where an output has a track for a member
    with a target, the same CURIE without a target adds nothing. Together,
    ``EFO:0002784`` and ``EFO:0002784/SPI1`` thus select GM12878 in DNase-seq, and SPI1
    in GM12878 in ChIP-seq. Where an output has a track of a tissue of GTEx that is a
    member, CURIEs add nothing: ``UBERON:0013756`` and ``gtex:Whole_Blood`` select other
    laboratories' blood in DNase-seq, and GTEx's alone in RNA-seq. An output whose tracks
    belong to no biosample, as those of splice sites, is in each set as a whole. Where no
    track is of GTEx, as in DNase-seq alone, nothing can be said of its tissues, which then
    add nothing.

    Parameters
    ----------
    tracks : pandas.DataFrame
        In the columns of `columns.TRACKS`.
    members : "all" or list of str
        Ontology CURIEs such as ``EFO:0002784``, for all targets of the biosample; CURIEs
        with one target such as ``EFO:0002784/SPI1``; or tissues of GTEx such as
        ``gtex:Whole_Blood``.
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
        If the set is empty, a member has no track in any output, although there are
        tracks of its kind, or an output has no track of any member.
    """
    if isinstance(members, str) and members == ALL:
        return tracks
    if not members:
        raise InputError(f"{_key(set_name)}: the set is empty; name at least one track")
    outputs = tracks["output"].unique()
    names = _names(tracks)
    has_biosample = _has_biosample(tracks)
    is_chosen = np.zeros(len(tracks), dtype=bool)
    lacking, of_no_biosample = {}, set()
    for output in outputs:
        is_output = (tracks["output"] == output).to_numpy()
        if not (is_output & has_biosample).any():
            log.info(
                "track set %s: all %s tracks, which have no biosample", set_name, output
            )
            is_chosen |= is_output
            of_no_biosample.add(output)
            continue
        found = {
            member: is_output & (names[_kind(member)] == member).to_numpy()
            for member in members
        }
        present = [member for member in members if found[member].any()]
        narrowed = {name.split("/")[0] for name in present if _kind(name) == _TARGET}
        is_of_gtex = any(_kind(member) == _TISSUE for member in present)
        for member in members:
            if member not in present:
                lacking.setdefault(member, []).append(output)
            elif not (member in narrowed or (is_of_gtex and _kind(member) != _TISSUE)):
                is_chosen |= found[member]
                _log_targets(tracks[found[member]], member, output, set_name)
    has_tissues = names[_TISSUE].ne("").any()
    for member, without in lacking.items():
        is_judged = has_tissues or _kind(member) != _TISSUE
        if is_judged and len(without) == len(outputs) - len(of_no_biosample):
            raise _unknown(tracks, member, without, set_name)
        log.info(
            "track set %s: no %s track of %s", set_name, ", ".join(without), member
        )
    for output in outputs:
        if not is_chosen[tracks["output"] == output].any():
            [name] = _outputs([output])
            advice = f", or leave the scorers of {name} out" if is_chosen.any() else ""
            raise _unknown(tracks, members[0], [output], set_name, advice)
    return tracks[is_chosen]


def check_apart(tracks, members, set_name, others):
    """Raise an error if the set of another tissue has tracks of the sets it is to control.

    Tracks of no biosample are in every set and say nothing of a tissue.

    Parameters
    ----------
    tracks, members, set_name
        As `select` takes them, of the set of another tissue.
    others : dict of str to list of str
        Members of the sets that scores are averaged over, by name.

    Raises
    ------
    InputError
    """
    own = select(tracks, members, set_name)
    own = own[_has_biosample(own)]
    for other_name, other in others.items():
        shared = own[own.index.isin(select(tracks, other, other_name).index)]
        if len(shared):
            [output] = _outputs(shared["output"].head(1))
            raise InputError(
                f"key 'mismatched_track_set': {len(shared)} of the {len(own)} tracks of"
                f" {_key(set_name)} are also in {_key(other_name)}, such as {output} track"
                f" {shared['track'].iloc[0]!r}; choose tracks of another tissue"
            )


def _key(set_name):
    """Return where a set is defined: in the config, or in the sheet for a tissue."""
    kind, _, dataset = set_name.partition(".")
    if kind == TISSUE and dataset:
        return f"column 'tissue' of the sheet, row of dataset {dataset!r}"
    return f"key 'track_sets.{set_name}'"


def _kind(member):
    """Return what a member names: a biosample, one of its targets, or a tissue."""
    if member.startswith(GTEX):
        return _TISSUE
    return _TARGET if "/" in member else _CURIE


def _names(tracks):
    """Return the names of each track as members, by kind; empty where it has none."""
    curie, target, tissue = (
        tracks[name].astype("string").replace("", pd.NA)
        for name in (_CURIE, _TARGET, _TISSUE)
    )
    names = {_CURIE: curie, _TARGET: curie + "/" + target, _TISSUE: GTEX + tissue}
    return {kind: each.fillna("").astype(object) for kind, each in names.items()}


def _has_biosample(tracks):
    named = [each != "" for each in _names(tracks).values()]
    return np.any([tracks["biosample"].fillna("").ne(""), *named], axis=0)


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


def _unknown(tracks, member, outputs, set_name, advice=""):
    """Return the error for a member without a track, with the nearest valid values."""
    names = _names(tracks[tracks["output"].isin(outputs)])
    # Where no track has a target or a tissue, members are CURIEs.
    for kind in (_kind(member), _CURIE, _TISSUE):
        known = names[kind][names[kind] != ""].unique().tolist()
        if known:
            break
    near = difflib.get_close_matches(member, known, _N_NEAR, cutoff=0)
    hint = f"nearest of {len(known)} known: {', '.join(near)}"
    return InputError(
        f"{_key(set_name)}: the model has no {' or '.join(_outputs(outputs))} track"
        f" {member!r};"
        f" {hint if known else 'its tracks have neither terms nor tissues'}{advice}"
    )


def _outputs(lists):
    """Return the output types of lists of tracks, each once."""
    return list(dict.fromkeys(each.removesuffix(BY_GENE) for each in lists))


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
