"""The stand-in's tracks of expression and of splicing.

Tracks of the two strands share a name, and an unstranded track may have it, too. Values
of scorers by gene are merged over strands on request, as AlphaGenome's client does.
"""

from typing import NamedTuple

import numpy as np

from endobench.model.alphagenome_client import dna_model_pb2, ontology

_POLYA, _TOTAL = "polyA plus RNA-seq", "total RNA-seq"
STRANDS = {
    "+": dna_model_pb2.STRAND_POSITIVE,
    "-": dna_model_pb2.STRAND_NEGATIVE,
    ".": dna_model_pb2.STRAND_UNSTRANDED,
}


class Sample(NamedTuple):
    """What was sequenced, and how.

    Attributes
    ----------
    curie, biosample, kind : str
        Ontology term, biosample and its type.
    tissue : str
        As GTEx names it; empty for samples of others.
    assay : str
    strands : str
        Strands of its tracks.
    weights : tuple of float
        Effect of each motif on expression, in the order of `motifs.MOTIFS`: GATA1, TAL1,
        NFE2, KLF1, CTCF, SPI1, RUNX1, HNF4A. Multiples of 1/4, so that sums are exact.
    """

    curie: str
    biosample: str
    kind: str
    tissue: str
    assay: str
    strands: str
    weights: tuple

    @property
    def name(self):
        """Name that its tracks share."""
        parts = ("gtex", self.tissue) if self.tissue else ()
        return " ".join((self.curie, *parts, self.assay))


_K562 = ("EFO:0002067", "K562", "cell_line")
_HEPG2 = ("EFO:0001187", "HepG2", "cell_line")
_GM12878 = ("EFO:0002784", "GM12878", "cell_line")
_MONOCYTE = ("CL:0001054", "CD14-positive monocyte", "primary_cell")
_CD4_T_CELL = ("CL:0000624", "CD4-positive, alpha-beta T cell", "primary_cell")
_SPLEEN = ("UBERON:0002106", "spleen", "tissue")
# Total RNA follows other factors than polyadenylated RNA, and tissues differ in sign: a
# score of the wrong assay or tissue is visibly another one. A term of GTEx is not a term
# of its tissue alone: spleen is also ENCODE's.
SAMPLES = (
    Sample(*_K562, "", _TOTAL, "+-", (0, 2, 0.5, 1.5, 0.5, 0, 0.25, 0)),
    Sample(*_HEPG2, "", _TOTAL, "+-", (0, -0.5, -1, 1, 0.5, 0, 0, 1.25)),
    Sample(*_SPLEEN, "", _TOTAL, "+-", (-0.5, 0.5, 0, 1, 0.5, 0.5, 2, 0)),
    Sample(*_K562, "", _POLYA, "+-.", (2.25, 1, 1.75, 1, 0.5, 0, 0.5, 0)),
    Sample(*_HEPG2, "", _POLYA, "+-.", (-0.5, 0, -0.75, 0.25, 0.5, 0, 0, 2.5)),
    Sample(*_GM12878, "", _POLYA, "+-", (-0.25, 0.25, 0, 0.25, 0.5, 1.75, 2, 0)),
    Sample(*_MONOCYTE, "", _POLYA, ".", (-0.25, 0.25, 1, 0.25, 0.5, 2.5, 1.25, 0)),
    Sample(
        "UBERON:0001114",
        "right lobe of liver",
        "tissue",
        "Liver",
        _POLYA,
        ".",
        (-0.75, -0.25, -1.25, 0.25, 0.5, -0.5, -0.25, 2.5),
    ),
    Sample(
        *_SPLEEN, "Spleen", _POLYA, ".", (-0.25, 0.25, 0.5, 0.25, 0.5, 1.5, 1.25, 0)
    ),
    Sample(
        "UBERON:0013756",
        "venous blood",
        "tissue",
        "Whole_Blood",
        _POLYA,
        ".",
        (1.5, 0.75, 1, 0.5, 0.5, 1.25, 0.75, 0),
    ),
    Sample(
        "EFO:0000572",
        "EBV-transformed lymphocyte",
        "cell_line",
        "Cells_EBV-transformed_lymphocytes",
        _POLYA,
        ".",
        (-0.25, 0, 0.25, 0.25, 0.5, 1.5, 2.25, 0),
    ),
    Sample(*_CD4_T_CELL, "", _POLYA, ".", (-0.25, 0.25, 0, 0.5, 0.75, 0.25, 2, 0)),
)
WEIGHTS = np.array([each.weights for each in SAMPLES], dtype=float).T
# Samples with tracks of splicing, which always know the strand.
_SPLICED = tuple(each for each in SAMPLES if each.assay == _POLYA)


class Track(NamedTuple):
    """A track.

    Attributes
    ----------
    name : str
    strand : {"+", "-", "."}
    sample : Sample or None
        None for probabilities of splice sites, which no tissue has.
    column : int
        Place of the sample, or of the kind of splice site, in its values.
    """

    name: str
    strand: str
    sample: Sample | None
    column: int

    def metadata(self, source):
        """Return the message that describes the track."""
        made = dna_model_pb2.TrackMetadata(name=self.name, strand=STRANDS[self.strand])
        if self.sample is None:
            made.data_source = source
        else:
            _describe(made, self.sample, source)
        return made

    def junction_metadata(self, source):
        """Return the message that describes the track among those of junctions."""
        made = dna_model_pb2.JunctionMetadata(name=self.name)
        _describe(made, self.sample, source)
        return made


def _describe(made, sample, source):
    made.assay = sample.assay
    made.ontology_term.CopyFrom(ontology.from_curie(sample.curie).to_proto())
    made.biosample.name = sample.biosample
    made.biosample.type = dna_model_pb2.BiosampleType.Value(
        f"BIOSAMPLE_TYPE_{sample.kind.upper()}"
    )
    made.gtex_tissue = sample.tissue
    made.data_source = f"{source} {'gtex' if sample.tissue else 'encode'}"


def _by_strand(tracks):
    """Order tracks by strand, as AlphaGenome lists them."""
    return tuple(sorted(tracks, key=lambda track: "+-.".index(track.strand)))


# By output type.
TRACKS = {
    "RNA_SEQ": _by_strand(
        Track(sample.name, strand, sample, column)
        for column, sample in enumerate(SAMPLES)
        for strand in sample.strands
    ),
    "SPLICE_SITES": _by_strand(
        Track(name, strand, None, column)
        for column, name in enumerate(("donor", "acceptor"))
        for strand in "+-"
    ),
    "SPLICE_SITE_USAGE": _by_strand(
        Track(f"usage_{sample.name}", strand, sample, column)
        for column, sample in enumerate(_SPLICED)
        for strand in "+-"
    ),
    "SPLICE_JUNCTIONS": tuple(
        Track(f"junction_{sample.name}", ".", sample, column)
        for column, sample in enumerate(_SPLICED)
    ),
}


def merged(tracks):
    """Return the place of each merged track among the tracks, by strand of the gene.

    An unstranded track is left out if stranded ones have its name.

    Parameters
    ----------
    tracks : sequence of Track

    Returns
    -------
    dict of str to numpy.ndarray of int
        Places by strand, "+" and "-".
    """
    stranded = {track.name for track in tracks if track.strand != "."}
    return {
        own: np.array(
            [
                place
                for place, track in enumerate(tracks)
                if track.strand == own
                or (track.strand == "." and track.name not in stranded)
            ]
        )
        for own in "+-"
    }
