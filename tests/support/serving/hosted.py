"""A server with the hosted service's tracks, that differs in one thing on request."""

import contextlib
import threading

import grpc
import numpy as np
import pysam
from alphagenome import tensor_utils
from endobench.genome import alleles, motifs
from endobench.model.alphagenome_client import (
    atlas_service_pb2,
    dna_client,
    dna_model_pb2,
    ontology,
)
from endobench.model.standin import motif_model, services
from endobench.model.standin import server as standin
from endobench.predict.assumptions import probe
from endobench.predict.assumptions.tracks import COUNTS, dnase_curies

KEY = "the-right-key"
N_MOTIFS = len(motif_model.WEIGHTS)
VARIANTS = (probe.SUBSTITUTION, probe.INSERTION, probe.N_RICH, probe.AT_END)
N_RUNS = ((0, 10_000), (207_666, 257_666))
LENGTH = 1_500_000
SITE = motifs.MOTIFS["SPI1"]


def write_hosted_genome(folder):
    """Write a random chr1 with GRCh38's first gaps, and its bases at the variants."""
    bases = np.random.default_rng(11).choice(list("ACGT"), LENGTH)
    for start, end in N_RUNS:
        bases[start:end] = "N"
    for each in VARIANTS:
        # A binding site there, so that the variant has an effect.
        first = each.pos - 1 - SITE.index(each.ref)
        bases[first : first + len(SITE)] = list(SITE)
    path = folder / "genome.fa"
    path.write_text(f">chr1\n{''.join(bases)}\n")
    pysam.faidx(str(path))
    return path


def _assays():
    rng = np.random.default_rng(5)
    for output, count in COUNTS.items():
        curies = [f"CL:{place:07d}" for place in range(count)]
        if output == "DNASE":
            curies = dnase_curies()
        tracks = tuple(
            (curie, "K562" if curie == probe.K562 else curie, "tissue", None)
            for curie in curies
        )
        weights = rng.uniform(0.5, 2, (N_MOTIFS, count)).astype(np.float32)
        yield motif_model.Assay("HOMO_SAPIENS", output, output, tracks, weights)


class HostedService(services.ModelService):
    """The model service, which counts its calls and may differ in one thing."""

    def __init__(self, model, differs=""):
        super().__init__(model)
        self.differs, self.keys, self.n_calls = differs, [], 0
        self._lock, self.released = threading.Lock(), threading.Event()
        self._models = {
            (each.organism, dna_client.OutputType[each.output].to_proto()): model.of(
                each
            )
            for each in _assays()
        }
        for each in self._models.values():
            for track in each.metadata:
                track.data_source = "encode"
        self._change_tracks()

    def _change_tracks(self):
        dnase = self._models["HOMO_SAPIENS", dna_client.OutputType.DNASE.to_proto()]
        tracks, order = dnase.metadata, np.arange(len(dnase.metadata))
        match self.differs:
            case "fewer tracks":
                order = order[:-1]
            case "another order":
                order[[3, 4]] = order[[4, 3]]
            case "no K562":
                for track in tracks:
                    term = ontology.from_proto(track.ontology_term)
                    if term.ontology_curie == probe.K562:
                        track.ontology_term.id = 9_999_999
                        track.biosample.name = "another"
            case "two tracks of one name":
                tracks[0].name = tracks[1].name
        dnase.metadata = [tracks[place] for place in order]
        dnase.weights = dnase.weights[:, order]

    def count(self, context):
        """Count a call, and refuse a wrong key."""
        with self._lock:
            self.n_calls += 1
            is_first = self.n_calls == 1
        if self.differs == "hangs":
            self.released.wait(30)
        given = dict(context.invocation_metadata()).get("x-goog-api-key")
        if self.differs == "always busy" or (self.differs == "busy" and is_first):
            context.abort(grpc.StatusCode.UNAVAILABLE, "busy")
        if given != KEY and self.differs != "any key":
            status = grpc.StatusCode.UNAUTHENTICATED
            if self.differs == "another status":
                status = grpc.StatusCode.INTERNAL
            context.abort(status, "API key not valid")

    def GetMetadata(self, request, context):
        self.count(context)
        yield from super().GetMetadata(request, context)

    def PredictVariant(self, requests, context):
        self.count(context)
        yield from super().PredictVariant(requests, context)

    def PredictSequence(self, requests, context):
        self.count(context)
        if self.differs == "no N":
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "only ACGT")
        yield from super().PredictSequence(requests, context)

    def ScoreVariant(self, requests, context):
        self.count(context)
        requests = list(requests)
        [request] = requests
        variant, interval = request.variant, request.interval
        reference = self.model.fetch(
            variant.chromosome,
            variant.position - 1,
            variant.position - 1 + len(variant.reference_bases),
        )
        refused = {
            "REF checked": reference != variant.reference_bases,
            "half N refused": variant.position == probe.N_RICH.pos,
            "end refused": interval.start == 0,
        }
        outputs = {
            each.center_mask.requested_output for each in request.variant_scorers
        }
        chip = dna_client.OutputType.CHIP_TF.to_proto()
        refused["no ChIP scorer"] = chip in outputs
        if refused.get(self.differs):
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, self.differs)
        if self.differs == "another scorers' order":
            scorers = list(request.variant_scorers)[::-1]
            del request.variant_scorers[:]
            request.variant_scorers.extend(scorers)
        responses = [*super().ScoreVariant(requests, context)]
        yield from self._changed(responses, request)

    def _changed(self, responses, request):
        """Yield responses with one thing changed in each answer."""
        for response in responses:
            if response.WhichOneof("payload") != "output":
                continue
            data = response.output.variant_data
            at = next(i for i, each in enumerate(responses) if each is response)
            chunks = [
                each.tensor_chunk
                for each in responses[at + 1 : at + 1 + data.values.chunk_count]
            ]
            values = np.array(tensor_utils.unpack_proto(data.values, chunks))
            scorer = request.variant_scorers[
                sum(each.WhichOneof("payload") == "output" for each in responses[:at])
            ]
            diff_mean = dna_model_pb2.AggregationType.Value(
                "AGGREGATION_TYPE_DIFF_MEAN"
            )
            is_unranked = scorer.center_mask.aggregation_type == diff_mean
            match self.differs:
                case "no quantiles":
                    values = values[:1]
                case "large quantiles":
                    values[1, 0, 0] = 1.5
                case "not a number":
                    values[0, 0, 7] = np.nan
                case "other values each time":
                    values[0] += 0.1 * self.n_calls
                case "another variant":
                    data.metadata.variant.position += 1
                case "mask at the centre" if request.interval.start == 0:
                    values[0] = 0
                case "another CURIE":
                    data.metadata.track_metadata[0].ontology_term.id += 1
                case "two rows":
                    values = np.repeat(values, 2, axis=1)
            if is_unranked and self.differs != "quantiles for all":
                values = values[:1]
            tensor, packed = tensor_utils.pack_tensor(
                np.ascontiguousarray(values), bytes_per_chunk=1 << 20
            )
            data.values.CopyFrom(tensor)
            yield response
            for chunk in packed:
                yield type(response)(tensor_chunk=chunk)


