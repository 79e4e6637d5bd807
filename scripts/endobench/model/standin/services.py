"""The services of AlphaGenome's protocol, as the stand-in server implements them.

They read the genome and never the measured effects. Every track has ``standin`` in its
``data_source``, with a digest of the model and the genome, so that a client knows which
model it uses.
"""

import functools
import itertools
import re

import grpc
import numpy as np

from endobench.design.protocol import CHIP_BIN_BP, LEAST_SENT_BP, WINDOWS_BP
from endobench.genome import motifs
from endobench.genome.alleles import allele_sequences
from endobench.model.alphagenome_client import (
    atlas_service_pb2,
    atlas_service_pb2_grpc,
    dna_model_pb2,
    dna_model_service_pb2,
    dna_model_service_pb2_grpc,
    ontology,
    tensor_pb2,
    tensor_utils,
)
from endobench.model.standin.motif_model import (
    ASSAYS,
    HUMAN,
    BadRequest,
    is_inside,
    quantiles,
)

# The Atlas names its scorers after the outputs that they read.
ATLAS_SCORERS = ("DNASE", "ATAC", "CHIP_TF")
ATLAS_WINDOW_BP = 2**20
# AlphaGenome's ChIP-seq tracks come in bins; its variant scores are per base.
_BIN_BP = {dna_model_pb2.OUTPUT_TYPE_CHIP_TF: CHIP_BIN_BP}
_SERVED_BP = [each for each in WINDOWS_BP if each >= LEAST_SENT_BP]
_CHUNK_BYTES = 1 << 20
# Tracks are constant where bases are unknown.
_COMPRESSED = tensor_pb2.CompressionType.COMPRESSION_TYPE_ZSTD
_CENTRE_MASK_BP = 501


def _answers(method):
    """Turn a handler's `BadRequest` into the status of its call."""

    @functools.wraps(method)
    def stream(self, requests, context):
        try:
            for request in requests:
                yield from method(self, request)
        except BadRequest as error:
            context.abort(error.status, str(error))

    return stream


