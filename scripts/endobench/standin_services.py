"""What the stand-in server answers: the services of AlphaGenome's protocol.

They read the genome and never the answers. Every track says ``standin`` in its
``data_source``, with a digest of the model and the genome, so that a client knows whom
it asked.
"""

import functools
import re

import grpc
import numpy as np
from alphagenome import tensor_utils
from alphagenome.data import ontology
from alphagenome.models import dna_client, track_data_utils
from alphagenome.protos import (
    atlas_service_pb2,
    atlas_service_pb2_grpc,
    dna_model_pb2,
    dna_model_service_pb2,
    dna_model_service_pb2_grpc,
)

from endobench import motifs
from endobench.motif_model import WEIGHTS, BadRequest, is_inside, quantiles

ATLAS_SCORER = "DNASE"
ATLAS_WINDOW_BP = 2**20
_CHUNK_BYTES = 1 << 20
_CENTRE_MASK_BP = 501


def _answers(method):
    """Turn a `BadRequest` of a handler into the status of its call."""

    @functools.wraps(method)
    def stream(self, requests, context):
        try:
            for request in requests:
                yield from method(self, request)
        except BadRequest as error:
            context.abort(error.status, str(error))

    return stream


class ModelService(dna_model_service_pb2_grpc.DnaModelServiceServicer):
    """AlphaGenome's model service, for DNASE and centre masks."""

    def __init__(self, model):
        self.model = model

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
            _check_outputs([scorer.center_mask.requested_output])
            raw = self.model.score(
                request.interval, request.variant, scorer.center_mask
            )
            tensor, chunks = tensor_utils.pack_tensor(
                np.stack([raw, quantiles(raw)])[:, None, :],
                bytes_per_chunk=_CHUNK_BYTES,
            )
            metadata = dna_model_pb2.VariantMetadata(
                variant=request.variant, track_metadata=_protos(self.model.metadata)
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
        """Predict REF's and ALT's tracks."""
        interval, variant = request.interval, request.variant
        _check_interval(interval)
        _check_variant(variant)
        _check_outputs(request.requested_outputs)
        if not is_inside(variant, interval):
            raise BadRequest("the variant does not lie in the interval")
        pair = self.model.alleles(interval, variant, interval.start, interval.end)
        response = dna_model_service_pb2.PredictVariantResponse
        for name, values in zip(("reference", "alternate"), pair, strict=True):
            output, chunks = self._tracks(values, request.ontology_terms, interval)
            yield response(**{f"{name}_output": output})
            for chunk in chunks:
                yield response(tensor_chunk=chunk)

    @_answers
    def PredictSequence(self, request):
        """Predict the tracks of a sequence."""
        if len(request.sequence) not in dna_client.SUPPORTED_SEQUENCE_LENGTHS.values():
            raise BadRequest(f"sequences of {len(request.sequence)} bp are not served")
        _check_outputs(request.requested_outputs)
        values = motifs.accessibility(request.sequence, WEIGHTS)
        output, chunks = self._tracks(values, request.ontology_terms)
        yield dna_model_service_pb2.PredictSequenceResponse(output=output)
        for chunk in chunks:
            yield dna_model_service_pb2.PredictSequenceResponse(tensor_chunk=chunk)

    @_answers
    def PredictInterval(self, request):
        """Predict the tracks of an interval of the genome."""
        interval = request.interval
        _check_interval(interval)
        _check_outputs(request.requested_outputs)
        sequence = self.model.fetch(interval.chromosome, interval.start, interval.end)
        values = motifs.accessibility(sequence, WEIGHTS)
        output, chunks = self._tracks(values, request.ontology_terms, interval)
        yield dna_model_service_pb2.PredictIntervalResponse(output=output)
        for chunk in chunks:
            yield dna_model_service_pb2.PredictIntervalResponse(tensor_chunk=chunk)

    def GetMetadata(self, request, context):
        """List the tracks."""
        yield dna_model_service_pb2.MetadataResponse(
            output_metadata=[
                dna_model_pb2.OutputMetadata(
                    output_type=dna_model_pb2.OUTPUT_TYPE_DNASE,
                    tracks=dna_model_pb2.TracksMetadata(
                        metadata=_protos(self.model.metadata)
                    ),
                )
            ]
        )

    def _tracks(self, values, ontology_terms, interval=None):
        metadata = self.model.metadata
        if ontology_terms:
            wanted = {
                ontology.from_proto(term).ontology_curie for term in ontology_terms
            }
            is_wanted = metadata["ontology_curie"].isin(wanted).to_numpy()
            metadata, values = metadata[is_wanted], values[:, is_wanted]
        tensor, chunks = tensor_utils.pack_tensor(
            np.ascontiguousarray(values), bytes_per_chunk=_CHUNK_BYTES
        )
        data = dna_model_pb2.TrackData(
            values=tensor, metadata=_protos(metadata), resolution=1, interval=interval
        )
        output = dna_model_pb2.Output(
            output_type=dna_model_pb2.OUTPUT_TYPE_DNASE, track_data=data
        )
        return output, chunks


class AtlasService(atlas_service_pb2_grpc.AtlasServiceServicer):
    """The Atlas of stored scores, computed when asked: substitutions, one scorer."""

    def __init__(self, model):
        self.model = model
        self._info = atlas_service_pb2.VariantScorerInfo(
            name=ATLAS_SCORER, is_signed=True
        )

    def _tracks(self, is_wanted=slice(None)):
        return atlas_service_pb2.Metadata(
            tracks=dna_model_pb2.TracksMetadata(
                metadata=_protos(self.model.metadata[is_wanted])
            )
        )

    def _read_filter(self, text):
        """Return the scorers that a filter of the client names, and its tracks."""
        names = re.findall(r'variant_scorer\.name = "([^"]+)"', text)
        terms = re.findall(
            r"ontology_type = ONTOLOGY_TYPE_(\w+) AND \S+\.id = (\d+)", text
        )
        curies = {f"{kind}:{int(number):07d}" for kind, number in terms}
        is_wanted = self.model.metadata["ontology_curie"].isin(curies).to_numpy()
        return names, is_wanted if curies else slice(None)

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
        # The client refuses an interval whose strand is not given.
        interval = dna_model_pb2.Interval(
            chromosome=variant.chromosome,
            start=start,
            end=start + ATLAS_WINDOW_BP,
            strand=dna_model_pb2.STRAND_UNSTRANDED,
        )
        scorer = dna_model_pb2.CenterMaskScorer(
            width=_CENTRE_MASK_BP,
            aggregation_type=dna_model_pb2.AGGREGATION_TYPE_DIFF_LOG2_SUM,
        )
        names, is_wanted = self._read_filter(request.filter)
        if names and ATLAS_SCORER not in names:
            return atlas_service_pb2.DenseVariantScores(
                variant=variant, interval=interval
            )
        raw = self.model.score(interval, variant, scorer)[is_wanted]
        score = atlas_service_pb2.DenseVariantScore(
            variant_scorer=self._info,
            metadata=[self._tracks(is_wanted)],
            shape=[1, len(raw)],
            scores=raw.tobytes(),
            calibrated_scores=quantiles(raw).tobytes(),
        )
        return atlas_service_pb2.DenseVariantScores(
            variant=variant, interval=interval, scores=[score]
        )

    def ListVariantScoresMetadata(self, request, context):
        """List the one scorer and its tracks."""
        return atlas_service_pb2.ListVariantScoresMetadataResponse(
            variant_scorer_metadata=[
                atlas_service_pb2.VariantScorerMetadata(
                    variant_scorer=self._info, metadata=[self._tracks()]
                )
            ]
        )


def _protos(metadata):
    return track_data_utils.metadata_to_proto(metadata).metadata


def _check_interval(interval):
    width = interval.end - interval.start
    if width not in dna_client.SUPPORTED_SEQUENCE_LENGTHS.values():
        raise BadRequest(f"intervals of {width} bp are not served")


def _check_variant(variant):
    if not variant.reference_bases or not variant.alternate_bases:
        raise BadRequest("an allele is empty")
    if variant.position < 1:
        raise BadRequest("positions are 1-based")


def _check_outputs(outputs):
    if any(output != dna_model_pb2.OUTPUT_TYPE_DNASE for output in outputs):
        raise BadRequest("only DNASE is served")
