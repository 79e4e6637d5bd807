"""Requests to the Atlas, which holds the scores of all substitutions of GRCh38."""

import logging
from typing import NamedTuple

import grpc
import numpy as np

from endobench.core.errors import InputError, Unavailable, WrongAnswer
from endobench.core.logs import tell
from endobench.design.routes import ATLAS_SCORERS, ATLAS_WINDOW_BP
from endobench.design.scorers import is_by_gene, output_of
from endobench.model.alphagenome_client import (
    atlas,
    atlas_service_pb2,
    atlas_service_pb2_grpc,
    atlas_utils,
    dna_model_pb2,
    genome,
)
from endobench.model.answer import Answer
from endobench.model.atlas_lists import Lists, dense_intervals
from endobench.model.client import refusal
from endobench.model.expected import (
    about,
    check_interval,
    check_variant,
    reading,
    unasked,
)
from endobench.model.faults import fault_of
from endobench.model.gene_rows import Genes, KnownGenes, gene_answer
from endobench.model.ranges import check_values
from endobench.model.retries import has_status, is_refusal, patiently
from endobench.model.strands import PLUS, Merging, merging_of

log = logging.getLogger(__name__)

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
# Without it, rows of genes could not be told apart.
_GENES_FIELD = "scores.metadata.gene_scorers"


def atlas_asker(connection, track_names, is_strict=True, rows=None):
    """Return a function that requests the scores of one variant from the Atlas.

    Parameters
    ----------
    connection : client.Connection
        With a channel.
    track_names : dict of str to list of str
        For each scorer the model's tracks (`scorers.tracks_of`), in the order that the
        answers will have.
    is_strict : bool, default True
        Whether a scorer by gene that the Atlas lacks is an error. Otherwise, the Atlas
        holds no variant for it, and the model is asked.
    rows : pandas.DataFrame, optional
        The variants that will be asked for, in the columns of `columns.SHARDS`. Those
        close to each other share a call (`atlas_lists`).

    Returns
    -------
    callable
        From a row of `columns.SHARDS` and a list of scorer names to a list of
        `Answer` with ``raw`` and ``quantile``, or without tracks if the Atlas does not
        hold the variant.

    Raises
    ------
    InputError
        If the Atlas lacks a scorer or a track of the model; see `is_strict`.
    Unavailable
        If it does not list its tracks.
    """
    stub = atlas_service_pb2_grpc.AtlasServiceStub(connection.channel)
    served = _scorer_metadata(stub, connection.metadata)
    layouts = {}
    for name, names in track_names.items():
        try:
            layouts[name] = _layout(served.get(ATLAS_SCORERS[name]), name, names)
        except InputError as error:
            # Which scorers by gene the Atlas serves, and how, is not known.
            if is_strict or not is_by_gene(name):
                raise
            tell(log, "%s; the model is asked instead", error)
    fields = [*_FIELDS, _GENES_FIELD] if any(map(is_by_gene, track_names)) else _FIELDS
    metadata = [*connection.metadata, ("x-goog-fieldmask", ",".join(fields))]
    intervals = {} if rows is None else dense_intervals(rows)
    known = KnownGenes()
    lists = Lists(stub, connection.metadata, fields, intervals)

    def ask(row, names):
        variant = genome.Variant(row.chrom, row.pos, row.ref, row.alt)
        wanted = [ATLAS_SCORERS[name] for name in names if name in layouts]
        if not wanted:
            return [_not_held(row) for _ in names]
        filter_text = atlas_utils.build_filter(requested_scorers=wanted)
        request = atlas_service_pb2.GetDenseVariantScoresRequest(
            variant=variant.to_proto(),
            organism=dna_model_pb2.ORGANISM_HOMO_SAPIENS,
            filter=filter_text,
        )
        try:
            response = lists.pop(row, filter_text)
            if response is None:
                response = stub.GetDenseVariantScores(request, metadata=metadata)
        except grpc.RpcError as error:
            if not has_status(error, grpc.StatusCode.NOT_FOUND):
                raise
            return [_not_held(row) for _ in names]
        with reading(connection.client, row):
            scores = _checked(row, response, wanted)
            if not scores:
                return [_not_held(row) for _ in names]
            return [
                _answer(
                    row, name, scores.get(ATLAS_SCORERS[name]), layouts.get(name), known
                )
                for name in names
            ]

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
    # Whether the Atlas leaves out a scorer by gene where there is no gene is not known.
    needed = [name for name in wanted if name in came or not is_by_gene(name)]
    if came and sorted(came) != sorted(needed):
        raise WrongAnswer(
            f"{about(row)}: asked the Atlas for {', '.join(wanted)}; {', '.join(came)}"
            " came"
        )
    return {each.variant_scorer.name: each for each in response.scores}


