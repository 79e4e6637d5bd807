"""The services of AlphaGenome's protocol, as the stand-in server implements them.

They read the genome and never the measured effects. Every track has ``standin`` in its
``data_source``, with a digest of the model and the genome, so that a client knows which
model it uses.
"""

import functools
import re

import grpc
import numpy as np

from endobench.design.scorers import LEAST_SENT_BP, WINDOWS_BP
from endobench.model.alphagenome_client import (
    atlas_service_pb2,
    atlas_service_pb2_grpc,
    dna_model_pb2,
    dna_model_service_pb2,
    dna_model_service_pb2_grpc,
)
from endobench.model.standin.gene_answers import (
    GeneFilter,
    atlas_info,
    atlas_score,
    atlas_tracks,
    gene_answer,
    scorer_name,
)
from endobench.model.standin.gene_model import GeneModel
from endobench.model.standin.gene_scores import SCORERS
from endobench.model.standin.motif_model import (
    HUMAN,
    BadRequest,
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
    output_number,
    own_tracks,
    predicted_tracks,
    protos,
    wanted,
)
from endobench.model.standin.tensors import CHUNK_BYTES, packed

# The Atlas names its centre masks after the outputs that they read.
ATLAS_SCORERS = ("DNASE", "ATAC", "CHIP_TF")
ATLAS_WINDOW_BP = 2**20
_SERVED_BP = [each for each in WINDOWS_BP if each >= LEAST_SENT_BP]
_BASES = "ACGT"
# Variants of a page of the Atlas.
_PAGE = 10
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
        _check_variant(request.variant)
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
        _check_variant(variant)
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


class AtlasService(atlas_service_pb2_grpc.AtlasServiceServicer):
    """The Atlas of stored scores, computed on request: human substitutions.

    The parameters are those of `ModelService`.
    """

    # Without, no scores by gene are held.
    genes = None

    def __init__(self, model, genes=None):
        self.model, self.genes = model, genes or GeneModel(model)
        models = models_of_assays(model)
        self._models = {
            name: models[HUMAN, output_number(name)] for name in ATLAS_SCORERS
        }

    def _read_filter(self, text):
        """Return the scorers and the ontology terms named by a filter of the client."""
        names = re.findall(r'variant_scorer\.name = "([^"]+)"', text)
        terms = re.findall(
            r"ontology_type = ONTOLOGY_TYPE_(\w+) AND \S+\.id = (\d+)", text
        )
        curies = {f"{kind}:{int(number):07d}" for kind, number in terms}
        held = [*self._models, *self._gene_scorers()]
        return [name for name in held if name in names or not names], curies

    def _gene_scorers(self):
        return list(SCORERS) if self.genes else []

    def _score(self, name, interval, variant, curies):
        """Return the scores of one scorer for all tracks, or for those of some terms."""
        model = self._models[name]
        scorer = dna_model_pb2.CenterMaskScorer(
            width=_CENTRE_MASK_BP,
            aggregation_type=dna_model_pb2.AGGREGATION_TYPE_DIFF_LOG2_SUM,
        )
        is_wanted = wanted(model, curies)
        raw = model.score(interval, variant, scorer)
        raw = raw if is_wanted is None else raw[is_wanted]
        return atlas_service_pb2.DenseVariantScore(
            variant_scorer=_info(name),
            metadata=[_atlas_metadata(model, is_wanted)],
            shape=[1, len(raw)],
            scores=raw.tobytes(),
            calibrated_scores=quantiles(raw).tobytes(),
        )

    def ListDenseVariantScores(self, request, context):
        """Return the scores of all substitutions of an interval, page by page."""
        chrom, start, end = (
            getattr(request.interval, name) for name in ("chromosome", "start", "end")
        )
        try:
            bases = self.model.fetch(chrom, start, end)
        except BadRequest as error:
            context.abort(error.status, str(error))
        held = [
            dna_model_pb2.Variant(
                chromosome=chrom,
                position=start + 1 + offset,
                reference_bases=ref,
                alternate_bases=alt,
            )
            for offset, ref in enumerate(bases)
            if ref in _BASES
            for alt in _BASES
            if alt != ref
        ]
        first = int(request.page_token or 0)
        last = first + (request.page_size or _PAGE)
        return atlas_service_pb2.ListDenseVariantScoresResponse(
            variant_scores=[
                self.scores_of(variant, request.filter, context)
                for variant in held[first:last]
            ],
            next_page_token=str(last) if last < len(held) else "",
            interval=request.interval,
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
        return self.scores_of(variant, request.filter, context)

    def scores_of(self, variant, filter_text, context):
        """Return the scores of a substitution of the genome's own base."""
        start = variant.position - ATLAS_WINDOW_BP // 2
        # The client refuses an interval without a strand.
        interval = dna_model_pb2.Interval(
            chromosome=variant.chromosome,
            start=start,
            end=start + ATLAS_WINDOW_BP,
            strand=dna_model_pb2.STRAND_UNSTRANDED,
        )
        names, curies = self._read_filter(filter_text)
        mask = dict(context.invocation_metadata()).get("x-goog-fieldmask", "")
        mask = mask.replace("variant_scores.", "")
        genes, fields = GeneFilter.of(filter_text), mask.split(",") if mask else []
        return atlas_service_pb2.DenseVariantScores(
            variant=variant,
            interval=interval,
            scores=[
                self._score(name, interval, variant, curies)
                if name in self._models
                else atlas_score(
                    self.genes, interval, variant, name, curies, genes, fields
                )
                for name in names
            ],
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
            + [
                atlas_service_pb2.VariantScorerMetadata(
                    variant_scorer=atlas_info(name),
                    metadata=[
                        atlas_service_pb2.Metadata(
                            tracks=dna_model_pb2.TracksMetadata(
                                metadata=atlas_tracks(self.genes, name)
                            )
                        )
                    ],
                )
                for name in self._gene_scorers()
            ]
        )


def _info(name):
    return atlas_service_pb2.VariantScorerInfo(name=name, is_signed=True)


def _atlas_metadata(model, is_wanted=None):
    return atlas_service_pb2.Metadata(
        tracks=dna_model_pb2.TracksMetadata(metadata=protos(model, is_wanted))
    )


def _check_interval(interval):
    width = interval.end - interval.start
    if width not in _SERVED_BP:
        raise BadRequest(f"intervals of {width} bp are not served")


def _check_variant(variant):
    if not variant.reference_bases or not variant.alternate_bases:
        raise BadRequest("an allele is empty")
    if variant.position < 1:
        raise BadRequest("positions are 1-based")
