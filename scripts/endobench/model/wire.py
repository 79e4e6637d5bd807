"""Requests in the client's protocol, decoding only what is kept.

The client builds a table of some 300 tracks for every answer, which takes longer than
everything else. Here, tracks are only compared with those of the previous answer, and
only values and genes are decoded. They equal the client's to the last bit.
"""

import functools
import logging

import grpc
import numpy as np

from endobench.model.alphagenome_client import (
    dna_client,
    dna_model_pb2,
    dna_model_service_pb2,
    genome,
    tensor_utils,
    track_data_utils,
)
from endobench.model.answer import Answer, Tracks
from endobench.model.expected import (
    Expected,
    check_metadata,
    check_variant,
    reading,
    unasked,
)
from endobench.model.gene_rows import Genes, KnownGenes, gene_answer
from endobench.model.listing import Listing
from endobench.model.ranges import as_floating, check_values
from endobench.model.retries import has_status
from endobench.model.scorer_names import HUMAN, parse_scorer

log = logging.getLogger(__name__)

_SERVICES = dna_model_service_pb2.DESCRIPTOR.services_by_name
_METHOD = f"/{_SERVICES['DnaModelService'].full_name}"
_BASES = b"ACGTN"
# Statuses that say nothing against what came before them. After any other, such as
# INTERNAL, an answer is not trusted, whole though it is. A job that ends because of its
# server cancels its own calls.
_LATE = (
    grpc.StatusCode.DEADLINE_EXCEEDED,
    grpc.StatusCode.RESOURCE_EXHAUSTED,
    grpc.StatusCode.UNAVAILABLE,
)


def score_request(row, scorers, model_version=None, organism=HUMAN):
    """Return the request that the client sends for a variant's scores.

    Parameters
    ----------
    row : named tuple
        Row of `columns.SHARDS`.
    scorers : list of alphagenome.models.v1.variant_scorers.VariantScorerTypes
    model_version : str, optional
    organism : dna_client.Organism
    """
    interval = genome.Interval(row.chrom, row.window_start, row.window_end)
    variant = genome.Variant(row.chrom, row.pos, row.ref, row.alt)
    return dna_model_service_pb2.ScoreVariantRequest(
        interval=interval.to_proto(),
        variant=variant.to_proto(),
        organism=organism.to_proto(),
        variant_scorers=[scorer.to_proto() for scorer in scorers],
        model_version=model_version,
        merge_stranded_gene_tracks=True,
    )


def wire_asker(connection, track_names, organism=HUMAN):
    """Return a function that requests the scores of one variant from a server.

    Parameters
    ----------
    connection : client.Connection
        With a channel.
    track_names : dict of str to list of str
        For each scorer, the tracks in the order of the model's list
        (`scorers.tracks_of`).
    organism : dna_client.Organism

    Returns
    -------
    callable
        From a row of `columns.SHARDS` and a list of scorer names to a list of
        `Answer` with ``raw`` and ``quantile``. It makes one call; the errors that
        `retries.is_transient` accepts are left to the caller.
    """
    # A single request has the same bytes as a stream of one, but gRPC needs no thread
    # to send it.
    call = connection.channel.unary_stream(
        f"{_METHOD}/ScoreVariant",
        dna_model_service_pb2.ScoreVariantRequest.SerializeToString,
        dna_model_service_pb2.ScoreVariantResponse.FromString,
    )
    parsed = {name: parse_scorer(name, organism) for name in track_names}
    listing = Listing(connection.client, organism).look()
    expected = {
        name: Expected(name, names, listing) for name, names in track_names.items()
    }
    first, seen, known = {}, {}, KnownGenes()

    def merging_of(row, name, metadata):
        """Check the tracks of an answer, unless they are those of an earlier one."""
        # Answers without genes may come with the tracks of both strands.
        kind = name, len(metadata.track_metadata)
        before, merging = seen.get(kind, (None, None))
        if before != metadata:
            tracks = dna_model_pb2.TracksMetadata(metadata=metadata.track_metadata)
            found = track_data_utils.metadata_from_proto(tracks)
            merging = expected[name].check_tracks(row, found)
            check_metadata(row, found, first.setdefault(kind, found))
            seen[kind] = metadata, merging
        return merging

    def answer_of(row, name, output, chunks):
        data = output.variant_data
        variant, metadata = data.metadata.variant, data.metadata
        alleles = variant.reference_bases, variant.alternate_bases
        check_variant(row, variant.chromosome, variant.position, *alleles)
        genes = Genes.of_messages(metadata.gene_metadata)
        # What is left is the same for every variant.
        metadata.ClearField("variant")
        metadata.ClearField("gene_metadata")
        merging = merging_of(row, name, metadata)
        shape = data.values.shape
        expected[name].check_shape(row, shape, len(genes.ids), merging)
        values = as_floating(row, name, tensor_utils.unpack_proto(data.values, chunks))
        if expected[name].is_by_gene:
            answer = gene_answer(row, name, values, genes, merging)
            known.check(row, name, genes)
            return answer
        check_values(row, name, *values[:, 0])
        # What exceeds single precision has become infinite: no number.
        with np.errstate(over="ignore"):
            raw, *quantile = values[:, 0].astype(np.float32, copy=False)
        return Answer(row.variant_id, row.window_start, raw, *quantile)

    def ask(row, names):
        scorers = [parsed[name] for name in names]
        request = score_request(row, scorers, connection.model_version, organism)
        with reading(connection.client, row):
            responses = call(request, metadata=connection.metadata)
            outputs = list(_outputs(responses, _scores, len(names)))
            if len(outputs) > len(names):
                raise unasked(row, names, [f"{len(outputs)} outputs, not {len(names)}"])
            if len(outputs) < len(names):
                raise ValueError(
                    f"{len(outputs)} of {len(names)} scores arrived before the stream"
                    " ended"
                )
            return [
                answer_of(row, name, *output)
                for name, output in zip(names, outputs, strict=True)
            ]

    return ask