def _not_held(row):
    """Return the answer for a variant that the Atlas does not hold."""
    return Answer(row.variant_id, row.window_start, raw=np.empty(0, np.float32))


def _answer(row, name, score, layout, known):
    """Return the answer of a scorer, or one without tracks if the Atlas lacks it."""
    if score is None:
        return _not_held(row)
    genes = _genes_of(score)
    if is_by_gene(name) and not (score.shape or score.scores or genes.ids):
        # Nothing is said of genes, so the model is asked.
        return _not_held(row)
    n_rows = len(genes.ids) if is_by_gene(name) else 1
    layers = [
        each[:, layout.order] for each in _arrays(row, score, n_rows, layout.n_tracks)
    ]
    if is_by_gene(name):
        answer = gene_answer(
            row, name, layers, genes, layout.merging, names_strands=False
        )
        known.check(row, name, genes)
        return answer
    arrays = [each[0] for each in layers]
    check_values(row, name, *arrays)
    return Answer(row.variant_id, row.window_start, *arrays)


def _genes_of(score):
    for each in score.metadata:
        if each.HasField("gene_scorers"):
            return Genes.of_messages(each.gene_scorers.metadata)
    return Genes()


def _arrays(row, score, n_rows, n_tracks):
    """Return the scores, and the quantiles if there are any, in the Atlas' order."""
    arrays = [score.scores]
    if score.calibrated_scores:
        arrays.append(score.calibrated_scores)
    sizes = [len(each) // _FLOAT_BYTES for each in arrays]
    if list(score.shape) != [n_rows, n_tracks] or set(sizes) != {n_rows * n_tracks}:
        name = score.variant_scorer.name
        each = ", one for each gene that it names" if is_by_gene(name) else ""
        raise WrongAnswer(
            f"{about(row)}, {name}: asked the Atlas for {n_rows}"
            f" row{'s' * (n_rows != 1)} of {n_tracks} tracks{each};"
            f" {' and '.join(map(str, sizes))} values of shape"
            f" {' x '.join(map(str, score.shape))} came"
        )
    return [np.frombuffer(each, "<f4").reshape(n_rows, n_tracks) for each in arrays]


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


class _Layout(NamedTuple):
    """Where the Atlas has the model's tracks of a scorer.

    Attributes
    ----------
    n_tracks : int
        Tracks of the Atlas.
    order : numpy.ndarray of int or slice
        The places of the model's tracks among them; all of them if they are not merged.
    merging : strands.Merging or None
        If the Atlas' tracks of the two strands are not merged, where the model's are.
    """

    n_tracks: int
    order: object
    merging: Merging | None


def _layout(served, scorer, names):
    """Return the `_Layout` of a scorer, given its `atlas.ScorerMetadata` or None.

    Raises
    ------
    InputError
        If the Atlas lacks the scorer or one of its tracks.
    """
    if served is None:
        raise InputError(
            f"{scorer}: the Atlas does not list {ATLAS_SCORERS[scorer]}; set route: model"
        )
    tracks = served.track_metadata
    found, merging = list(tracks.get("name", [])), None
    if is_by_gene(scorer) and found != names:
        try:
            merging = merging_of(tracks, output_of(scorer))
        except InputError:
            raise InputError(
                f"{scorer}: the Atlas' tracks of the two strands do not match in name and"
                " order; set route: model"
            ) from None
        found = merging.tracks["name"].tolist()
    position_of = {name: position for position, name in enumerate(found)}
    missing = [name for name in names if name not in position_of]
    if found != names and (missing or len(position_of) != len(found)):
        why = f"it lacks {missing[0]!r}" if missing else "names are not unique"
        raise InputError(
            f"{scorer}: the Atlas' tracks do not match the model's {len(names)}:"
            f" {why}; set route: model"
        )
    order = np.arange(len(names))
    if found != names:
        order = np.array([position_of[name] for name in names])
    if merging is None:
        return _Layout(len(tracks), order, None)
    places = {strand: each[order] for strand, each in merging.places.items()}
    if np.array_equal(*places.values()):
        # Merged already, in another order.
        return _Layout(len(tracks), places[PLUS], None)
    return _Layout(len(tracks), slice(None), merging._replace(places=places))
