"""Asking for scores in the client's protocol, and decoding no more than is kept.

The client rebuilds a table of some 300 tracks with every answer, which costs more than
all else. Here the tracks are compared with those of the answer before, and values alone
are decoded; they are the client's to the last bit.
"""

import numpy as np
from alphagenome import tensor_utils
from alphagenome.data import genome
from alphagenome.protos import dna_model_service_pb2
from alphagenome.protos.v1 import dna_model_service_pb2 as service_v1

from endobench.model.answer import Answer
from endobench.model.scorers import HUMAN, check_tracks, parse_scorer

_SERVICE = service_v1.DESCRIPTOR.services_by_name["DnaModelService"].full_name


def score_request(row, scorers, model_version=None, organism=HUMAN):
    """Return the request that the client sends for the scores of a variant.

    Parameters
    ----------
    row : named tuple
        Row of `columns.SHARDS`.
    scorers : list of alphagenome.models.variant_scorers.CenterMaskScorer
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
    """Return a function that asks a server for the scores of one row.

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
        From a row of `columns.SHARDS` and a list of scorers' names to a list of
        `journal.Answer`, raw and quantile. It makes one call and raises what
        `retries.is_transient` knows.
    """
    # A stream of one request is the same bytes as a single one, without the thread
    # that gRPC keeps for sending a stream.
    call = connection.channel.unary_stream(
        f"/{_SERVICE}/ScoreVariant",
        dna_model_service_pb2.ScoreVariantRequest.SerializeToString,
        dna_model_service_pb2.ScoreVariantResponse.FromString,
    )
    parsed = {name: parse_scorer(name) for name in track_names}
    seen = {}

    def ask(row, names):
        scorers = [parsed[name] for name in names]
        request = score_request(row, scorers, connection.model_version, organism)
        responses = call(request, metadata=connection.metadata)
        outputs = list(_outputs(responses))
        if len(outputs) != len(names):
            raise ValueError(
                f"{len(outputs)} of {len(names)} scores came before the stream ended"
            )
        answers = []
        for name, (values, metadata) in zip(names, outputs, strict=True):
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


def _outputs(responses):
    """Yield the values and the metadata of each output of a stream, read to its end."""
    for response in responses:
        if response.WhichOneof("payload") != "output":
            raise ValueError("a chunk came where an output was expected")
        data = response.output.variant_data
        chunks = [_chunk(next(responses, None)) for _ in range(data.values.chunk_count)]
        values = tensor_utils.unpack_proto(data.values, chunks)
        yield tensor_utils.upcast_floating(np.asarray(values)), data.metadata


def _chunk(response):
    if response is None or response.WhichOneof("payload") != "tensor_chunk":
        raise ValueError("the stream ended before its chunks")
    return response.tensor_chunk
