"""The stand-in's coverage of exons by RNA: the gene's level times a factor of each base.

The factor depends on the base, and is halved behind each polyadenylation signal of the
exon. Factors are multiples of powers of two, so that their sums are exact.
"""

import functools
import re

import numpy as np

from endobench.genome.alleles import align_alternate
from endobench.genome.motifs import encode

# Of A, C, G, T and unknown bases.
_FACTORS = np.array([1.0, 1.25, 1.125, 0.875, 0.0])
_SIGNALS = {"+": re.compile("(?=AATAAA)"), "-": re.compile("(?=TTTATT)")}
_SIGNAL_BP = 6


class Exons:
    """Factors of the exons of a genome.

    Parameters
    ----------
    fetch : callable
        See `alleles.padded_fetch`.
    """

    def __init__(self, fetch):
        self._fetch = fetch
        self._factors = functools.lru_cache(maxsize=1 << 14)(self._find)

    def factors(self, chrom, strand, start, end):
        """Return the factor of each base of an exon, or of its part in a window."""
        return self._factors(chrom, strand, start, end)

    def _find(self, chrom, strand, start, end):
        return factors(self._fetch(chrom, start, end), strand)

    def altered(self, variant, strand, start, end):
        """Return the factors of an exon that a variant touches.

        Bases of ALT belong to the exon if those of REF in their place do; further bases
        of an insertion go with the last base of REF.

        Parameters
        ----------
        variant : dna_model_pb2.Variant
        strand : str
        start, end : int
            0-based half-open, in the genome.

        Returns
        -------
        aligned : numpy.ndarray, shape (end - start,)
            In the coordinates of REF; see `alleles.align_alternate`.
        own : numpy.ndarray, shape (n_bases,)
            Of the bases that ALT has in the exon.
        own_start : int
            Position of the first of them, in the coordinates of ALT.
        """
        chrom, first = variant.chromosome, variant.position - 1
        ref, alt = variant.reference_bases, variant.alternate_bases
        after = first + len(ref)
        low, high = min(start, first), max(end, after)
        bases = self._fetch(chrom, low, first) + alt + self._fetch(chrom, after, high)
        positions = np.arange(low, high)
        is_exon = (positions >= start) & (positions < end)
        at = first - low
        own = is_exon[at : at + len(ref)][: len(alt)]
        more = np.full(len(alt) - len(own), is_exon[at + len(ref) - 1])
        is_exon = np.concatenate([is_exon[:at], own, more, is_exon[at + len(ref) :]])
        values = np.zeros(len(bases))
        mine = "".join(np.array(list(bases))[is_exon])
        values[is_exon] = own_factors = factors(mine, strand)
        aligned = align_alternate(values[:, None], at, ref, alt)[:, 0]
        own_start = low + int(is_exon.argmax())
        return aligned[start - low : end - low], own_factors, own_start


def factors(bases, strand):
    """Return the factor of each base of an exon on a strand."""
    values = _FACTORS[encode(bases)]
    for match in _SIGNALS[strand].finditer(bases):
        behind = slice(match.start() + _SIGNAL_BP, None)
        values[behind if strand == "+" else slice(0, match.start())] /= 2
    return values


def touches(variant, start, end):
    """Return whether the bases of a variant's REF overlap an interval."""
    first = variant.position - 1
    return first < end and first + len(variant.reference_bases) > start
