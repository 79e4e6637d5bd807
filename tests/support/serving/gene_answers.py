"""Scorers by gene for servers of tests: genes, their tracks, and values that tell all.

Every value depends on the variant, the gene, the scorer, the track and its strand, so that
whatever is exchanged is seen.
"""

import functools
import itertools
import zlib
from typing import NamedTuple

import numpy as np
from alphagenome import tensor_utils
from alphagenome.protos import atlas_service_pb2
from alphagenome.protos.v1 import dna_model_pb2, dna_model_service_pb2
from endobench.model.standin.atlas_service import AtlasService
from endobench.model.standin.model_service import ModelService

Response = dna_model_service_pb2.ScoreVariantResponse
STRANDS = {
    "+": dna_model_pb2.STRAND_POSITIVE,
    "-": dna_model_pb2.STRAND_NEGATIVE,
    ".": dna_model_pb2.STRAND_UNSTRANDED,
}
TISSUES = ("Whole_Blood", "Liver", "Brain_Cortex")
ATLAS_NAMES = (
    "RNA_SEQ",
    "RNA_SEQ_ACTIVE",
    "SPLICE_SITES",
    "SPLICE_SITE_USAGE",
    "SPLICE_JUNCTIONS",
    "POLYADENYLATION",
)
# Those with scorers by gene.
OUTPUTS = ("RNA_SEQ", "SPLICE_SITES", "SPLICE_SITE_USAGE", "SPLICE_JUNCTIONS")
_SIGN = {number: sign for sign, number in STRANDS.items()}
_BODY_BP = 20_000


class Gene(NamedTuple):
    gene_id: str
    strand: str
    tss: int
    length: int = _BODY_BP

    @property
    def body(self):
        """Start and end, 0-based half-open."""
        if self.strand == "+":
            return self.tss, self.tss + self.length
        return self.tss + 1 - self.length, self.tss + 1


def made_genes():
    """Return genes: none up to 250 kb, then 1, 3 and 55 about 150 kb apart.

    Their order is not that of their places.
    """
    places = [300_000, *range(440_000, 500_000, 20_000)]
    places += range(760_000, 870_000, 2_000)
    numbers = np.random.default_rng(8).permutation(len(places))
    return [
        Gene(
            f"ENSG{100_000 + number:011d}.{number % 17 + 1}", "+-"[number % 3 % 2], tss
        )
        for number, tss in sorted(zip(numbers.tolist(), places, strict=True))
    ]


def track(name, strand, curie=None, tissue=None, source="encode", **more):
    kind, _, number = (curie or ":").partition(":")
    term = curie and {"ontology_type": f"ONTOLOGY_TYPE_{kind}", "id": int(number)}
    return dna_model_pb2.TrackMetadata(
        name=name,
        strand=STRANDS[strand],
        ontology_term=term,
        gtex_tissue=tissue or "",
        data_source=source,
        **more,
    )


def rna_tracks(n_pairs=4, n_doubled=2, n_alone=2, tissues=TISSUES, assay="RNA-seq"):
    """Return tracks as those of RNA_SEQ: pairs, namesakes of pairs, others, and GTEx's.

    The tissues of GTEx share terms with other tracks, and do not stand together.
    """
    pairs = [f"CL:{place:07d}" for place in range(n_pairs)]
    alone = [f"EFO:{place:07d}" for place in range(n_alone)]
    of_gtex = [
        track(
            f"{curie} gtex {tissue} polyA plus RNA-seq",
            ".",
            curie,
            tissue,
            "gtex",
            assay="polyA plus RNA-seq",
        )
        for tissue, curie in zip(tissues, itertools.cycle([*pairs, *alone]))
    ]

    def of(curies, strand):
        return [track(f"{each} {assay}", strand, each, assay=assay) for each in curies]

    half = len(of_gtex) // 2
    return [
        *of(pairs, "+"),
        *of(pairs, "-"),
        *of_gtex[:half],
        *of([*pairs[:n_doubled], *alone], "."),
        *of_gtex[half:],
    ]


