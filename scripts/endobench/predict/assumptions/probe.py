"""The questions of a check, each asked once, within a limit on calls."""

import threading
import time
from typing import NamedTuple

import grpc
import numpy as np

from endobench.core.errors import InputError, NotAnswered
from endobench.design.routes import ATLAS_SCORERS
from endobench.model.alphagenome_client import (
    atlas,
    atlas_service_pb2,
    atlas_service_pb2_grpc,
    atlas_utils,
    dna_client,
    dna_model_pb2,
    dna_model_service_pb2,
    genome,
    ontology,
    tensor_utils,
)
from endobench.model.gene_rows import Genes
from endobench.model.retries import has_status, patiently, without_retries
from endobench.model.scorer_names import HUMAN, parse_scorer
from endobench.model.strands import merging_of
from endobench.model.wire import score_request

MAX_CALLS = 20
DNASE, ATAC = "DNASE-501-DIFF_LOG2_SUM", "ATAC-501-DIFF_LOG2_SUM"
# The client recommends no scorer of this aggregation, so that it has no quantiles.
UNRANKED = "DNASE-501-DIFF_MEAN"
K562 = "EFO:0002067"
_WRONG_KEY = "a-wrong-key-sent-on-purpose"
_METHOD = dna_model_service_pb2.DESCRIPTOR.services_by_name["DnaModelService"].full_name
_SEED = 17
_INSERT_BP = 2_048


class CallLimit(InputError):
    """The calls of a check are spent."""


class _Counted(
    grpc.UnaryUnaryClientInterceptor,
    grpc.UnaryStreamClientInterceptor,
    grpc.StreamStreamClientInterceptor,
):
    """Counts every call of a channel, and refuses those beyond the limit."""

    def __init__(self, limit):
        self._limit, self._lock = limit, threading.Lock()
        self.n_calls = 0

    def _intercept(self, continuation, details, request):
        with self._lock:
            if self.n_calls >= self._limit:
                raise CallLimit(f"the {self._limit} calls of this check are spent")
            self.n_calls += 1
        return continuation(details, request)

    intercept_unary_unary = _intercept
    intercept_unary_stream = _intercept
    intercept_stream_stream = _intercept


class Scores(NamedTuple):
    """The answer of one scorer, as it came.

    Attributes
    ----------
    values : numpy.ndarray of float, shape (n_layers, n_rows, n_tracks)
    tracks : list of str
        Names of the tracks.
    listed : sequence of dna_model_pb2.TrackMetadata
        The tracks.
    variant : dna_model_pb2.Variant
    genes : gene_rows.Genes
        Of the rows, if the scorer is by gene.
    """

    values: np.ndarray
    tracks: list
    listed: object
    variant: object
    genes: Genes = Genes()

    @property
    def curies(self):
        """The ontology CURIEs of the tracks; one is empty if there is none."""
        return [_curie(track) for track in self.listed]

    @property
    def raw(self):
        """The raw scores of the first row, shape (n_tracks,)."""
        return self.values[0, 0]


