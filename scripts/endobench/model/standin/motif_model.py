"""The stand-in's model: its predictions for variants and sequences.

The server of every job loads this module, which needs neither pandas nor SciPy: they would
take longer to load than the rest.
"""

import copy
import hashlib
import itertools
import math
import pathlib
import threading
from typing import NamedTuple

import grpc
import numpy as np
import pysam

from endobench.genome import alleles, motifs
from endobench.genome.alleles import align_alternate, allele_sequences, padded_fetch
from endobench.model import aggregation
from endobench.model.aggregation import aggregate
from endobench.model.alphagenome_client import dna_model_pb2, ontology

_QUANTILE_LIMIT = 0.99999
_QUANTILE_SCALE = 0.25
HUMAN, MOUSE = "HOMO_SAPIENS", "MUS_MUSCULUS"
# Ontology term, biosample, its type, and the weights of the motifs in the order of
# `motifs.MOTIFS`: GATA1, TAL1, NFE2, KLF1, CTCF, SPI1, RUNX1, HNF4A.
TRACKS = (
    ("EFO:0002067", "K562", "cell_line", (2.2, 1.0, 1.8, 0.9, 1.0, 0.1, 0.4, 0.0)),
    ("EFO:0002784", "GM12878", "cell_line", (0.0, 0.2, 0.2, 0.2, 1.0, 1.8, 2.0, 0.0)),
    ("EFO:0001187", "HepG2", "cell_line", (0.3, 0.0, 0.8, 0.3, 1.0, 0.1, 0.0, 2.5)),
    (
        "CL:0001054",
        "CD14-positive monocyte",
        "primary_cell",
        (0.0, 0.1, 0.9, 0.3, 1.0, 2.4, 1.2, 0.0),
    ),
    (
        "CL:0000624",
        "CD4-positive, alpha-beta T cell",
        "primary_cell",
        (0.1, 0.3, 0.6, 0.3, 1.0, 0.4, 2.2, 0.0),
    ),
    ("CL:0000236", "B cell", "primary_cell", (0.0, 0.3, 0.2, 0.2, 1.0, 2.0, 1.6, 0.0)),
    (
        "CL:0000623",
        "natural killer cell",
        "primary_cell",
        (0.1, 0.3, 0.5, 0.3, 1.0, 0.5, 2.0, 0.0),
    ),
    ("UBERON:0002106", "spleen", "tissue", (0.2, 0.2, 0.4, 0.3, 1.0, 1.4, 1.2, 0.0)),
)
WEIGHTS = np.array([weights for *_, weights in TRACKS], dtype=np.float32).T
# ATAC-seq sees the same open chromatin, but less of factors that leave a footprint.
_ATAC_SHARES = np.float32([0.9, 0.9, 1.1, 0.8, 0.6, 1.0, 1.0, 1.1])
# A factor binds at its motif, and weakly wherever chromatin is open.
_CHIP_FACTORS = ("GATA1", "SPI1", "CTCF")
_OWN_MOTIF, _OPEN_CHROMATIN = 3.0, 0.15
_NEUTROPHIL = ("CL:0000775", "neutrophil", "primary_cell", None)
_NEUTROPHIL_WEIGHTS = np.float32([0.0, 0.1, 0.7, 0.3, 1.0, 2.2, 1.4, 0.0])


class Assay(NamedTuple):
    """The tracks that the model predicts for one output of an organism.

    Attributes
    ----------
    organism : {"HOMO_SAPIENS", "MUS_MUSCULUS"}
    output : str
        Name of a `dna_client.OutputType`.
    title : str
        Title of the assay in the metadata.
    tracks : tuple of tuple
        Ontology term, biosample, its type, and the factor of a ChIP-seq track or None.
    weights : numpy.ndarray of float32, shape (n_motifs, n_tracks)
    """

    organism: str
    output: str
    title: str
    tracks: tuple
    weights: np.ndarray

    def metadata(self, source):
        """Return the messages that describe the tracks."""
        return [
            dna_model_pb2.TrackMetadata(
                name=" ".join(filter(None, (curie, self.title, factor))),
                strand=dna_model_pb2.STRAND_UNSTRANDED,
                assay=self.title,
                ontology_term=ontology.from_curie(curie).to_proto(),
                biosample=dna_model_pb2.Biosample(
                    name=biosample,
                    type=dna_model_pb2.BiosampleType.Value(
                        f"BIOSAMPLE_TYPE_{kind.upper()}"
                    ),
                ),
                transcription_factor_code=factor,
                data_source=source,
            )
            for curie, biosample, kind, factor in self.tracks
        ]


def _assays():
    """Return all assays, human DNASE first."""
    names = tuple((*track[:3], None) for track in TRACKS)
    bound, strengths = [], []
    # ChIP-seq of K562 and of GM12878.
    for place, factor in itertools.product(range(2), _CHIP_FACTORS):
        own = np.float32([name == factor for name in motifs.MOTIFS])
        bound.append((*TRACKS[place][:3], factor))
        strengths.append(_OWN_MOTIF * own + _OPEN_CHROMATIN * WEIGHTS[:, place])
    return (
        Assay(HUMAN, "DNASE", "DNase-seq", names, WEIGHTS),
        Assay(HUMAN, "ATAC", "ATAC-seq", names, WEIGHTS * _ATAC_SHARES[:, None]),
        Assay(HUMAN, "CHIP_TF", "TF ChIP-seq", tuple(bound), np.stack(strengths, 1)),
        Assay(
            MOUSE, "DNASE", "DNase-seq", (_NEUTROPHIL,), _NEUTROPHIL_WEIGHTS[:, None]
        ),
    )