def site_tracks():
    """Return the tracks of SPLICE_SITES, which belong to no biosample."""
    return [
        dna_model_pb2.TrackMetadata(name=name, strand=STRANDS[strand])
        for strand in "+-"
        for name in ("donor", "acceptor")
    ]


def usage_tracks(tissues=TISSUES):
    """Return the tracks of SPLICE_SITE_USAGE."""
    return [
        track(f"usage_{tissue}", strand, "CL:0000001", tissue, "gtex")
        for strand in "+-"
        for tissue in tissues
    ]


def junction_tracks(tissues=TISSUES):
    """Return the tracks of SPLICE_JUNCTIONS, all without strand."""
    return [
        track(f"junction_{tissue}", ".", "CL:0000001", tissue, "gtex")
        for tissue in tissues
    ]


def made_tracks(**options):
    """Return the tracks of each output that has scorers by gene."""
    return {
        "RNA_SEQ": rna_tracks(**options),
        "SPLICE_SITES": site_tracks(),
        "SPLICE_SITE_USAGE": usage_tracks(),
        "SPLICE_JUNCTIONS": junction_tracks(),
    }


def name_of(scorer):
    """Return the name of a scorer by gene in a request, or None for any other."""
    kind = scorer.WhichOneof("scorer")
    match kind:
        case "gene_mask" | "gene_mask_active" | "gene_mask_splicing":
            number = getattr(scorer, kind).requested_output
            output = dna_model_pb2.OutputType.Name(number).removeprefix("OUTPUT_TYPE_")
            return output + "_ACTIVE" * (kind == "gene_mask_active")
        case "splice_junction":
            return "SPLICE_JUNCTIONS"
        case "pa_qtl":
            return "POLYADENYLATION"
    return None


def output_of(name):
    if name in ("RNA_SEQ", "RNA_SEQ_ACTIVE", "POLYADENYLATION"):
        return "RNA_SEQ"
    return name


class GeneModel:
    """What a model answers by gene, without reading a genome.

    Parameters
    ----------
    tracks : dict of str to list of dna_model_pb2.TrackMetadata
        Unmerged, by output.
    genes : list of Gene
    """

    def __init__(self, tracks=None, genes=None):
        self.tracks = made_tracks() if tracks is None else tracks
        self.genes = made_genes() if genes is None else genes
        self._listed = {}

    def genes_of(self, name, interval, variant):
        """Return the genes that a scorer has rows for."""
        first = variant.position - 1
        last = first + len(variant.reference_bases)
        if name in ("RNA_SEQ", "RNA_SEQ_ACTIVE"):
            return [e for e in self.genes if interval.start <= e.tss < interval.end]
        return [e for e in self.genes if e.body[0] < last and first < e.body[1]]

    def answer(self, name, interval, variant, is_merged=True):
        """Return values (layer, row, track), messages of rows, and those of tracks."""
        listed = self.listed(output_of(name))
        rows, messages = [], []
        for gene in self.genes_of(name, interval, variant):
            n_rows = 1 + len(gene.gene_id) * gene.tss % 3
            for number in range(n_rows if name == "SPLICE_JUNCTIONS" else 1):
                row = _row(name, variant, gene, number, listed)
                rows.append(row[listed.places[gene.strand]] if is_merged else row)
                messages.append(_message(name, gene, number))
        shown = listed.merged if is_merged else listed.tracks
        raw = np.array(rows, np.float32).reshape(len(rows), len(shown))
        return np.stack([raw, np.tanh(raw)]), messages, shown

    def listed(self, output):
        """Return the `Listed` tracks of an output."""
        if output not in self._listed:
            self._listed[output] = Listed.of(self.tracks[output])
        return self._listed[output]


