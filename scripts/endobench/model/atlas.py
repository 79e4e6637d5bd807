"""Requests to the Atlas, which holds the scores of all substitutions of GRCh38."""

import grpc
import numpy as np

from endobench.core.errors import InputError, Unavailable, WrongAnswer
from endobench.design.routes import ATLAS_SCORERS, ATLAS_WINDOW_BP
from endobench.model.alphagenome_client import (
    atlas,
    atlas_service_pb2,
    atlas_service_pb2_grpc,
    atlas_utils,
    dna_model_pb2,
    genome,
)
from endobench.model.answer import Answer
from endobench.model.client import refusal
from endobench.model.expected import (
    about,
    check_interval,
    check_values,
    check_variant,
    reading,
    unasked,
)
from endobench.model.faults import fault_of
from endobench.model.retries import has_status, is_refusal, patiently

_FLOAT_BYTES = 4
# The Atlas does not document where it centres its windows, and may score neighbouring
# positions in one window.
_MOVED_BP = 128
# All but the tracks, which are the same for every variant.
_FIELDS = (
    "variant",
    "interval",
    "scores.variant_scorer",
    "scores.shape",
    "scores.scores",
    "scores.calibrated_scores",
)


def atlas_asker(connection, track_names):
    """Return a function that requests the scores of one variant from the Atlas.

    Parameters
    ----------
    connection : client.Connection
        With a channel.
    track_names : dict of str to list of str
        For each scorer the model's tracks, in the order that the answers will have.

    Returns
    -------
    callable
        From a row of `columns.SHARDS` and a list of scorer names to a list of
        `Answer` with ``raw`` and ``quantile``, or without tracks if the Atlas does not
        hold the variant.

    Raises
    ------
    InputError
        If the Atlas lacks a track of the model.
    Unavailable
        If it does not list its tracks.
    """
    stub = atlas_service_pb2_grpc.AtlasServiceStub(connection.channel)
    served = _scorer_metadata(stub, connection.metadata)
    orders = _orders(served, track_names)
    metadata = [*connection.metadata, ("x-goog-fieldmask", ",".join(_FIELDS))]

    def ask(row, names):
        variant = genome.Variant(row.chrom, row.pos, row.ref, row.alt)
        wanted = [ATLAS_SCORERS[name] for name in names]
        request = atlas_service_pb2.GetDenseVariantScoresRequest(
            variant=variant.to_proto(),
            organism=dna_model_pb2.ORGANISM_HOMO_SAPIENS,
            filter=atlas_utils.build_filter(requested_scorers=wanted),
        )
        try:
            response = stub.GetDenseVariantScores(request, metadata=metadata)
        except grpc.RpcError as error:
            if not has_status(error, grpc.StatusCode.NOT_FOUND):
                raise
            return [_not_held(row) for _ in names]
        with reading(connection.client, row):
            scores = _checked(row, response, wanted)
            if not scores:
                return [_not_held(row) for _ in names]
            answers = []
            for name, served_as in zip(names, wanted, strict=True):
                n_tracks = len(served[served_as].track_metadata)
                arrays = _arrays(row, scores[served_as], n_tracks)
                arrays = [each[orders[name]] for each in arrays]
                check_values(row, name, *arrays)
                answers.append(Answer(row.variant_id, row.window_start, *arrays))
            return answers

    return ask


def _checked(row, response, wanted):
    """Return the scores of a response by scorer, after checking what it is about."""
    about_it = response.variant
    alleles = about_it.reference_bases, about_it.alternate_bases
    check_variant(row, about_it.chromosome, about_it.position, *alleles)
    if response.HasField("interval"):
        _check_window(row, response.interval)
    came = [each.variant_scorer.name for each in response.scores]
    if others := sorted(set(came) - set(wanted)):
        raise unasked(row, wanted, others)
    if came and sorted(came) != sorted(wanted):
        raise WrongAnswer(
            f"{about(row)}: asked the Atlas for {', '.join(wanted)}; {', '.join(came)}"
            " came"
        )
    return {each.variant_scorer.name: each for each in response.scores}


def _not_held(row):
    """Return the answer for a variant that the Atlas does not hold."""
    return Answer(row.variant_id, row.window_start, raw=np.empty(0, np.float32))


def _arrays(row, score, n_tracks):
    """Return the scores, and the quantiles if there are any, in the Atlas' order."""
    arrays = [score.scores]
    if score.calibrated_scores:
        arrays.append(score.calibrated_scores)
    sizes = [len(each) // _FLOAT_BYTES for each in arrays]
    if list(score.shape) != [1, n_tracks] or set(sizes) != {n_tracks}:
        raise WrongAnswer(
            f"{about(row)}, {score.variant_scorer.name}: asked the Atlas for 1 row of"
            f" {n_tracks} tracks; {' and '.join(map(str, sizes))} values of shape"
            f" {' x '.join(map(str, score.shape))} came"
        )
    return [np.frombuffer(each, "<f4") for each in arrays]


def _check_window(row, interval):
    """Raise `WrongAnswer` unless scores are for the window around the variant."""
    window = row.window_start, row.window_start + ATLAS_WINDOW_BP
    try:
        check_interval(row, interval, *window, tolerance_bp=_MOVED_BP)
    except WrongAnswer as error:
        raise WrongAnswer(
            f"{error} (if the Atlas has other windows, set route: model)"
        ) from None


def _scorer_metadata(stub, metadata):
    client = atlas.AtlasClient(stub, metadata=metadata)

    def ask():
        try:
            return client.scorer_metadata()
        except Exception as error:
            # The client wraps most statuses in built-in exceptions.
            if isinstance(error.__cause__, grpc.RpcError):
                raise error.__cause__ from None
            raise

    try:
        return patiently(ask)()
    except grpc.RpcError as error:
        if is_refusal(error):
            raise refusal(error, "the Atlas") from None
        raise Unavailable(
            f"the Atlas does not list its tracks ({fault_of(error)}); set route: model"
        ) from error


def _orders(served, track_names):
    """Return for each scorer the positions of the model's tracks among the Atlas'."""
    orders = {}
    for scorer, names in track_names.items():
        found = served.get(ATLAS_SCORERS[scorer])
        found = [] if found is None else list(found.track_metadata.get("name", []))
        if found != names:
            position_of = {name: position for position, name in enumerate(found)}
            missing = [name for name in names if name not in position_of]
            if missing or len(position_of) != len(found):
                why = f"it lacks {missing[0]!r}" if missing else "names are not unique"
                raise InputError(
                    f"{scorer}: the Atlas' tracks do not match the model's {len(names)}:"
                    f" {why}; set route: model"
                )
            orders[scorer] = np.array([position_of[name] for name in names])
        else:
            orders[scorer] = np.arange(len(names))
    return orders
