"""The model service of AlphaGenome's protocol, as the stand-in server implements it.

It reads the genome and never the measured effects. Every track has ``standin`` in its
``data_source``, with a digest of the model and the genome, so that a client knows which
model it uses.
"""

import functools

import grpc
import numpy as np

from endobench.design.scorers import LEAST_SENT_BP, WINDOWS_BP
from endobench.model.alphagenome_client import (
    dna_model_pb2,
    dna_model_service_pb2,
    dna_model_service_pb2_grpc,
)
from endobench.model.standin.gene_answers import gene_answer, scorer_name
from endobench.model.standin.gene_model import GeneModel
from endobench.model.standin.motif_model import (
    HUMAN,
    BadRequest,
    check_variant,
    is_inside,
    quantiles,
)
from endobench.model.standin.outputs import (
    Listed,
    along,
    models_of_assays,
    models_of_genes,
    narrowed,
    organism_name,
    output_metadata,
    output_name,
    own_tracks,
    predicted_tracks,
)
from endobench.model.standin.tensors import CHUNK_BYTES, packed

_SERVED_BP = [each for each in WINDOWS_BP if each >= LEAST_SENT_BP]


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
    """AlphaGenome's model service, for the stand-in's assays and scorers.

    Parameters
    ----------
    model : motif_model.MotifModel
    genes : gene_model.GeneModel, optional
        By default one without genes.

    Attributes
    ----------
    within_bytes : int
        See `tensors.packed`; scores by gene always come in chunks.
    """

    within_bytes = CHUNK_BYTES

    def __init__(self, model, genes=None):
        self.model, self.genes = model, genes or GeneModel(model)
        self._models = models_of_assays(model) | models_of_genes(self.genes)

    @_answers
    def ScoreVariant(self, request):
        """Score one variant with each requested scorer."""
        _check_interval(request.interval)
        check_variant(request.variant)
        for scorer in request.variant_scorers:
            if scorer.WhichOneof("scorer") == "center_mask":
                output, chunks = self._centre_answer(request, scorer.center_mask)
            else:
                output, chunks = self._gene_answer(request, scorer)
            yield dna_model_service_pb2.ScoreVariantResponse(output=output)
            for chunk in chunks:
                yield dna_model_service_pb2.ScoreVariantResponse(tensor_chunk=chunk)

    def _centre_answer(self, request, mask):
        [(_, model)] = self._asked(request.organism, [mask.requested_output])
        raw = model.score(request.interval, request.variant, mask)
        values = np.stack([raw, quantiles(raw)])[:, None, :]
        tensor, chunks = packed(values, self.within_bytes)
        metadata = dna_model_pb2.VariantMetadata(
            variant=request.variant, track_metadata=model.metadata
        )
        data = dna_model_pb2.VariantData(values=tensor, metadata=metadata)
        return dna_model_pb2.ScoreVariantOutput(variant_data=data), chunks

    def _gene_answer(self, request, scorer):
        name = scorer_name(scorer)
        if name is None or organism_name(request.organism) != HUMAN:
            raise BadRequest(
                "only center_mask scorers and the recommended scorers by gene of the"
                " human are served",
                grpc.StatusCode.UNIMPLEMENTED,
            )
        return gene_answer(
            self.genes,
            request.interval,
            request.variant,
            name,
            request.merge_stranded_gene_tracks,
        )

    @_answers
    def PredictVariant(self, request):
        """Predict the tracks of REF and of ALT, each for its own bases.

        As in AlphaGenome, ALT's are not in REF's coordinates to the right of an indel.
        """
        interval, variant = request.interval, request.variant
        _check_interval(interval)
        check_variant(variant)
        asked = self._asked(request.organism, request.requested_outputs)
        if not is_inside(variant, interval):
            raise BadRequest("the variant does not lie in the interval")
        response = dna_model_service_pb2.PredictVariantResponse
        for output_type, model in asked:
            model = narrowed(model, request.ontology_terms)
            pair = own_tracks(model, interval, variant)
            for name, values in zip(("reference", "alternate"), pair, strict=True):
                output, chunks = predicted_tracks(
                    model,
                    output_type,
                    values,
                    request.ontology_terms,
                    interval,
                    self.within_bytes,
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
            model = narrowed(model, request.ontology_terms)
            values = along(model, sequence, interval)
            output, chunks = predicted_tracks(
                model,
                output_type,
                values,
                request.ontology_terms,
                interval,
                self.within_bytes,
            )
            yield response(output=output)
            for chunk in chunks:
                yield response(tensor_chunk=chunk)

    def GetMetadata(self, request, context):
        """List the tracks of an organism."""
        yield dna_model_service_pb2.MetadataResponse(
            output_metadata=[
                output_metadata(output_type, model)
                for (organism, output_type), model in self._models.items()
                if organism == organism_name(request.organism)
            ]
        )

    def _asked(self, organism, output_types):
        """Return the requested outputs, each once, with their models."""
        organism, found = organism_name(organism), []
        for each in dict.fromkeys(output_types):
            model = self._models.get((organism, each))
            if model is None or isinstance(model, Listed):
                raise BadRequest(
                    f"only {self._served(organism)} of {organism} is served"
                )
            found.append((each, model))
        return found

    def _served(self, organism):
        """Return the outputs that have values along a sequence."""
        names = [
            output_name(output_type)
            for (each, output_type), model in self._models.items()
            if each == organism and not isinstance(model, Listed)
        ]
        return ", ".join(names)


def _check_interval(interval):
    width = interval.end - interval.start
    if width not in _SERVED_BP:
        raise BadRequest(f"intervals of {width} bp are not served")