class Listed(NamedTuple):
    """The tracks of an output, and what follows from them alone.

    Attributes
    ----------
    tracks, merged : list of dna_model_pb2.TrackMetadata
    places : dict of str to list of int
        For a gene's strand, the track behind each merged one.
    is_own : dict of str to numpy.ndarray of bool
        For a gene's strand, whether each track is not of the other one.
    """

    tracks: list
    merged: list
    places: dict
    is_own: dict

    @classmethod
    def of(cls, tracks):
        signs = [_SIGN[each.strand] for each in tracks]
        place = {(each.name, signs[n]): n for n, each in enumerate(tracks)}
        merged = merged_tracks(tracks)
        return cls(
            tracks,
            merged,
            {
                strand: [
                    place.get((each.name, strand), place.get((each.name, ".")))
                    for each in merged
                ]
                for strand in "+-"
            },
            {strand: np.isin(signs, [strand, "."]) for strand in "+-"},
        )


def _row(name, variant, gene, number, listed):
    text = f"{variant.position} {variant.alternate_bases} {gene} {name} {number}"
    values = _random(zlib.crc32(text.encode()), len(listed.tracks))
    if name != "RNA_SEQ":
        values = np.abs(values) / 10
    if name == "POLYADENYLATION":
        return values
    return np.where(listed.is_own[gene.strand], values, np.nan)


@functools.lru_cache(10_000)
def _random(seed, n_values):
    # A generator takes longer to make than what else there is in an answer.
    return np.random.default_rng(seed).normal(size=n_values)


def merged_tracks(tracks):
    """Return a track for each name: of pairs one, without strand."""
    names = {each.name for each in tracks if _SIGN[each.strand] == "+"}
    found = []
    for each in tracks:
        is_namesake = _SIGN[each.strand] == "." and each.name in names
        if _SIGN[each.strand] != "-" and not is_namesake:
            copy = dna_model_pb2.TrackMetadata()
            copy.CopyFrom(each)
            copy.strand = dna_model_pb2.STRAND_UNSTRANDED
            found.append(copy)
    return found


def _message(name, gene, number):
    more = {}
    if name == "SPLICE_JUNCTIONS":
        start = gene.body[0] + 100 * number
        more = {"junction_start": start, "junction_end": start + 50}
    return dna_model_pb2.GeneScorerMetadata(
        gene_id=gene.gene_id,
        strand=STRANDS[gene.strand],
        name=f"NAME{gene.tss % 5}",
        type="protein_coding",
        **more,
    )


def responses_of(values, variant, rows, tracks, bytes_per_chunk=1_000):
    """Yield an answer in the protocol, with its values in chunks."""
    tensor, chunks = tensor_utils.pack_tensor(values, bytes_per_chunk=bytes_per_chunk)
    metadata = dna_model_pb2.VariantMetadata(
        variant=variant, track_metadata=tracks, gene_metadata=rows
    )
    data = dna_model_pb2.VariantData(values=tensor, metadata=metadata)
    yield Response(output=dna_model_pb2.ScoreVariantOutput(variant_data=data))
    for chunk in chunks:
        yield Response(tensor_chunk=chunk)


class GeneService(ModelService):
    """A model service that also answers by gene, whatever the model below it does.

    Attributes
    ----------
    by_gene : GeneModel
    merges : bool
        Whether tracks of the two strands are merged if the request asks for it.
    """

    merges = True

    def __init__(self, model, by_gene=None, **options):
        super().__init__(model, **options)
        self.by_gene = by_gene or GeneModel()

    def GetMetadata(self, request, context):
        ours = {_output_type(name): each for name, each in self.by_gene.tracks.items()}
        for response in super().GetMetadata(request, context):
            others = [e for e in response.output_metadata if e.output_type not in ours]
            del response.output_metadata[:]
            response.output_metadata.extend(others)
            yield response
        yield dna_model_service_pb2.MetadataResponse(
            output_metadata=[_listed(number, tracks) for number, tracks in ours.items()]
        )

    def ScoreVariant(self, requests, context):
        for request in requests:
            for scorer in request.variant_scorers:
                if (name := name_of(scorer)) is None:
                    alone = type(request)()
                    alone.CopyFrom(request)
                    del alone.variant_scorers[:]
                    alone.variant_scorers.append(scorer)
                    yield from super().ScoreVariant(iter([alone]), context)
                    continue
                is_merged = self.merges and request.merge_stranded_gene_tracks
                values, rows, tracks = self.by_gene.answer(
                    name, request.interval, request.variant, is_merged
                )
                yield from responses_of(values, request.variant, rows, tracks)