class ModelService(dna_model_service_pb2_grpc.DnaModelServiceServicer):
    """AlphaGenome's model service, for the stand-in's assays and centre masks."""

    def __init__(self, model):
        self.model = model
        self._models = _models(model)

    @_answers
    def ScoreVariant(self, request):
        """Score one variant with each requested scorer."""
        _check_interval(request.interval)
        _check_variant(request.variant)
        for scorer in request.variant_scorers:
            if scorer.WhichOneof("scorer") != "center_mask":
                raise BadRequest(
                    "only center_mask scorers are served", grpc.StatusCode.UNIMPLEMENTED
                )
            mask = scorer.center_mask
            [(_, model)] = self._asked(request.organism, [mask.requested_output])
            raw = model.score(request.interval, request.variant, mask)
            tensor, chunks = tensor_utils.pack_tensor(
                np.stack([raw, quantiles(raw)])[:, None, :],
                bytes_per_chunk=_CHUNK_BYTES,
            )
            metadata = dna_model_pb2.VariantMetadata(
                variant=request.variant, track_metadata=model.metadata
            )
            yield dna_model_service_pb2.ScoreVariantResponse(
                output=dna_model_pb2.ScoreVariantOutput(
                    variant_data=dna_model_pb2.VariantData(
                        values=tensor, metadata=metadata
                    )
                )
            )
            for chunk in chunks:
                yield dna_model_service_pb2.ScoreVariantResponse(tensor_chunk=chunk)

    @_answers
    def PredictVariant(self, request):
        """Predict the tracks of REF and of ALT, each for its own bases.

        As in AlphaGenome, ALT's are not in REF's coordinates to the right of an indel.
        """
        interval, variant = request.interval, request.variant
        _check_interval(interval)
        _check_variant(variant)
        asked = self._asked(request.organism, request.requested_outputs)
        if not is_inside(variant, interval):
            raise BadRequest("the variant does not lie in the interval")
        response = dna_model_service_pb2.PredictVariantResponse
        pair = allele_sequences(
            self.model.fetch,
            variant.chromosome,
            interval.start,
            interval.end,
            variant.position,
            variant.reference_bases,
            variant.alternate_bases,
        )
        for output_type, model in asked:
            for name, sequence in zip(("reference", "alternate"), pair, strict=True):
                values = motifs.accessibility(sequence, model.weights)
                output, chunks = _tracks(
                    model, output_type, values, request.ontology_terms, interval
                )
                yield response(**{f"{name}_output": output})
                for chunk in chunks:
                    yield response(tensor_chunk=chunk)

    @_answers
    def PredictSequence(self, request):
        """Predict the tracks of a sequence."""
        if len(request.sequence) not in _SERVED_BP:
            raise BadRequest(f"sequences of {len(request.sequence)} bp are not served")
        yield from self._predict(
            request.sequence, request, dna_model_service_pb2.PredictSequenceResponse
        )

    @_answers
    def PredictInterval(self, request):
        """Predict the tracks of an interval of the genome."""
        interval = request.interval
        _check_interval(interval)
        sequence = self.model.fetch(interval.chromosome, interval.start, interval.end)
        yield from self._predict(
            sequence,
            request,
            dna_model_service_pb2.PredictIntervalResponse,
            interval,
        )

    def _predict(self, sequence, request, response, interval=None):
        for output_type, model in self._asked(
            request.organism, request.requested_outputs
        ):
            values = motifs.accessibility(sequence, model.weights)
            output, chunks = _tracks(
                model, output_type, values, request.ontology_terms, interval
            )
            yield response(output=output)
            for chunk in chunks:
                yield response(tensor_chunk=chunk)

    def GetMetadata(self, request, context):
        """List the tracks of an organism."""
        yield dna_model_service_pb2.MetadataResponse(
            output_metadata=[
                dna_model_pb2.OutputMetadata(
                    output_type=output_type,
                    tracks=dna_model_pb2.TracksMetadata(metadata=model.metadata),
                )
                for (organism, output_type), model in self._models.items()
                if organism == _organism(request.organism)
            ]
        )

    def _asked(self, organism, output_types):
        """Return the requested outputs, each once, with their models."""
        organism, found = _organism(organism), []
        for each in dict.fromkeys(output_types):
            if (organism, each) not in self._models:
                served = ", ".join(a.output for a in ASSAYS if a.organism == organism)
                raise BadRequest(f"only {served} of {organism} is served")
            found.append((each, self._models[organism, each]))
        return found


class AtlasService(atlas_service_pb2_grpc.AtlasServiceServicer):
    """The Atlas of stored scores, computed on request: human substitutions."""

    def __init__(self, model):
        self.model = model
        models = _models(model)
        self._models = {
            name: models[HUMAN, _output_type(name)] for name in ATLAS_SCORERS
        }

    def _read_filter(self, text):
        """Return the scorers and the ontology terms named by a filter of the client."""
        names = re.findall(r'variant_scorer\.name = "([^"]+)"', text)
        terms = re.findall(
            r"ontology_type = ONTOLOGY_TYPE_(\w+) AND \S+\.id = (\d+)", text
        )
        curies = {f"{kind}:{int(number):07d}" for kind, number in terms}
        return [name for name in self._models if name in names or not names], curies

    def _score(self, name, interval, variant, curies):
        """Return the scores of one scorer for all tracks, or for those of some terms."""
        model = self._models[name]
        scorer = dna_model_pb2.CenterMaskScorer(
            width=_CENTRE_MASK_BP,
            aggregation_type=dna_model_pb2.AGGREGATION_TYPE_DIFF_LOG2_SUM,
        )
        is_wanted = _wanted(model, curies)
        raw = model.score(interval, variant, scorer)
        raw = raw if is_wanted is None else raw[is_wanted]
        return atlas_service_pb2.DenseVariantScore(
            variant_scorer=_info(name),
            metadata=[_atlas_metadata(model, is_wanted)],
            shape=[1, len(raw)],
            scores=raw.tobytes(),
            calibrated_scores=quantiles(raw).tobytes(),
        )

    def GetDenseVariantScores(self, request, context):
        """Return the scores of one substitution."""
        variant = request.variant
        try:
            _check_variant(variant)
            first = variant.position - 1
            is_snv = len(variant.reference_bases) == len(variant.alternate_bases) == 1
            genome = self.model.fetch(variant.chromosome, first, first + 1)
            if not is_snv or genome != variant.reference_bases:
                raise BadRequest(
                    "the atlas holds substitutions of the reference base only",
                    grpc.StatusCode.NOT_FOUND,
                )
        except BadRequest as error:
            context.abort(error.status, str(error))
        start = variant.position - ATLAS_WINDOW_BP // 2
        # The client refuses an interval without a strand.
        interval = dna_model_pb2.Interval(
            chromosome=variant.chromosome,
            start=start,
            end=start + ATLAS_WINDOW_BP,
            strand=dna_model_pb2.STRAND_UNSTRANDED,
        )
        names, curies = self._read_filter(request.filter)
        return atlas_service_pb2.DenseVariantScores(
            variant=variant,
            interval=interval,
            scores=[self._score(name, interval, variant, curies) for name in names],
        )

    def ListVariantScoresMetadata(self, request, context):
        """List the scorers and their tracks."""
        return atlas_service_pb2.ListVariantScoresMetadataResponse(
            variant_scorer_metadata=[
                atlas_service_pb2.VariantScorerMetadata(
                    variant_scorer=_info(name),
                    metadata=[_atlas_metadata(model)],
                )
                for name, model in self._models.items()
            ]
        )


