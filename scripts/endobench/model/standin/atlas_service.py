"""The Atlas of stored scores, as the stand-in server implements it."""

import re

import grpc

from endobench.model.alphagenome_client import (
    atlas_service_pb2,
    atlas_service_pb2_grpc,
    dna_model_pb2,
)
from endobench.model.standin.gene_answers import (
    GeneFilter,
    atlas_info,
    atlas_score,
    atlas_tracks,
)
from endobench.model.standin.gene_model import GeneModel
from endobench.model.standin.gene_scores import SCORERS
from endobench.model.standin.motif_model import (
    HUMAN,
    BadRequest,
    check_variant,
    quantiles,
)
from endobench.model.standin.outputs import (
    models_of_assays,
    output_number,
    protos,
    wanted,
)

# The Atlas names its centre masks after the outputs that they read.
ATLAS_SCORERS = ("DNASE", "ATAC", "CHIP_TF")
ATLAS_WINDOW_BP = 2**20
_BASES = "ACGT"
# Variants of a page of the Atlas.
_PAGE = 10
_CENTRE_MASK_BP = 501


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
            check_variant(variant)
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