ASSAYS = _assays()


class BadRequest(Exception):
    """A request that the model cannot answer, with its gRPC status."""

    def __init__(self, message, status=grpc.StatusCode.INVALID_ARGUMENT):
        super().__init__(message)
        self.status = status


class MotifModel:
    """The model behind the server: per-base tracks of any sequence, DNASE by default.

    Parameters
    ----------
    genome_path : path-like
        Indexed FASTA.

    Attributes
    ----------
    source : str
        Identifies the model's code and the genome's bases.
    metadata : list of dna_model_pb2.TrackMetadata
        The messages that describe the tracks.
    weights : numpy.ndarray of float32, shape (n_motifs, n_tracks)
    """

    def __init__(self, genome_path):
        self._genome_path = str(genome_path)
        self._local = threading.local()
        with pysam.FastaFile(self._genome_path) as fasta:
            self.lengths = dict(zip(fasta.references, fasta.lengths, strict=True))
            digest = hashlib.sha256()
            for module in (
                motifs.__file__,
                alleles.__file__,
                aggregation.__file__,
                __file__,
            ):
                digest.update(pathlib.Path(module).read_bytes())
            for chrom in fasta.references:
                digest.update(chrom.encode())
                digest.update(fasta.fetch(chrom).upper().encode())
        self.source = f"standin {digest.hexdigest()[:12]}"
        self.metadata, self.weights = ASSAYS[0].metadata(self.source), WEIGHTS

    def of(self, assay):
        """Return the model of the same genome for another of `ASSAYS`."""
        other = copy.copy(self)
        other.metadata, other.weights = assay.metadata(self.source), assay.weights
        return other

    def check_chromosome(self, chrom):
        """Raise `BadRequest` unless the genome has a chromosome."""
        if chrom not in self.lengths:
            raise BadRequest(f"unknown chromosome {chrom!r}")

    def fetch(self, chrom, start, end):
        """Read the genome, with N beyond its ends; each thread has its own handle."""
        self.check_chromosome(chrom)
        if not hasattr(self._local, "fetch"):
            self._local.fetch = padded_fetch(pysam.FastaFile(self._genome_path))
        return self._local.fetch(chrom, start, end)

    def alleles(self, interval, variant, low, high):
        """Predict REF and ALT between two positions of an interval.

        Bases outside the interval are unknown to the model. ALT is aligned to REF's
        coordinates as in AlphaGenome: inserted bases count with their maximum, deleted
        bases are zero.

        Returns
        -------
        ref, alt : numpy.ndarray of float32, shape (high - low, n_tracks)
        """
        first = variant.position - 1
        reach = motifs.reach_bp()
        start = max(low - reach, interval.start)
        shift = len(variant.alternate_bases) - len(variant.reference_bases)
        end = min(high + reach + abs(shift), interval.end)
        # An insertion pushes bases out at the right end: ALT is read further by its
        # length, so that it also reaches `end` in REF's coordinates.
        pair = allele_sequences(
            self.fetch,
            variant.chromosome,
            start,
            end + max(shift, 0),
            variant.position,
            variant.reference_bases,
            variant.alternate_bases,
        )
        ref, alt = motifs.accessibilities(
            [pair[0][: end - start], pair[1]], self.weights
        )
        alt = align_alternate(
            alt, first - start, variant.reference_bases, variant.alternate_bases
        )
        inner = slice(low - start, high - start)
        return ref[inner], alt[inner]

    def score(self, interval, variant, scorer):
        """Score a variant with a centre mask; the score is 0 outside the interval.

        Returns
        -------
        numpy.ndarray of float32, shape (n_tracks,)
        """
        for chrom in (interval.chromosome, variant.chromosome):
            self.check_chromosome(chrom)
        centre = variant.position - 1
        width = scorer.width if scorer.HasField("width") else None
        if not is_inside(variant, interval):
            return np.zeros(self.weights.shape[1], dtype=np.float32)
        low, high = interval.start, interval.end
        if width is not None:
            low = max(low, centre - width // 2)
            high = min(high, centre - width // 2 + width)
        pair = self.alleles(interval, variant, low, high)
        ref, alt = (values.astype(np.float64) for values in pair)
        kind = dna_model_pb2.AggregationType.Name(scorer.aggregation_type)
        try:
            found = aggregate(ref, alt, kind.removeprefix("AGGREGATION_TYPE_"))
        except ValueError as error:
            raise BadRequest(str(error)) from None
        return found.astype(np.float32)


def quantiles(raw):
    """Return scores between -0.99999 and 0.99999 that increase with the raw scores."""
    value = [math.erf(each) for each in (raw / _QUANTILE_SCALE).tolist()]
    return np.clip(value, -_QUANTILE_LIMIT, _QUANTILE_LIMIT).astype(np.float32)


def check_variant(variant):
    """Raise `BadRequest` unless a variant of the protocol has two alleles and a place."""
    if not variant.reference_bases or not variant.alternate_bases:
        raise BadRequest("an allele is empty")
    if variant.position < 1:
        raise BadRequest("positions are 1-based")


def is_inside(variant, interval):
    """Return whether a variant (1-based) starts in an interval (0-based half-open)."""
    is_same = variant.chromosome == interval.chromosome
    return is_same and interval.start < variant.position <= interval.end
