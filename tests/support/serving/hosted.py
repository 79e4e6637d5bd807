"""A server with the hosted service's tracks and genes, that differs in one thing."""

import contextlib
import functools
import threading

import gene_answers
import grpc
import numpy as np
import pysam
import signals
from alphagenome import tensor_utils
from endobench.genome import alleles, motifs
from endobench.model.alphagenome_client import (
    atlas_service_pb2,
    dna_client,
    dna_model_pb2,
    ontology,
)
from endobench.model.standin import motif_model
from endobench.model.standin import server as standin
from endobench.predict.assumptions import genes, probe, variants
from endobench.predict.assumptions.tracks import COUNTS, dnase_curies
from servers import random_bases

KEY = "the-right-key"
N_MOTIFS = len(motif_model.WEIGHTS)
VARIANTS = (variants.SUBSTITUTION, variants.INSERTION, variants.N_RICH, variants.AT_END)
N_RUNS = ((0, 10_000), (207_666, 257_666))
LENGTH = 1_500_000
SITE = motifs.MOTIFS["SPI1"]
TRACKS_DIFFER = ("fewer tracks", "another order", "no K562", "two tracks of one name")


def write_hosted_genome(folder):
    """Write a random chr1 with GRCh38's first gaps, and its bases at the variants."""
    bases = bytearray(random_bases(np.random.default_rng(11), LENGTH).encode())
    for start, end in N_RUNS:
        bases[start:end] = b"N" * (end - start)
    for each in VARIANTS:
        # A binding site there, so that the variant has an effect.
        first = each.pos - 1 - SITE.index(each.ref)
        bases[first : first + len(SITE)] = SITE.encode()
    path = folder / "genome.fa"
    path.write_text(f">chr1\n{bases.decode()}\n")
    pysam.faidx(str(path))
    return path


@functools.cache
def made_tracks(n_tissues, n_pairs):
    """Return the tracks of outputs that have scorers by gene, as many as there are."""
    tissues = ["Whole_Blood", *(f"Tissue_{place:02d}" for place in range(53))]
    names = [f"biosample_{place}" for place in range(367)]
    return {
        "RNA_SEQ": gene_answers.rna_tracks(
            n_pairs=n_pairs,
            n_doubled=25,
            n_alone=642 - n_tissues - 2 * n_pairs,
            tissues=tissues[:n_tissues],
        ),
        "SPLICE_SITES": gene_answers.site_tracks(),
        "SPLICE_SITE_USAGE": gene_answers.usage_tracks(names),
        "SPLICE_JUNCTIONS": gene_answers.junction_tracks(names),
    }


def made_genes():
    """Return the known genes and others far from the variant, in no order of places."""
    found = [
        gene_answers.Gene(
            f"{e.gene_id}.{e.start % 19}", e.strand, e.tss, e.end - e.start
        )
        for e in genes.KNOWN
    ]
    for number in range(60):
        tss = 1_040_000 + 7_000 * (number * 37 % 60)
        found.append(
            gene_answers.Gene(f"ENSG{number:011d}.2", "+-"[number % 2], tss, 900)
        )
    return found


# What follows from made tracks, by their numbers.
_LISTED = {}


class HostedGenes(gene_answers.GeneModel):
    """Scores by gene, which may differ in one thing."""

    def __init__(self, differs=""):
        n_tissues = 53 if differs == "fewer tissues" else 54
        n_pairs = 270 if differs == "fewer pairs of strands" else 271
        super().__init__(made_tracks(n_tissues, n_pairs), made_genes())
        self.differs = differs
        self._listed = _LISTED.setdefault((n_tissues, n_pairs), self._listed)

    def genes_of(self, name, interval, variant):
        found = super().genes_of(name, interval, variant)
        is_expression = name.startswith("RNA_SEQ")
        match self.differs:
            case "few genes":
                return found[: len(genes.KNOWN)]
            case "whole genes alone" if is_expression:
                return [each for each in found if each.body[1] <= interval.end]
            case "genes beyond the window" if is_expression:
                return self.genes
            case "splicing of neighbours" if not is_expression:
                return super().genes_of("RNA_SEQ", interval, variant)[:9]
            case "genes in two orders" if name == "RNA_SEQ_ACTIVE":
                return found[::-1]
        return found

    def answer(self, name, interval, variant, is_merged=True):
        is_merged = is_merged and self.differs != "strands not merged"
        values, rows, tracks = super().answer(name, interval, variant, is_merged)
        match self.differs:
            case "a gene twice":
                # None of the known genes.
                if len(rows) > len(genes.KNOWN) + 2:
                    rows[-1].gene_id = rows[-2].gene_id
            case "ids of another kind":
                for row in rows:
                    row.gene_id = row.name
            case "no strands of genes":
                for row in rows:
                    row.ClearField("strand")
            case "no number for a gene":
                values[0, 0, 1] = np.nan
            case "no quantiles by gene":
                values = values[:1]
            case "activity below 0" if name == "RNA_SEQ_ACTIVE":
                values[0] -= 1
            case "merged in another order":
                tracks = tracks[::-1]
        return values, rows, tracks


