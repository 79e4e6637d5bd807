"""What is requested around a variant: a question about the tracks of both alleles."""

import copy
import hashlib
import json
from typing import NamedTuple

import pandas as pd

from endobench.core.errors import NotAnswered
from endobench.design.protocol import ALL
from endobench.design.scorers import BY_GENE, LEAST_SENT_BP, SITE_OUTPUTS, tracks_of
from endobench.model.alphagenome_client import dna_client

UNSTRANDED = "."


class LocusView(NamedTuple):
    """What is requested and shown around each variant.

    Attributes
    ----------
    track_set : str
        Name of the track set.
    scorer : str
        The scorer whose output is drawn.
    window_bp, width_bp : int
        Length of the sequence that the model sees, and the length that is kept around
        the variant. See `LocusQuestion`.
    """

    track_set: str
    scorer: str
    window_bp: int
    width_bp: int


class LocusGene(NamedTuple):
    """The gene whose expression is drawn.

    Attributes
    ----------
    gene_id : str
        Without version.
    strand : {"+", "-", "."}
        "." if the annotation lacks the gene.
    start, end : int or None
        Of its exons, 0-based half-open; None if the annotation lacks the gene.
    exons : tuple of (int, int)
        The union of those of all transcripts.
    """

    gene_id: str
    strand: str = UNSTRANDED
    start: int | None = None
    end: int | None = None
    exons: tuple = ()


class LocusQuestion:
    """The request for the tracks of a variant.

    Parameters
    ----------
    tracks : pandas.DataFrame
        The tracks to draw, in the columns of `columns.TRACKS`; those of other outputs
        are ignored.
    view : LocusView
        Its window is raised to the shortest one that the client accepts. All tracks of
        an output are requested without ontology terms.
    organism : dna_client.Organism
    gene : LocusGene, optional
        Its strand's tracks are drawn, along all of the gene that the window holds.
    """

    def __init__(self, tracks, view, organism, gene=None):
        self.scorer = view.scorer
        self.gene = gene
        output = tracks_of(view.scorer)
        self.tracks = tracks[tracks["output"] == output]
        self.output = dna_client.OutputType[output.removesuffix(BY_GENE)]
        self.window_bp = max(view.window_bp, LEAST_SENT_BP)
        self.width_bp = min(view.width_bp, self.window_bp)
        self.organism = organism
        curies = self.tracks["ontology_curie"].dropna().unique().tolist()
        # A track without a term cannot be requested by a term.
        has_all_terms = self.tracks["ontology_curie"].notna().all()
        self.terms = None if view.track_set == ALL or not has_all_terms else curies

    def without(self, names):
        """Return the question without some tracks."""
        other = copy.copy(self)
        other.tracks = self.tracks[~self.tracks["track"].isin(names)]
        return other

    def of_gene(self, gene):
        """Return the question about a gene, or the same one without a gene."""
        other = copy.copy(self)
        other.gene = gene
        return other

    def places_in(self, metadata):
        """Return the place of each track in question among those of an answer.

        Names are shared by the tracks of the two strands, which an answer does not merge.
        Of these, a gene has that of its own strand, as in its score; an unstranded track
        goes with any gene.

        Parameters
        ----------
        metadata : pandas.DataFrame
            The tracks of an answer, in the columns of the client.

        Returns
        -------
        list of int
            -1 for a track that the answer lacks.

        Raises
        ------
        NotAnswered
            If the gene's strand is not known, and tracks differ between strands.
        """
        there = {key: place for place, key in enumerate(track_keys(metadata))}
        names = self.tracks["track"].tolist()
        if self.gene is None:
            strands = self.tracks.get(
                "strand", pd.Series(UNSTRANDED, self.tracks.index)
            )
            keys = zip(names, strands.fillna(UNSTRANDED), strict=True)
            return [there.get(key, there.get((key[0], UNSTRANDED), -1)) for key in keys]
        gene_id, own = self.gene.gene_id, self.gene.strand
        found = [there.get((name, own), there.get((name, "."), -1)) for name in names]
        for name, place in zip(names, found, strict=True):
            if place < 0 and own == UNSTRANDED and (name, "+") in there:
                raise NotAnswered(
                    f"the annotation (key 'genes') lacks {gene_id}, whose strand says"
                    f" which of the two tracks {name!r} is the gene's"
                )
        return found

    @property
    def is_of_sites(self):
        """Whether the tracks are of splice sites, which are single bases."""
        return self.output.name in SITE_OUTPUTS

    @property
    def model(self):
        """Name of the model, as in every table."""
        return str(self.tracks["model"].iloc[0])

    def digest(self, variant_id):
        """Return the digest under which this question about a variant is remembered."""
        names = self.tracks["track"].tolist()
        text = [variant_id, self.output.name, self.window_bp, self.width_bp, names]
        if self.is_of_sites:
            text.append("maxima")
        if self.gene is not None:
            # Exons decide nothing of what is asked for and kept.
            text += self.gene[:4]
        return hashlib.sha256(json.dumps(text).encode()).hexdigest()[:32]


def track_keys(metadata):
    """Return name and strand of each track of an answer or of a model's list."""
    names = metadata["name"].tolist()
    strands = metadata.get("strand", pd.Series(UNSTRANDED, metadata.index))
    return list(zip(names, strands.fillna(UNSTRANDED), strict=True))


def gene_of(row, genes):
    """Return the `LocusGene` of a locus, or None without a gene.

    Parameters
    ----------
    row : named tuple
        With ``gene_id`` and ``chrom``.
    genes : pandas.DataFrame or None
        The annotation, in the columns of `columns.GENES`.
    """
    if pd.isna(row.gene_id):
        return None
    if genes is None:
        return LocusGene(row.gene_id)
    is_gene = (genes["gene_id"].astype(object) == row.gene_id) & (
        genes["chrom"].astype(object) == row.chrom
    )
    for gene in genes[is_gene].itertuples():
        exons = zip(gene.exon_start, gene.exon_end, strict=True)
        place = int(gene.start), int(gene.end), tuple(exons)
        return LocusGene(row.gene_id, gene.strand, *place)
    return LocusGene(row.gene_id)
