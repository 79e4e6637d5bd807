"""A server of AlphaGenome's protocol and its Atlas for benchmarks, as fast as possible.

It has 305 DNASE tracks and the tracks of RNA_SEQ: 667, which answers for each gene merge
to 371, with descriptions as long as those of the published model. Its scores are computed
from the variant's position alone, since the benchmark measures the clients.
"""

import argparse
import asyncio
import functools

import grpc
import numpy as np
from alphagenome import tensor_utils
from alphagenome.protos import atlas_service_pb2, tensor_pb2
from alphagenome.protos.v1 import dna_model_pb2, dna_model_service_pb2
from endobench.design.routes import ATLAS_WINDOW_BP

SERVICES = dna_model_service_pb2.DESCRIPTOR.services_by_name
SERVICE = SERVICES["DnaModelService"].full_name
ATLAS = atlas_service_pb2.DESCRIPTOR.services_by_name["AtlasService"].full_name
# Bases of a page of its listed scores.
ATLAS_PAGE_BP = 32
N_TRACKS = 305
K562 = 2067
# RNA_SEQ tracks of both strands, of none, and of none beside a pair of the same name.
N_PAIRS, N_UNSTRANDED, N_HIDDEN = 271, 100, 25
N_MERGED = N_PAIRS + N_UNSTRANDED
TISSUE = "Whole_Blood"
N_GENES = 20
_N_TISSUES = 54
# Variants this close have the same genes.
GENES_EVERY_BP = 50_000


def track_metadata(n_tracks=N_TRACKS):
    """Return DNASE tracks; one of them is K562's."""
    return [
        _track(f"EFO:{number:07d} DNase-seq", number)
        for number in range(K562 - 100, K562 - 100 + n_tracks)
    ]


def rna_metadata(is_merged):
    """Return RNA_SEQ tracks, of both strands or merged; one is whole blood's."""
    places = range(N_PAIRS)
    if is_merged:
        stranded = [_rna(each, "UNSTRANDED") for each in places]
        hidden = []
    else:
        stranded = [
            _rna(each, strand) for strand in ("POSITIVE", "NEGATIVE") for each in places
        ]
        hidden = [_rna(each, "UNSTRANDED") for each in range(N_HIDDEN)]
    others = range(N_PAIRS, N_MERGED - _N_TISSUES)
    tissues = [TISSUE, *(f"Tissue_number_{each}" for each in range(1, _N_TISSUES))]
    return [
        *stranded,
        *hidden,
        *(_rna(each, "UNSTRANDED") for each in others),
        *(
            _rna(each, "UNSTRANDED", "polyA plus RNA-seq", "gtex", tissue)
            for each, tissue in enumerate(tissues)
        ),
    ]


def _rna(number, strand, assay="total RNA-seq", data_source="encode", tissue=""):
    words = [f"CL:{number:07d}", data_source if tissue else "", tissue, assay]
    return _track(
        " ".join(filter(None, words)),
        number,
        strand,
        biosample=dna_model_pb2.Biosample(
            name=f"biosample number {number} of a donor",
            type=dna_model_pb2.BIOSAMPLE_TYPE_TISSUE,
            stage="adult",
        ),
        assay=assay,
        gtex_tissue=tissue,
        data_source=data_source,
        endedness=dna_model_pb2.ENDEDNESS_PAIRED,
        nonzero_mean=0.05,
    )


def _track(name, number, strand="UNSTRANDED", **fields):
    return dna_model_pb2.TrackMetadata(
        name=name,
        strand=dna_model_pb2.Strand.Value(f"STRAND_{strand}"),
        ontology_term=dna_model_pb2.OntologyTerm(
            ontology_type=dna_model_pb2.ONTOLOGY_TYPE_EFO, id=number
        ),
        **{"biosample": dna_model_pb2.Biosample(name=f"biosample {number}")} | fields,
    )


@functools.lru_cache
def gene_metadata(place, n_genes):
    """Return the genes around a place of the genome, of both strands."""
    return [
        dna_model_pb2.GeneScorerMetadata(
            gene_id=f"ENSG{place * 1_000 + number:011d}.{number}",
            name=f"GENE{number}",
            strand=dna_model_pb2.Strand.Value(
                f"STRAND_{'NEGATIVE' if number % 2 else 'POSITIVE'}"
            ),
            type="protein_coding",
        )
        for number in range(n_genes)
    ]


@functools.lru_cache
def _base(n_rows, n_tracks):
    size = 2 * n_rows * n_tracks
    return np.linspace(-1, 1, size, dtype=np.float32).reshape(2, n_rows, n_tracks)


def scores_at(position, n_tracks=N_TRACKS, n_rows=1):
    """Return raw scores and quantiles of a variant, shape (2, n_rows, n_tracks)."""
    return _base(n_rows, n_tracks) * np.float32(np.sin(position))