def _models(model):
    """Return the model of each assay, by organism and output type."""
    return {
        (each.organism, _output_type(each.output)): (model.of(each) if place else model)
        for place, each in enumerate(ASSAYS)
    }


def _output_type(name):
    """Return the number of an output type, such as "DNASE"."""
    return dna_model_pb2.OutputType.Value(f"OUTPUT_TYPE_{name}")


def _organism(number):
    """Return the name of a request's organism, by default the human."""
    name = dna_model_pb2.Organism.Name(number or dna_model_pb2.ORGANISM_HOMO_SAPIENS)
    return name.removeprefix("ORGANISM_")


def _tracks(model, output_type, values, ontology_terms, interval=None):
    """Return predicted tracks, or those of some ontology terms, as messages.

    A bin of several bases holds their sum.
    """
    resolution = _BIN_BP.get(output_type, 1)
    if resolution > 1:
        values = values.reshape(-1, resolution, values.shape[1]).sum(axis=1)
    curies = set(map(_curie, ontology_terms))
    is_wanted = _wanted(model, curies)
    if is_wanted is not None:
        values = values[:, is_wanted]
    tensor, chunks = tensor_utils.pack_tensor(
        np.ascontiguousarray(values),
        bytes_per_chunk=_CHUNK_BYTES,
        compression_type=_COMPRESSED,
    )
    data = dna_model_pb2.TrackData(
        values=tensor,
        metadata=_protos(model, is_wanted),
        resolution=resolution,
        interval=interval,
    )
    return dna_model_pb2.Output(output_type=output_type, track_data=data), chunks


def _info(name):
    return atlas_service_pb2.VariantScorerInfo(name=name, is_signed=True)


def _wanted(model, curies):
    """Return whether each track has one of some ontology terms; None without any."""
    if not curies:
        return None
    found = [_curie(track.ontology_term) for track in model.metadata]
    return np.isin(found, list(curies))


def _curie(term):
    return ontology.from_proto(term).ontology_curie


def _atlas_metadata(model, is_wanted=None):
    return atlas_service_pb2.Metadata(
        tracks=dna_model_pb2.TracksMetadata(metadata=_protos(model, is_wanted))
    )


def _protos(model, is_wanted=None):
    """Return the messages that describe a model's tracks, or some of them."""
    if is_wanted is None:
        return model.metadata
    return list(itertools.compress(model.metadata, is_wanted))


def _check_interval(interval):
    width = interval.end - interval.start
    if width not in _SERVED_BP:
        raise BadRequest(f"intervals of {width} bp are not served")


def _check_variant(variant):
    if not variant.reference_bases or not variant.alternate_bases:
        raise BadRequest("an allele is empty")
    if variant.position < 1:
        raise BadRequest("positions are 1-based")
