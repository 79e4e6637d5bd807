"""The stand-in's model: what it predicts for a variant, whatever protocol asks it."""

import functools
import hashlib
import pathlib
import threading

import grpc
import numpy as np
import pandas as pd
import pysam
import scipy.special
from alphagenome.protos import dna_model_pb2

from endobench import aggregation, alleles, motifs
from endobench.aggregation import aggregate
from endobench.alleles import allele_sequences, padded_fetch

_QUANTILE_LIMIT = 0.99999
_QUANTILE_SCALE = 0.25
# Ontology term, biosample, its type, and the weight of each motif of `motifs.MOTIFS`:
# GATA1, TAL1, NFE2, KLF1, CTCF, SPI1, RUNX1, HNF4A.
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


class BadRequest(Exception):
    """A request that the model cannot answer, with its gRPC status."""

    def __init__(self, message, status=grpc.StatusCode.INVALID_ARGUMENT):
        super().__init__(message)
        self.status = status


class MotifModel:
    """The model behind the server: per-base DNASE tracks of any sequence.

    Parameters
    ----------
    genome_path : path-like
        Indexed FASTA.
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

    @functools.cached_property
    def metadata(self):
        """Tracks in the columns of the client's track metadata."""
        rows = [
            {
                "name": f"{curie} DNase-seq",
                "strand": ".",
                "Assay title": "DNase-seq",
                "ontology_curie": curie,
                "biosample_name": biosample,
                "biosample_type": kind,
                "data_source": self.source,
            }
            for curie, biosample, kind, _ in TRACKS
        ]
        return pd.DataFrame(rows)

    def check_chromosome(self, chrom):
        """Raise `BadRequest` for a chromosome that the genome lacks."""
        if chrom not in self.lengths:
            raise BadRequest(f"unknown chromosome {chrom!r}")

    def fetch(self, chrom, start, end):
        """Read the genome, N beyond its ends; each thread has a handle of its own."""
        self.check_chromosome(chrom)
        if not hasattr(self._local, "fetch"):
            self._local.fetch = padded_fetch(pysam.FastaFile(self._genome_path))
        return self._local.fetch(chrom, start, end)

    def alleles(self, interval, variant, low, high):
        """Predict REF and ALT between two positions of an interval.

        Bases outside the interval are unknown to the model. ALT is aligned to REF's
        coordinates as AlphaGenome does it: inserted bases count with their maximum,
        deleted ones are zero.

        Returns
        -------
        ref, alt : numpy.ndarray of float32, shape (high - low, n_tracks)
        """
        first = variant.position - 1
        reach = motifs.reach_bp()
        start = max(low - reach, interval.start)
        shift = len(variant.alternate_bases) - len(variant.reference_bases)
        end = min(high + reach + abs(shift), interval.end)
        # An insertion pushes bases out at the right end: ALT's sequence is read that
        # much further, so that it too reaches `end` in REF's coordinates.
        pair = allele_sequences(
            self.fetch,
            variant.chromosome,
            start,
            end + max(shift, 0),
            variant.position,
            variant.reference_bases,
            variant.alternate_bases,
        )
        ref, alt = (
            motifs.accessibility(sequence, WEIGHTS)
            for sequence in (pair[0][: end - start], pair[1])
        )
        anchor = first - start
        if shift > 0:
            inside = slice(anchor, anchor + shift + 1)
            collapsed = alt[inside].max(axis=0, keepdims=True)
            alt = np.concatenate([alt[:anchor], collapsed, alt[inside.stop :]])
        elif shift < 0:
            kept = anchor + len(variant.alternate_bases)
            gap = np.zeros((-shift, alt.shape[1]), dtype=alt.dtype)
            alt = np.concatenate([alt[:kept], gap, alt[kept:]])
        inner = slice(low - start, high - start)
        return ref[inner], alt[inner]

    def score(self, interval, variant, scorer):
        """Score a variant with a centre mask; outside of the interval the score is 0.

        Returns
        -------
        numpy.ndarray of float32, shape (n_tracks,)
        """
        for chrom in (interval.chromosome, variant.chromosome):
            self.check_chromosome(chrom)
        centre = variant.position - 1
        width = scorer.width if scorer.HasField("width") else None
        if not is_inside(variant, interval):
            return np.zeros(len(TRACKS), dtype=np.float32)
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
    """Return scores between -0.99999 and 0.99999 that rise with the raw ones."""
    value = scipy.special.erf(raw / _QUANTILE_SCALE)
    return np.clip(value, -_QUANTILE_LIMIT, _QUANTILE_LIMIT).astype(np.float32)


def is_inside(variant, interval):
    """Tell whether a variant (1-based) begins in an interval (0-based half-open)."""
    is_same = variant.chromosome == interval.chromosome
    return is_same and interval.start < variant.position <= interval.end
