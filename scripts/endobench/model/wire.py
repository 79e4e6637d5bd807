"""Requests in the client's protocol, decoding only what is kept.

The client builds a table of some 300 tracks for every answer, which takes longer than
everything else. Here, tracks are only compared with those of the previous answer, and
only values are decoded. They equal the client's to the last bit.
"""

from typing import NamedTuple

import numpy as np

from endobench.model.alphagenome_client import (
    dna_model_service_pb2,
    genome,
    tensor_utils,
)
from endobench.model.answer import Answer
from endobench.model.scorers import HUMAN, check_tracks, parse_scorer

_SERVICES = dna_model_service_pb2.DESCRIPTOR.services_by_name
_METHOD = f"/{_SERVICES['DnaModelService'].full_name}"
_BASES = frozenset("ACGTN")


def score_request(row, scorers, model_version=None, organism=HUMAN):
    """Return the request that the client sends for a variant's scores.

    Parameters
    ----------
    row : named tuple
        Row of `columns.SHARDS`.
    scorers : list of alphagenome.models.v1.variant_scorers.CenterMaskScorer
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
        For each scorer, the tracks in the order of the model's metadata.
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
    parsed = {name: parse_scorer(name) for name in track_names}
    seen = {}

    def ask(row, names):
        scorers = [parsed[name] for name in names]
        request = score_request(row, scorers, connection.model_version, organism)
        responses = call(request, metadata=connection.metadata)
        outputs = list(_outputs(responses, lambda output: output.variant_data))
        if len(outputs) != len(names):
            raise ValueError(
                f"{len(outputs)} of {len(names)} scores arrived before the stream ended"
            )
        answers = []
        for name, (output, values) in zip(names, outputs, strict=True):
            metadata = output.variant_data.metadata
            metadata.ClearField("variant")
            if seen.get(name) != metadata:
                found = [track.name for track in metadata.track_metadata]
                check_tracks(row, found, track_names[name])
                seen[name] = metadata
            raw, *quantile = values
            answers.append(
                Answer(
                    row.variant_id,
                    row.window_start,
                    raw=raw[0],
                    quantile=quantile[0][0] if quantile else None,
                )
            )
        return answers

    return ask


class Tracks(NamedTuple):
    """Predicted tracks, under the names of the client's `TrackData`.

    Attributes
    ----------
    values : numpy.ndarray of float32, shape (length / resolution, n_tracks)
    metadata : dict of str to list of str
        Only ``name``.
    resolution : int
        Bases of a bin.
    """

    values: np.ndarray
    metadata: dict
    resolution: int


class SequenceClient:
    """The client's `predict_sequence` for outputs that are tracks.

    Parameters
    ----------
    connection : client.Connection
        With a channel.
    """

    def __init__(self, connection):
        self._connection = connection
        self._call = connection.channel.unary_stream(
            f"{_METHOD}/PredictSequence",
            dna_model_service_pb2.PredictSequenceRequest.SerializeToString,
            dna_model_service_pb2.PredictSequenceResponse.FromString,
        )

    def predict_sequence(
        self, sequence, *, organism=HUMAN, requested_outputs, ontology_terms=None
    ):
        """Predict all tracks of a sequence.

        Parameters
        ----------
        sequence : str
            ACGTN.
        organism : dna_client.Organism
        requested_outputs : iterable of dna_client.OutputType
        ontology_terms : None
            Tracks cannot be selected.

        Returns
        -------
        dict of dna_client.OutputType to Tracks

        Raises
        ------
        ValueError
            For any other base, or if the stream ends early.
        """
        if others := set(sequence) - _BASES:
            raise ValueError(f"the model knows ACGTN, not {''.join(sorted(others))}")
        if ontology_terms is not None:
            raise ValueError("tracks cannot be selected by ontology terms")
        asked = {each.to_proto(): each for each in requested_outputs}
        request = dna_model_service_pb2.PredictSequenceRequest(
            sequence=sequence,
            organism=organism.to_proto(),
            requested_outputs=list(asked),
            model_version=self._connection.model_version,
        )
        found = {}
        for output, values in _outputs(
            self._call(request, metadata=self._connection.metadata),
            lambda output: output.track_data,
        ):
            if output.WhichOneof("payload") != "track_data":
                raise ValueError("an output arrived that is no track")
            names = [each.name for each in output.track_data.metadata]
            resolution = output.track_data.resolution or 1
            tracks = Tracks(values, {"name": names}, resolution)
            found[asked.get(output.output_type)] = tracks
        return found


def _outputs(responses, data_of):
    """Yield each output of a stream with its values, and read it to its end."""
    for response in responses:
        if response.WhichOneof("payload") != "output":
            raise ValueError("a chunk arrived where an output was expected")
        tensor = data_of(response.output).values
        chunks = [_chunk(next(responses, None)) for _ in range(tensor.chunk_count)]
        values = tensor_utils.unpack_proto(tensor, chunks)
        yield response.output, tensor_utils.upcast_floating(np.asarray(values))


def _chunk(response):
    if response is None or response.WhichOneof("payload") != "tensor_chunk":
        raise ValueError("the stream ended before all chunks had arrived")
    return response.tensor_chunk
