"""Asking the Atlas, which holds the scores of all substitutions of GRCh38."""

import grpc
import numpy as np
from alphagenome.atlas import atlas, atlas_utils
from alphagenome.data import genome
from alphagenome.protos import atlas_service_pb2, atlas_service_pb2_grpc
from alphagenome.protos.v1 import dna_model_pb2

from endobench.core.errors import InputError, Unavailable
from endobench.design.routes import ATLAS_SCORERS, ATLAS_WINDOW_BP
from endobench.model.answer import Answer
from endobench.model.client import refusal
from endobench.model.retries import has_status, is_refusal, patiently

# Without the tracks, which are the same for all variants.
_FIELDS = (
    "variant",
    "interval",
    "scores.variant_scorer",
    "scores.shape",
    "scores.scores",
    "scores.calibrated_scores",
)


def atlas_asker(connection, track_names):
    """Return a function that asks the Atlas for the scores of one row.

    Parameters
    ----------
    connection : client.Connection
        With a channel.
    track_names : dict of str to list of str
        For each scorer, the model's tracks in order; the Atlas' are put in that order.

    Returns
    -------
    callable
        From a row of `columns.SHARDS` and a list of scorers' names to a list of
        `journal.Answer`, raw and quantile; without tracks where the Atlas does not hold
        the variant.

    Raises
    ------
    InputError
        If the Atlas lacks a track of the model, or does not answer.
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
            f"{row.variant_id}: the Atlas' window has {width} bp, not"
            f" {ATLAS_WINDOW_BP}; set route: model"
        )


def _scorer_metadata(stub, metadata):
    client = atlas.AtlasClient(stub, metadata=metadata)

    def ask():
        try:
            return client.scorer_metadata()
        except Exception as error:
            # The client wraps most statuses in errors of Python.
            if isinstance(error.__cause__, grpc.RpcError):
                raise error.__cause__ from None
            raise

    try:
        return patiently(ask)()
    except grpc.RpcError as error:
        if is_refusal(error):
            raise refusal(error, "the Atlas") from None
        raise Unavailable(
            f"the Atlas does not list its tracks ({error.code().name}:"
            f" {error.details()}); set route: model"
        ) from error


def _orders(served, track_names):
    """Return for each scorer the places of the model's tracks among the Atlas'."""
    orders = {}
    for scorer, names in track_names.items():
        found = served.get(ATLAS_SCORERS[scorer])
        found = [] if found is None else list(found.track_metadata.get("name", []))
        if found != names:
            place_of = {name: place for place, name in enumerate(found)}
            missing = [name for name in names if name not in place_of]
            if missing or len(place_of) != len(found):
                raise InputError(
                    f"the Atlas has no one track for each of the model's {len(names)}"
                    f" ({scorer}: {missing[:1] or 'a name stands for several'}); set"
                    " route: model"
                )
            orders[scorer] = np.array([place_of[name] for name in names])
        else:
            orders[scorer] = np.arange(len(names))
    return orders