def _listed(output_type, tracks):
    """Return a list of tracks, or of those of junctions, which have no strand."""
    if output_type != _output_type("SPLICE_JUNCTIONS"):
        tracks = dna_model_pb2.TracksMetadata(metadata=tracks)
        return dna_model_pb2.OutputMetadata(output_type=output_type, tracks=tracks)
    fields = ("name", "ontology_term", "gtex_tissue", "data_source")
    junctions = [{name: getattr(e, name) for name in fields} for e in tracks]
    return dna_model_pb2.OutputMetadata(
        output_type=output_type,
        junctions=dna_model_pb2.JunctionsMetadata(metadata=junctions),
    )


def _output_type(name):
    return dna_model_pb2.OutputType.Value(f"OUTPUT_TYPE_{name}")


class GeneAtlas(AtlasService):
    """An Atlas that also holds scores by gene, of substitutions.

    Attributes
    ----------
    by_gene : GeneModel
    names : list of str
        Scorers by gene that it holds.
    is_merged : bool
    keeps_empty : bool
        Whether a scorer without genes is in an answer.
    alter : callable
        Changes the scores of an answer.
    headers : list of dict
        Those of the requests for scores.
    """

    is_merged = keeps_empty = True

    def __init__(self, model, by_gene=None):
        super().__init__(model)
        self.by_gene = by_gene or GeneModel()
        self.names, self.headers = list(ATLAS_NAMES), []
        self.alter = lambda scores: None

    def ListVariantScoresMetadata(self, request, context):
        found = super().ListVariantScoresMetadata(request, context)
        others = [
            each
            for each in found.variant_scorer_metadata
            if each.variant_scorer.name not in ATLAS_NAMES
        ]
        del found.variant_scorer_metadata[:]
        found.variant_scorer_metadata.extend(others)
        for name in self.names:
            listed = self.by_gene.listed(output_of(name))
            tracks = listed.merged if self.is_merged else listed.tracks
            found.variant_scorer_metadata.add(
                variant_scorer={"name": name},
                metadata=[{"tracks": {"metadata": tracks}}],
            )
        return found

    def scores_of(self, variant, filter_text, context):
        self.headers.append(dict(context.invocation_metadata()))
        found = super().scores_of(variant, filter_text, context)
        others = [e for e in found.scores if e.variant_scorer.name not in ATLAS_NAMES]
        # The Atlas below gives all of its scorers if it knows none that is asked for.
        others = [e for e in others if f'"{e.variant_scorer.name}"' in filter_text]
        del found.scores[:]
        found.scores.extend(others)
        for name in self.names:
            if f'"{name}"' in filter_text:
                values, rows, _ = self.by_gene.answer(
                    name, found.interval, variant, self.is_merged
                )
                if rows or self.keeps_empty:
                    found.scores.append(dense(name, values, rows))
        self.alter(found.scores)
        return found


def dense(name, values, rows):
    """Return a score of the Atlas, which names no types of genes."""
    kept = []
    for row in rows:
        copy = dna_model_pb2.GeneScorerMetadata()
        copy.CopyFrom(row)
        copy.ClearField("type")
        kept.append(copy)
    return atlas_service_pb2.DenseVariantScore(
        variant_scorer={"name": name},
        metadata=[{"gene_scorers": {"metadata": kept}}],
        shape=values.shape[1:],
        scores=values[0].astype("<f4").tobytes(),
        calibrated_scores=values[1:].astype("<f4").tobytes(),
    )
