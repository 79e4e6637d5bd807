"""Messages about genes: requests for scorers by gene, and their answers."""

import functools
import itertools
import re
from typing import NamedTuple

import numpy as np

from endobench.genome.gtf_lines import without_version
from endobench.model.alphagenome_client import (
    atlas_service_pb2,
    dna_model_pb2,
    tensor_utils,
)
from endobench.model.standin.gene_scores import MOST_GENES, SCORERS, score
from endobench.model.standin.gene_tracks import STRANDS, TRACKS, merged
from endobench.model.standin.motif_model import BadRequest, is_inside, quantiles
from endobench.model.standin.outputs import output_name

# Small, so that most answers come in several.
_CHUNK_BYTES = 1 << 11
# Scorers by field of the request and, where it names one, by output.
_BY_OUTPUT = ("gene_mask", "gene_mask_active", "gene_mask_splicing")
_NAMES = {
    ("gene_mask", "RNA_SEQ"): "RNA_SEQ",
    ("gene_mask_active", "RNA_SEQ"): "RNA_SEQ_ACTIVE",
    ("gene_mask_splicing", "SPLICE_SITES"): "SPLICE_SITES",
    ("gene_mask_splicing", "SPLICE_SITE_USAGE"): "SPLICE_SITE_USAGE",
    ("splice_junction", None): "SPLICE_JUNCTIONS",
    ("pa_qtl", None): "POLYADENYLATION",
}
UNSIGNED = frozenset(SCORERS) - {"RNA_SEQ"}
_GENE_FIELD = "scores.metadata.gene_scorers"


def scorer_name(scorer):
    """Return the name of a requested scorer by gene; None if none is served like it."""
    kind, output = scorer.WhichOneof("scorer"), None
    if kind in _BY_OUTPUT:
        number = getattr(scorer, kind).requested_output
        output = output_name(number)
    return _NAMES.get((kind, output))


def gene_answer(model, interval, variant, scorer, is_merged):
    """Return the answer of a scorer by gene, and the chunks of its tensor.

    Parameters
    ----------
    model : gene_model.GeneModel
    interval : dna_model_pb2.Interval
    variant : dna_model_pb2.Variant
    scorer : str
    is_merged : bool

    Raises
    ------
    BadRequest
        If the variant does not lie in the interval, or if there are more genes than
        AlphaGenome scores.
    """
    _check_place(model, interval, variant)
    found = score(model, interval, variant, scorer, is_merged)
    if len({row.gene for row in found.rows}) > MOST_GENES:
        raise BadRequest(f"more than {MOST_GENES} genes in the interval")
    tensor, chunks = tensor_utils.pack_tensor(
        np.stack([found.raw, _quantiles(found.raw)]), bytes_per_chunk=_CHUNK_BYTES
    )
    metadata = dna_model_pb2.VariantMetadata(
        variant=variant,
        track_metadata=_protos(model, found.tracks, is_merged),
        gene_metadata=[_gene(model, row) for row in found.rows],
    )
    output = dna_model_pb2.ScoreVariantOutput(
        variant_data=dna_model_pb2.VariantData(values=tensor, metadata=metadata)
    )
    return output, chunks


class GeneFilter(NamedTuple):
    """Genes that a filter of the Atlas names.

    Attributes
    ----------
    ids, names : frozenset of str
        Ids without version. If both are empty, all genes are meant.
    """

    ids: frozenset
    names: frozenset

    @classmethod
    def of(cls, text):
        """Read a filter of the client."""
        place = re.escape(_GENE_FIELD) + r"\.metadata"
        ids = re.findall(rf'{place}\.gene_id = "([^"]+)"', text)
        names = re.findall(rf'{place}\.name = "([^"]+)"', text)
        return cls(frozenset(map(without_version, ids)), frozenset(names))

    def holds(self, gene):
        """Return whether a gene is meant."""
        is_named = without_version(gene.gene_id) in self.ids or gene.name in self.names
        return is_named or not (self.ids or self.names)


def atlas_score(model, interval, variant, scorer, curies, genes, fields):
    """Return the scores of a substitution as the Atlas holds them: over both strands.

    Parameters
    ----------
    model : gene_model.GeneModel
    interval : dna_model_pb2.Interval
    variant : dna_model_pb2.Variant
    scorer : str
    curies : collection of str
        Ontology terms of the tracks to return, or none for all. Tracks without a term
        are always returned.
    genes : GeneFilter
        Rows of other genes are left out.
    fields : sequence of str
        Field mask of the request; empty for all.

    Returns
    -------
    atlas_service_pb2.DenseVariantScore
    """
    found = score(model, interval, variant, scorer, is_merged=True)
    is_row = [genes.holds(row.gene) for row in found.rows]
    is_track = [
        not curies or track.sample is None or track.sample.curie in curies
        for track in found.tracks
    ]
    raw = np.ascontiguousarray(found.raw[is_row][:, is_track])
    made = atlas_service_pb2.DenseVariantScore(
        variant_scorer=atlas_info(scorer),
        shape=raw.shape,
        scores=raw.tobytes(),
        calibrated_scores=_quantiles(raw).tobytes(),
    )
    if _has(fields, "scores.metadata.tracks"):
        tracks = tuple(itertools.compress(found.tracks, is_track))
        made.metadata.add().tracks.metadata.extend(_protos(model, tracks, True))
    if _has(fields, _GENE_FIELD):
        rows = [row for row, kept in zip(found.rows, is_row, strict=True) if kept]
        made.metadata.add().gene_scorers.metadata.extend(
            _gene(model, row) for row in rows
        )
    return made


def atlas_info(scorer):
    """Return the Atlas's description of a scorer by gene."""
    return atlas_service_pb2.VariantScorerInfo(
        name=scorer, is_signed=scorer not in UNSIGNED
    )


def atlas_tracks(model, scorer):
    """Return the messages that describe the tracks of a scorer in the Atlas."""
    tracks = TRACKS[SCORERS[scorer][0]]
    places = merged(tracks)["+"]
    return _protos(model, tuple(tracks[place] for place in places), True)


def _has(fields, name):
    """Return whether a field mask has a field: by its name, or by that of a parent."""
    return not fields or any(f"{name}.".startswith(f"{each}.") for each in fields)


def _check_place(model, interval, variant):
    for chrom in (interval.chromosome, variant.chromosome):
        model.model.check_chromosome(chrom)
    if not is_inside(variant, interval):
        raise BadRequest("the variant does not lie in the interval")


@functools.lru_cache(maxsize=256)
def _protos(model, tracks, is_merged):
    """Return the messages that describe tracks; those of merged ones have no strand."""
    made = [track.metadata(model.source) for track in tracks]
    if is_merged:
        for each in made:
            each.strand = dna_model_pb2.STRAND_UNSTRANDED
    return made


@functools.lru_cache(maxsize=1 << 14)
def _gene(model, row):
    made = dna_model_pb2.GeneScorerMetadata(
        gene_id=model.id_of(row.gene),
        name=row.gene.name,
        strand=STRANDS[row.gene.strand],
        type=row.gene.kind,
    )
    if row.junction is not None:
        made.junction_start, made.junction_end = row.junction
    return made


def _quantiles(raw):
    """Return the quantiles of scores, most of which are often 0."""
    found = np.zeros_like(raw)
    is_moved = raw != 0
    found[is_moved] = quantiles(raw[is_moved])
    return found
