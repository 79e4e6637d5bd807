"""Requests to the Atlas, which holds the scores of all substitutions of GRCh38."""

import grpc
import numpy as np

from endobench.core.errors import InputError, Unavailable
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
from endobench.model.faults import fault_of
from endobench.model.retries import has_status, is_refusal, patiently

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
    orders = _orders(_scorer_metadata(stub, connection.metadata), track_names)
    metadata = [*connection.metadata, ("x-goog-fieldmask", ",".join(_FIELDS))]

    def ask(row, names):
        variant = genome.Variant(row.chrom, row.pos, row.ref, row.alt)
        request = atlas_service_pb2.GetDenseVariantScoresRequest(
            variant=variant.to_proto(),
            organism=dna_model_pb2.ORGANISM_HOMO_SAPIENS,
            filter=atlas_utils.build_filter(
                requested_scorers=[ATLAS_SCORERS[name] for name in names]
            ),
        )
        scores = {}
        try:
            response = stub.GetDenseVariantScores(request, metadata=metadata)
            _check_window(row, response)
            scores = {each.variant_scorer.name: each for each in response.scores}
        except grpc.RpcError as error:
            if not has_status(error, grpc.StatusCode.NOT_FOUND):
                raise
        return [
            _answer(row, scores.get(ATLAS_SCORERS[name]), orders[name])
            for name in names
        ]

    return ask


def _answer(row, score, order):
    if score is None:
        return Answer(row.variant_id, row.window_start, raw=np.empty(0, np.float32))

    def values(data):
        return np.frombuffer(data, "<f4").reshape(score.shape)[0][order]

    return Answer(
        row.variant_id,
        row.window_start,
        raw=values(score.scores),
        quantile=values(score.calibrated_scores) if score.calibrated_scores else None,
    )


def _check_window(row, response):
    width = response.interval.end - response.interval.start
    if response.HasField("interval") and width != ATLAS_WINDOW_BP:
        raise InputError(
            f"{row.variant_id}: the Atlas scored a window of {width} bp, expected"
            f" {ATLAS_WINDOW_BP} bp; set route: model"
        )


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