def _assays():
    rng = np.random.default_rng(5)
    for output, count in COUNTS.items():
        if output in gene_answers.OUTPUTS:
            continue
        curies = [f"CL:{place:07d}" for place in range(count)]
        if output == "DNASE":
            curies = dnase_curies()
        tracks = tuple(
            (curie, "K562" if curie == probe.K562 else curie, "tissue", None)
            for curie in curies
        )
        weights = rng.uniform(0.5, 2, (N_MOTIFS, count)).astype(np.float32)
        yield motif_model.Assay("HOMO_SAPIENS", output, output, tracks, weights)


@functools.cache
def models_of(genome_path):
    """Return the model of each output."""
    model = signals.model_of(genome_path)
    return {
        (each.organism, dna_client.OutputType[each.output].to_proto()): _of(model, each)
        for each in _assays()
    }


def _of(model, assay):
    found = model.of(assay)
    for track in found.metadata:
        track.data_source = "encode"
    return found


class HostedService(gene_answers.GeneService):
    """The model service, which counts its calls and may differ in one thing."""

    def __init__(self, genome_path, differs=""):
        super().__init__(signals.model_of(genome_path), HostedGenes(differs))
        self.differs, self.keys, self.n_calls = differs, [], 0
        self._lock, self.released = threading.Lock(), threading.Event()
        self._models = {**models_of(genome_path)}
        if differs in TRACKS_DIFFER:
            self._change_tracks()

    def _change_tracks(self):
        dnase = _of(self.model, next(_assays()))
        self._models["HOMO_SAPIENS", dna_client.OutputType.DNASE.to_proto()] = dnase
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
            "half N refused": variant.position == variants.N_RICH.pos,
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
            is_by_gene = gene_answers.name_of(scorer) is not None
            # Answers by gene differ by themselves; see `HostedGenes`.
            match "" if is_by_gene else self.differs:
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
            if is_unranked and not is_by_gene and self.differs != "quantiles for all":
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
        each = variants.INSERTION
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


class HostedAtlas(gene_answers.GeneAtlas):
    """The Atlas of the same model."""

    def __init__(self, service):
        super().__init__(service.model, service.by_gene)
        self._service = service
        self.is_merged = service.differs != "Atlas not merged"
        if service.differs == "no genes in the Atlas":
            self.names = []
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
        return super().GetDenseVariantScores(request, context)

    def ListDenseVariantScores(self, request, context):
        self._service.count(context)
        if self._service.differs == "no Atlas list":
            context.abort(grpc.StatusCode.UNIMPLEMENTED, "no such function")
        found = super().ListDenseVariantScores(request, context)
        if self._service.differs == "Atlas lists less":
            del found.variant_scores[0]
        return found

    def scores_of(self, *arguments):
        differs = self._service.differs
        found = super().scores_of(*arguments)
        if differs == "narrow Atlas":
            found.interval.end -= 1 << 19
        if differs == "Atlas aside":
            found.interval.start += 100
            found.interval.end += 100
        if differs == "other Atlas values":
            for score in found.scores:
                values = np.frombuffer(score.scores, "<f4") * 2
                score.scores = values.tobytes()
        if differs == "another gene in the Atlas":
            for score in found.scores:
                for each in score.metadata:
                    for gene in each.gene_scorers.metadata[:1]:
                        gene.gene_id = "ENSG00000999999"
        return found


@contextlib.contextmanager
def hosted(genome_path, differs=""):
    """Serve it; yield the service and its address."""
    kind = AlignedService if differs == "ALT aligned" else HostedService
    service = kind(genome_path, differs)
    server, port = standin.start_server(
        service.model, services=(service, HostedAtlas(service))
    )
    try:
        yield service, f"127.0.0.1:{port}"
    finally:
        service.released.set()
        server.stop(grace=0).wait()