def sequence_predictor(connection):
    """Return the client's `predict_sequence` for outputs that are tracks.

    Parameters
    ----------
    connection : client.Connection
        With a channel.

    Returns
    -------
    callable
        From a sequence of ACGTN and the keywords ``organism``, ``requested_outputs``
        (`dna_client.OutputType`) and ``ontology_terms`` (None: all tracks) to a dict of
        `dna_client.OutputType` to `Tracks`. It raises ValueError for any other base, or
        if the stream ends early.
    """
    call = connection.channel.unary_stream(
        f"{_METHOD}/PredictSequence",
        dna_model_service_pb2.PredictSequenceRequest.SerializeToString,
        dna_model_service_pb2.PredictSequenceResponse.FromString,
    )
    seen = {}

    def metadata_of(output):
        """Return the table of an output's tracks; the same one if nothing changed."""
        protos = list(output.track_data.metadata)
        before, table = seen.get(output.output_type, (None, None))
        if before != protos:
            tracks = dna_model_pb2.TracksMetadata(metadata=protos)
            table = track_data_utils.metadata_from_proto(tracks)
            seen[output.output_type] = protos, table
        return table

    def predict(sequence, *, organism=HUMAN, requested_outputs, ontology_terms=None):
        # Ten times as fast as a set of the letters.
        if others := set(sequence.encode().translate(None, _BASES).decode()):
            raise ValueError(f"the model knows ACGTN, not {''.join(sorted(others))}")
        if ontology_terms is not None:
            raise ValueError("tracks cannot be selected by ontology terms")
        request = dna_model_service_pb2.PredictSequenceRequest(
            sequence=sequence,
            organism=organism.to_proto(),
            requested_outputs=[each.to_proto() for each in requested_outputs],
            model_version=connection.model_version,
        )
        responses = call(request, metadata=connection.metadata)
        found = {}
        for output, chunks in _outputs(responses, _tracks, len(requested_outputs)):
            if output.WhichOneof("payload") != "track_data":
                raise ValueError("an output arrived that is no track")
            output_type = dna_client.OutputType(output.output_type)
            if output_type in found:
                raise ValueError(f"{output_type.name} arrived twice")
            values = tensor_utils.unpack_proto(output.track_data.values, chunks)
            found[output_type] = Tracks(
                tensor_utils.upcast_floating(np.asarray(values)),
                metadata_of(output),
                output.track_data.resolution or 1,
            )
        return found

    return predict


def _scores(output):
    return output.variant_data


def _tracks(output):
    return output.track_data


def _outputs(responses, data_of, n_asked):
    """Yield each output of a stream with its chunks, and read it to its end.

    What came whole has been paid for, and is kept if the call fails only then.
    """
    n_whole = 0
    try:
        for response in responses:
            if response.WhichOneof("payload") != "output":
                raise ValueError("a chunk arrived where an output was expected")
            n_chunks = data_of(response.output).values.chunk_count
            chunks = [_chunk(next(responses, None)) for _ in range(n_chunks)]
            n_whole += 1
            yield response.output, chunks
    except grpc.RpcError as error:
        if n_whole < n_asked or not has_status(error, *_LATE):
            raise
        _say_late(error.code().name)


@functools.cache
def _say_late(status):
    """Log once that calls fail when all of their answer has come."""
    log.warning("a call ended with %s after its whole answer, which is kept", status)


def _chunk(response):
    if response is None or response.WhichOneof("payload") != "tensor_chunk":
        raise ValueError("the stream ended before all chunks had arrived")
    return response.tensor_chunk