class AlignedService(HostedService):
    """Gives the tracks of ALT in REF's coordinates."""

    def PredictVariant(self, requests, context):
        answers = [*super().PredictVariant(requests, context)]
        [alt] = [
            i for i, each in enumerate(answers) if each.HasField("alternate_output")
        ]
        chunks = [each.tensor_chunk for each in answers[alt + 1 :]]
        data = answers[alt].alternate_output.track_data
        values = np.array(tensor_utils.unpack_proto(data.values, chunks))
        each = probe.INSERTION
        moved = alleles.align_alternate(
            values, each.pos - 1 - each.window_start, each.ref, each.alt
        )
        full = np.zeros_like(values)
        full[: len(moved)] = moved[: len(full)]
        tensor, packed = tensor_utils.pack_tensor(full, bytes_per_chunk=1 << 20)
        data.values.CopyFrom(tensor)
        yield from answers[: alt + 1]
        for chunk in packed:
            yield type(answers[0])(tensor_chunk=chunk)


class HostedAtlas(services.AtlasService):
    """The Atlas of the same model."""

    def __init__(self, service):
        self.model, self._service = service.model, service
        names = ("DNASE", "ATAC", "CHIP_TF", "CHIP_HISTONE", "CAGE", "PROCAP")
        if service.differs == "no Atlas scorer":
            names = names[:-1]
        self._models = {
            name: service._models[
                "HOMO_SAPIENS", dna_client.OutputType[name].to_proto()
            ]
            for name in names
        }

    def ListVariantScoresMetadata(self, request, context):
        self._service.count(context)
        found = super().ListVariantScoresMetadata(request, context)
        if self._service.differs == "no Atlas track":
            del found.variant_scorer_metadata[0].metadata[0].tracks.metadata[-1]
        return found

    def GetDenseVariantScores(self, request, context):
        self._service.count(context)
        differs = self._service.differs
        if (
            differs == "Atlas holds insertions"
            and len(request.variant.alternate_bases) > 1
        ):
            return atlas_service_pb2.DenseVariantScores(
                scores=[atlas_service_pb2.DenseVariantScore()]
            )
        found = super().GetDenseVariantScores(request, context)
        if differs == "narrow Atlas":
            found.interval.end -= 1 << 19
        if differs == "Atlas aside":
            found.interval.start += 100
            found.interval.end += 100
        if differs == "other Atlas values":
            values = np.frombuffer(found.scores[0].scores, "<f4") * 2
            found.scores[0].scores = values.tobytes()
        return found


@contextlib.contextmanager
def hosted(genome_path, differs=""):
    """Serve it; yield the service and its address."""
    kind = AlignedService if differs == "ALT aligned" else HostedService
    service = kind(motif_model.MotifModel(genome_path), differs)
    server, port = standin.start_server(
        service.model, services=(service, HostedAtlas(service))
    )
    try:
        yield service, f"127.0.0.1:{port}"
    finally:
        service.released.set()
        server.stop(grace=0).wait()
