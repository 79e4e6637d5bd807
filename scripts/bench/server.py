"""A server of AlphaGenome's protocol for benchmarks: 305 tracks, as fast as possible.

Its scores are computed from the variant's position alone, since the benchmark measures
the clients.
"""

import argparse
import asyncio

import grpc
import numpy as np
from alphagenome import tensor_utils
from alphagenome.protos import tensor_pb2
from alphagenome.protos.v1 import dna_model_pb2, dna_model_service_pb2

SERVICES = dna_model_service_pb2.DESCRIPTOR.services_by_name
SERVICE = SERVICES["DnaModelService"].full_name
N_TRACKS = 305
K562 = 2067


def track_metadata(n_tracks=N_TRACKS):
    """Return DNASE tracks; one of them is K562's."""
    return [
        dna_model_pb2.TrackMetadata(
            name=f"EFO:{number:07d} DNase-seq",
            strand=dna_model_pb2.STRAND_UNSTRANDED,
            ontology_term=dna_model_pb2.OntologyTerm(
                ontology_type=dna_model_pb2.ONTOLOGY_TYPE_EFO, id=number
            ),
            biosample=dna_model_pb2.Biosample(name=f"biosample {number}"),
        )
        for number in range(K562 - 100, K562 - 100 + n_tracks)
    ]


def scores_at(position, n_tracks=N_TRACKS):
    """Return the raw scores and the quantiles of a variant, shape (2, 1, n_tracks)."""
    base = np.linspace(-1, 1, 2 * n_tracks, dtype=np.float32)
    return (base * np.float32(np.sin(position))).reshape(2, 1, n_tracks)


class Responses:
    """Serialises responses; the tracks are serialised once."""

    def __init__(self, n_tracks=N_TRACKS):
        self.n_tracks = n_tracks
        self.tracks = track_metadata(n_tracks)
        self._written = dna_model_pb2.VariantMetadata(
            track_metadata=self.tracks
        ).SerializeToString()

    def metadata(self):
        """Return the only response of GetMetadata."""
        output = dna_model_pb2.OutputMetadata(
            output_type=dna_model_pb2.OUTPUT_TYPE_DNASE,
            tracks=dna_model_pb2.TracksMetadata(metadata=self.tracks),
        )
        return dna_model_service_pb2.MetadataResponse(
            output_metadata=[output]
        ).SerializeToString()

    def scores(self, request):
        """Yield the serialised responses to a serialised ScoreVariant request."""
        request = dna_model_service_pb2.ScoreVariantRequest.FromString(request)
        for _ in request.variant_scorers:
            values = scores_at(request.variant.position, self.n_tracks)
            tensor, chunks = tensor_utils.pack_tensor(values, bytes_per_chunk=1 << 20)
            variant = dna_model_pb2.VariantMetadata(variant=request.variant)
            metadata = variant.SerializeToString() + self._written
            data = _field(
                dna_model_pb2.VariantData, "values", tensor.SerializeToString()
            ) + _field(dna_model_pb2.VariantData, "metadata", metadata)
            output = _field(dna_model_pb2.ScoreVariantOutput, "variant_data", data)
            yield _field(dna_model_service_pb2.ScoreVariantResponse, "output", output)
            for chunk in chunks:
                yield dna_model_service_pb2.ScoreVariantResponse(
                    tensor_chunk=tensor_pb2.TensorChunk(
                        data=chunk.data, compression_type=chunk.compression_type
                    )
                ).SerializeToString()


def _field(message, name, content):
    """Serialise a field that holds bytes, in protobuf's wire format."""
    number = message.DESCRIPTOR.fields_by_name[name].number
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _varint(number):
    written = b""
    while number > 0x7F:
        written += bytes([number & 0x7F | 0x80])
        number >>= 7
    return written + bytes([number])


async def serve(port, latency_s, at_once=None, counter=None):
    """Serve until the process is terminated.

    Parameters
    ----------
    port : int
    latency_s : float
    at_once : int, optional
        Calls beyond so many in flight are refused for quota.
    counter : path-like, optional
        A file that grows by a byte with each call.
    """
    responses, n_in_flight = Responses(), 0
    count = None
    if counter:
        count = open(counter, "ab", buffering=0)  # noqa: ASYNC230, SIM115

    async def score_variant(requests, context):
        nonlocal n_in_flight
        if count:
            count.write(b".")
        if at_once is not None and n_in_flight >= at_once:
            await context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "too many calls")
        n_in_flight += 1
        try:
            async for request in requests:
                if latency_s:
                    await asyncio.sleep(latency_s)
                for response in responses.scores(request):
                    yield response
        finally:
            n_in_flight -= 1

    async def get_metadata(request, context):
        yield responses.metadata()

    server = grpc.aio.server(options=[("grpc.max_concurrent_streams", 1000)])
    handlers = {
        "ScoreVariant": grpc.stream_stream_rpc_method_handler(score_variant),
        "GetMetadata": grpc.unary_stream_rpc_method_handler(get_metadata),
    }
    server.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler(SERVICE, handlers),)
    )
    port = server.add_insecure_port(f"127.0.0.1:{port}")
    await server.start()
    print(f"127.0.0.1:{port}", flush=True)
    await server.wait_for_termination()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 selects a free one")
    parser.add_argument("--latency-s", type=float, default=0.0)
    parser.add_argument("--at-once", type=int, help="calls that are not refused")
    parser.add_argument("--counter", help="file that grows by a byte with each call")
    options = parser.parse_args()
    asyncio.run(
        serve(options.port, options.latency_s, options.at_once, options.counter)
    )