class Probe:
    """Asks a service questions; a question that was asked is not asked again.

    Parameters
    ----------
    connection : client.Connection
        With a channel.
    max_calls : int
        Most calls, retries included.

    Attributes
    ----------
    seconds : dict of str to float
        Duration of the last call of each question.
    has_key : bool
        Whether calls carry a key.
    model_version : str or None
    """

    def __init__(self, connection, max_calls=MAX_CALLS):
        self._counted = _Counted(max_calls)
        self._channel = grpc.intercept_channel(connection.channel, self._counted)
        self._metadata = connection.metadata
        self.model_version = connection.model_version
        self._atlas = atlas_service_pb2_grpc.AtlasServiceStub(self._channel)
        self._outcomes, self.seconds, self._mergings = {}, {}, {}
        self.has_key = bool(connection.metadata)

    @property
    def n_calls(self):
        """Calls so far."""
        return self._counted.n_calls

    def _once(self, name, ask, is_patient=True):
        """Return what a question was answered with, or raise its error again."""
        if name not in self._outcomes:

            def timed():
                begun = time.perf_counter()
                try:
                    answer = ask()
                except grpc.RpcError as error:
                    # To wait that long again would tell nothing new.
                    if has_status(error, grpc.StatusCode.DEADLINE_EXCEEDED):
                        raise NotAnswered("no answer before the deadline") from None
                    raise
                self.seconds[name] = time.perf_counter() - begun
                return answer

            try:
                answer = (patiently(timed) if is_patient else timed)()
                self._outcomes[name] = (answer, None)
            except Exception as error:
                self._outcomes[name] = (None, error)
        answer, error = self._outcomes[name]
        if error is not None:
            raise error
        return answer

    def _client(self, metadata):
        version = self.model_version
        return dna_client.DnaClient(
            channel=self._channel,
            model_version=dna_client.ModelVersion[version] if version else None,
            metadata=metadata,
        )

    def tracks(self):
        """Return the listed tracks of each output, in the client's columns."""

        def ask():
            listed = self._client(self._metadata).output_metadata(HUMAN)
            found = {each.name: listed.get(each) for each in dna_client.OutputType}
            return {name: each for name, each in found.items() if each is not None}

        return self._once("tracks", ask)

    def merging(self, output):
        """Return the `strands.Merging` of an output's listed tracks."""
        if output not in self._mergings:
            self._mergings[output] = merging_of(self.tracks()[output], output)
        return self._mergings[output]

    def scores(self, variant, scorers=(DNASE,), name=None):
        """Return the `Scores` of a variant, in the order in which they came.

        Parameters
        ----------
        variant : Variant
        scorers : tuple of str
        name : str, optional
            Asks the question under another name again.
        """
        parsed = [parse_scorer(each) for each in scorers]
        request = score_request(variant, parsed, self.model_version)
        call = self._channel.unary_stream(
            f"/{_METHOD}/ScoreVariant",
            dna_model_service_pb2.ScoreVariantRequest.SerializeToString,
            dna_model_service_pb2.ScoreVariantResponse.FromString,
        )
        window_bp = variant.window_end - variant.window_start
        name = name or f"scores {variant.variant_id} {window_bp} {' '.join(scorers)}"
        return self._once(
            name, lambda: _read_scores(call(request, metadata=self._metadata))
        )

    def predicted(self, variant):
        """Return K562's DNASE tracks of REF and of ALT, shape (n_bases,) each."""

        def ask():
            client = self._client(self._metadata)
            answer = without_retries(client, "predict_variant")(
                genome.Interval(
                    variant.chrom, variant.window_start, variant.window_end
                ),
                genome.Variant(variant.chrom, variant.pos, variant.ref, variant.alt),
                organism=HUMAN,
                requested_outputs=[dna_client.OutputType.DNASE],
                ontology_terms=[K562],
            )
            pair = answer.reference, answer.alternate
            return [_dnase(each).values[:, 0] for each in pair]

        return self._once(f"predicted {variant.variant_id}", ask)

    def padded(self):
        """Return K562's DNASE tracks of 2,048 bp of random bases within N."""
        bases = np.random.default_rng(_SEED).choice(list("ACGT"), _INSERT_BP)
        n = "N" * ((16_384 - _INSERT_BP) // 2)

        def ask():
            answer = without_retries(self._client(self._metadata), "predict_sequence")(
                n + "".join(bases) + n,
                organism=HUMAN,
                requested_outputs=[dna_client.OutputType.DNASE],
                ontology_terms=[K562],
            )
            return _dnase(answer)

        return self._once("padded sequence", ask)

    def atlas_tracks(self):
        """Return the names of the Atlas' tracks by scorer."""
        return {
            name: list(each.get("name", []))
            for name, each in self.atlas_metadata().items()
        }

    def atlas_metadata(self):
        """Return the Atlas' tracks by scorer, in the client's columns."""

        def ask():
            client = atlas.AtlasClient(self._atlas, metadata=self._metadata)
            try:
                listed = client.scorer_metadata()
            except Exception as error:
                # The client wraps most statuses in built-in exceptions.
                if isinstance(error.__cause__, grpc.RpcError):
                    raise error.__cause__ from None
                raise
            return {name: each.track_metadata for name, each in listed.items()}

        return self._once("Atlas' tracks", ask)

    def atlas_scores(self, variant, scorer=DNASE):
        """Return the Atlas' response for a variant's scores of one scorer."""
        request = atlas_service_pb2.GetDenseVariantScoresRequest(
            variant=genome.Variant(
                variant.chrom, variant.pos, variant.ref, variant.alt
            ).to_proto(),
            organism=dna_model_pb2.ORGANISM_HOMO_SAPIENS,
            filter=atlas_utils.build_filter(requested_scorers=[ATLAS_SCORERS[scorer]]),
        )
        return self._once(
            f"Atlas {scorer} {variant.variant_id}",
            lambda: self._atlas.GetDenseVariantScores(request, metadata=self._metadata),
        )

    def atlas_list(self, variant, scorer=DNASE):
        """Return what the Atlas lists for the base of a variant, by the other allele."""
        request = atlas_service_pb2.ListDenseVariantScoresRequest(
            interval=genome.Interval(
                variant.chrom, variant.pos - 1, variant.pos
            ).to_proto(),
            organism=dna_model_pb2.ORGANISM_HOMO_SAPIENS,
            filter=atlas_utils.build_filter(requested_scorers=[ATLAS_SCORERS[scorer]]),
        )
        listed = self._once(
            f"Atlas' list {variant.variant_id}",
            lambda: self._atlas.ListDenseVariantScores(
                request, metadata=self._metadata
            ),
        )
        return {each.variant.alternate_bases: each for each in listed.variant_scores}

    @staticmethod
    def genes_of(score):
        """Return the `Genes` that a score of the Atlas names."""
        return Genes.of_messages(
            gene
            for each in score.metadata
            if each.HasField("gene_scorers")
            for gene in each.gene_scorers.metadata
        )

    def refusal_of_tracks(self):
        """List the tracks with a wrong key; return the error, or None without one."""

        def ask():
            client = self._client([("x-goog-api-key", _WRONG_KEY)])
            try:
                without_retries(client, "output_metadata")(HUMAN)
            except grpc.RpcError as error:
                return error
            return None

        return self._once("a wrong key", ask, is_patient=False)


def _curie(track):
    if not track.HasField("ontology_term"):
        return ""
    return ontology.from_proto(track.ontology_term).ontology_curie


def _dnase(output):
    data = output.get(dna_client.OutputType.DNASE)
    # To ask again would tell nothing new.
    if data is None or not data.values.shape[-1]:
        raise NotAnswered("the answer holds no DNASE of K562")
    return data


def _read_scores(responses):
    """Read a stream without judging it."""
    found = []
    for response in responses:
        if response.WhichOneof("payload") == "output":
            found.append((response.output.variant_data, []))
        else:
            found[-1][1].append(response.tensor_chunk)
    return [
        Scores(
            tensor_utils.upcast_floating(
                np.asarray(tensor_utils.unpack_proto(data.values, chunks))
            ),
            [track.name for track in data.metadata.track_metadata],
            data.metadata.track_metadata,
            data.metadata.variant,
            Genes.of_messages(data.metadata.gene_metadata),
        )
        for data, chunks in found
    ]