class Responses:
    """Serialises responses; the tracks are serialised once."""

    def __init__(self, n_tracks=N_TRACKS, n_genes=N_GENES):
        self.n_tracks, self.n_genes = n_tracks, n_genes
        self.tracks = track_metadata(n_tracks)
        self._written, self._merged = (
            dna_model_pb2.VariantMetadata(track_metadata=each).SerializeToString()
            for each in (self.tracks, rna_metadata(is_merged=True))
        )

    def metadata(self):
        """Return the only response of GetMetadata."""
        listed = {
            dna_model_pb2.OUTPUT_TYPE_DNASE: self.tracks,
            dna_model_pb2.OUTPUT_TYPE_RNA_SEQ: rna_metadata(is_merged=False),
        }
        return dna_model_service_pb2.MetadataResponse(
            output_metadata=[
                dna_model_pb2.OutputMetadata(
                    output_type=output,
                    tracks=dna_model_pb2.TracksMetadata(metadata=tracks),
                )
                for output, tracks in listed.items()
            ]
        ).SerializeToString()

    def _answer(self, scorer, variant):
        """Return the metadata of an answer, serialised, and its scores."""
        written = dna_model_pb2.VariantMetadata(variant=variant)
        if scorer.WhichOneof("scorer") == "center_mask":
            scores = scores_at(variant.position, self.n_tracks)
            return written.SerializeToString() + self._written, scores
        place = variant.position // GENES_EVERY_BP
        written.gene_metadata.extend(gene_metadata(place, self.n_genes))
        scores = scores_at(variant.position, N_MERGED, self.n_genes)
        return written.SerializeToString() + self._merged, scores

    def scores(self, request):
        """Yield the serialised responses to a serialised ScoreVariant request."""
        request = dna_model_service_pb2.ScoreVariantRequest.FromString(request)
        for scorer in request.variant_scorers:
            metadata, values = self._answer(scorer, request.variant)
            tensor, chunks = tensor_utils.pack_tensor(values, bytes_per_chunk=1 << 20)
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


def stored_scores(variant, n_tracks=N_TRACKS):
    """Return what the Atlas has for a substitution."""
    raw, quantile = scores_at(variant.position, n_tracks)
    start = variant.position - ATLAS_WINDOW_BP // 2
    return atlas_service_pb2.DenseVariantScores(
        variant=variant,
        interval=dna_model_pb2.Interval(
            chromosome=variant.chromosome,
            start=start,
            end=start + ATLAS_WINDOW_BP,
            strand=dna_model_pb2.STRAND_UNSTRANDED,
        ),
        scores=[
            atlas_service_pb2.DenseVariantScore(
                variant_scorer={"name": "DNASE"},
                shape=[1, n_tracks],
                scores=raw.tobytes(),
                calibrated_scores=quantile.tobytes(),
            )
        ],
    )


def substitutions(interval, first, last):
    """Yield the substitutions of A at positions of an interval."""
    for position in range(first, last):
        for alt in "CGT":
            yield dna_model_pb2.Variant(
                chromosome=interval.chromosome,
                position=position,
                reference_bases="A",
                alternate_bases=alt,
            )


async def serve(port, latency_s, at_once=None, counter=None, n_genes=N_GENES):
    """Serve until the process is terminated.

    Parameters
    ----------
    port : int
    latency_s : float
    at_once : int, optional
        Calls beyond so many in flight are refused for quota.
    counter : path-like, optional
        A file that grows by a byte with each call.
    n_genes : int
        Genes of every window.
    """
    responses, n_in_flight = Responses(n_genes=n_genes), 0
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

    async def of_variant(request, context):
        if count:
            count.write(b".")
        await asyncio.sleep(latency_s)
        return stored_scores(request.variant)

    async def of_interval(request, context):
        if count:
            count.write(b".")
        await asyncio.sleep(latency_s)
        first = int(request.page_token or request.interval.start + 1)
        last = min(first + ATLAS_PAGE_BP, request.interval.end + 1)
        return atlas_service_pb2.ListDenseVariantScoresResponse(
            variant_scores=map(
                stored_scores, substitutions(request.interval, first, last)
            ),
            next_page_token=str(last) if last <= request.interval.end else "",
        )

    async def of_scorers(request, context):
        return atlas_service_pb2.ListVariantScoresMetadataResponse(
            variant_scorer_metadata=[
                atlas_service_pb2.VariantScorerMetadata(
                    variant_scorer={"name": "DNASE"},
                    metadata=[{"tracks": {"metadata": track_metadata()}}],
                )
            ]
        )

    server = grpc.aio.server(options=[("grpc.max_concurrent_streams", 1000)])
    handlers = {
        "ScoreVariant": grpc.stream_stream_rpc_method_handler(score_variant),
        "GetMetadata": grpc.unary_stream_rpc_method_handler(get_metadata),
    }
    of_atlas = {
        name: grpc.unary_unary_rpc_method_handler(
            method,
            getattr(atlas_service_pb2, asked).FromString,
            lambda message: message.SerializeToString(),
        )
        for name, method, asked in (
            ("GetDenseVariantScores", of_variant, "GetDenseVariantScoresRequest"),
            ("ListDenseVariantScores", of_interval, "ListDenseVariantScoresRequest"),
            (
                "ListVariantScoresMetadata",
                of_scorers,
                "ListVariantScoresMetadataRequest",
            ),
        )
    }
    server.add_generic_rpc_handlers(
        (
            grpc.method_handlers_generic_handler(SERVICE, handlers),
            grpc.method_handlers_generic_handler(ATLAS, of_atlas),
        )
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
    parser.add_argument("--n-genes", type=int, default=N_GENES, help="of every window")
    asyncio.run(serve(**vars(parser.parse_args())))
