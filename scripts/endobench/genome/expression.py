"""A small model of gene expression: motif sites near a gene raise or lower its level.

It stands in for AlphaGenome in demonstrations and tests, beside the accessibility of
`motifs`, and does not describe a real cell. The log of a gene's level in a tissue is that
of the gene's own base, plus the sum over motif sites of ::

    STRENGTH * side(gene) * weight(motif, tissue) * decay(gene, distance) * occupancy

less what is expected of any sequence. Sites of promoters and of enhancers differ by their
distance alone. Side, reach and base belong to the gene and come from a digest of its id:

* a third of the genes have side -1, so that one enhancer raises some genes and lowers
  others;
* half of the genes reach no further than their promoter, so that the nearest gene is
  often not the one that a variant acts on;
* one gene in 16 is silent.

Sums have the same bits on any processor: occupancies, decays and weights are multiples of
powers of two, and all sums are exact.
"""

import functools
import hashlib
from typing import NamedTuple

import numpy as np

from endobench.genome import motifs
from endobench.genome.gtf_lines import without_version

STRENGTH = 0.25
NEAR_BP, FAR_BP = 3_000, 24_000
# Shares of the digest's 256 values.
_LOWERED, _NEAR, _SILENT = 85, 128, 16
_BASES = (2.0**-3, 2.0**-2, 2.0**-1, 1.0)
_SILENT_BASE = 2.0**-10
_OCCUPANCY_STEP = 2.0**-6
_DECAY_STEP = 2.0**-10
_LEVEL_STEP = 2.0**-24
# Occupancy of each motif that is expected at a base, in the order of `motifs.MOTIFS`:
# about that of a genome with regulatory elements.
_EXPECTED = np.array([2936, 734, 178, 566, 157, 94, 419, 63]) * 2.0**-20
_BLOCK_BP = 1 << 15
_WIDTHS = np.array([len(site) for site in motifs.MOTIFS.values()])
_LONGEST = int(_WIDTHS.max())
# What replaces bases and decays in a model that is to know nothing of the true sites; it
# draws a sign for each stretch.
_DISGUISE = str.maketrans("ACGT", "CATG")
_BLIND_SHARE = 0.5
_DRAWN_BP = 8
_MIXERS = np.array([0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53], dtype=np.uint64)


class Traits(NamedTuple):
    """What is a gene's own.

    Attributes
    ----------
    side : {-1, 1}
        Whether sites lower or raise the level.
    reach_bp : int
        Distance at which sites no longer act.
    base : float
        Level without sites beyond the expected ones.
    """

    side: int
    reach_bp: int
    base: float


class Sites(NamedTuple):
    """Motif sites, ordered by their middle.

    Attributes
    ----------
    middle, motif : numpy.ndarray of int
        Position, and row of the motif in `motifs.MOTIFS`.
    occupancy : numpy.ndarray of float64
        Of both strands.
    """

    middle: np.ndarray
    motif: np.ndarray
    occupancy: np.ndarray

    @property
    def start(self):
        """Position of the first base of each."""
        return self.middle - _WIDTHS[self.motif] // 2

    @property
    def end(self):
        """Position behind the last base of each."""
        return self.start + _WIDTHS[self.motif]

    def where(self, is_kept):
        """Return some of the sites."""
        return Sites(*(each[is_kept] for each in self))


@functools.lru_cache(maxsize=1 << 16)
def traits(gene_id):
    """Return the `Traits` of a gene, whatever the version of its id."""
    side, reach, level, *_ = hashlib.sha256(without_version(gene_id).encode()).digest()
    return Traits(
        -1 if side < _LOWERED else 1,
        NEAR_BP if reach < _NEAR else FAR_BP,
        _SILENT_BASE if level < _SILENT else _BASES[level % len(_BASES)],
    )


def find_sites(sequence, start=0):
    """Return the motif sites of a sequence that begins at a position."""
    steps = np.rint(motifs.occupancy(sequence) / _OCCUPANCY_STEP)
    middle, motif = np.nonzero(steps)
    return Sites(middle + start, motif, steps[middle, motif] * _OCCUPANCY_STEP)


def levels(gene_ids, sums, weights):
    """Return the level of some genes in some tissues.

    Parameters
    ----------
    gene_ids : sequence of str
    sums : numpy.ndarray of float64, shape (n_genes, n_motifs)
        See `Regulation.sums`.
    weights : numpy.ndarray of float64, shape (n_motifs, n_tissues)
        Of few bits, so that sums are exact.

    Returns
    -------
    numpy.ndarray of float64, shape (n_genes, n_tissues)
    """
    own = [traits(each) for each in gene_ids]
    side = np.array([[each.side] for each in own], dtype=float).reshape(-1, 1)
    base = np.array([each.base for each in own]).reshape(-1, 1)
    exponent = (STRENGTH * side) * (np.reshape(sums, (-1, len(_WIDTHS))) @ weights)
    return base * (np.rint(np.exp(exponent) / _LEVEL_STEP) * _LEVEL_STEP)


class Regulation:
    """What the motif sites of a genome add up to at each gene.

    Parameters
    ----------
    fetch : callable
        See `alleles.padded_fetch`.
    lengths : dict of str to int
        Lengths of the chromosomes.
    is_blind : bool
        Whether to look for sites in disguised bases, to ignore distances, and to draw
        whether a site raises or lowers a gene. Levels then change as otherwise, but carry
        nothing of the true sites.
    """

    def __init__(self, fetch, lengths, is_blind=False):
        self._fetch, self.lengths, self._is_blind = fetch, lengths, is_blind
        # Held by each instance, so that they end with it.
        self._block = functools.lru_cache(maxsize=256)(self._find_block)
        self._near = functools.lru_cache(maxsize=256)(self._find_near)
        self._sums = functools.lru_cache(maxsize=1 << 13)(self._add_up)

    def share(self, gene, positions):
        """Return the share of a site's effect that arrives at a gene, by position."""
        reach_bp = traits(gene.gene_id).reach_bp
        distances = np.abs(positions - gene.first_base)
        if not self._is_blind:
            return _decays(reach_bp).take(distances, mode="clip")
        return np.where(distances < reach_bp, _BLIND_SHARE, 0) * _drawn(gene, positions)

    def sums(self, gene, start, end):
        """Return the sum of each motif over the sites within a window of the genome.

        Parameters
        ----------
        gene : transcripts.Gene
        start, end : int
            Bases outside are unknown: a site that is cut does not count.

        Returns
        -------
        numpy.ndarray of float64, shape (n_motifs,)
        """
        reach_bp = traits(gene.gene_id).reach_bp
        first, length = gene.first_base, self.lengths[gene.chrom]
        # Windows that hold the whole reach give the same sum.
        start = max(start, first - reach_bp - _LONGEST, 0)
        end = min(end, first + reach_bp + _LONGEST, length)
        return self._sums(gene, start, end)

    def sites_of(self, sequence, start):
        """Return the sites of a sequence that begins at a position of the genome."""
        return find_sites(self._disguised(sequence), start)

    def sums_of(self, gene, sites, start, end):
        """Return `sums` for the sites of a sequence in place of the genome's."""
        start, end = max(start, 0), min(end, self.lengths[gene.chrom])
        return self.change(gene, sites) - self._expected(gene, start, end)

    def changes(self, chrom, position, ref, alt):
        """Return the sites that a variant takes away, and those that it adds.

        Parameters
        ----------
        chrom : str
        position : int
            1-based.
        ref, alt : str

        Returns
        -------
        Sites
            In the coordinates of REF, with negative occupancies for those taken away.
            Inserted bases have the position of the last base of REF.
        """
        first, after = position - 1, position - 1 + len(ref)
        left = self._read(chrom, first - _LONGEST, first)
        right = self._read(chrom, after, after + _LONGEST)
        found = []
        for allele, sign in ((ref, -1), (alt, 1)):
            bases = self._disguised(allele)
            sites = find_sites(left + bases + right, first - _LONGEST)
            ends = first + len(allele)
            sites = sites.where((sites.start < ends) & (sites.end > first))
            moved = np.where(sites.middle >= ends, len(ref) - len(allele), 0)
            middle = np.where(
                sites.middle < ends, np.minimum(sites.middle, after - 1), sites.middle
            )
            found.append(Sites(middle + moved, sites.motif, sign * sites.occupancy))
        return Sites(*map(np.concatenate, zip(*found, strict=True)))

    def change(self, gene, sites, start=None, end=None):
        """Return what changed sites add to the sums of a gene, shape (n_motifs,)."""
        if start is not None:
            sites = sites.where((sites.start >= start) & (sites.end <= end))
        effect = sites.occupancy * self.share(gene, sites.middle)
        return np.bincount(sites.motif, effect, len(_WIDTHS))

    def _disguised(self, bases):
        return bases.translate(_DISGUISE) if self._is_blind else bases

    def _read(self, chrom, start, end):
        return self._disguised(self._fetch(chrom, start, end))

    def _find_block(self, chrom, number):
        low = number * _BLOCK_BP
        high = low + _BLOCK_BP
        bases = self._read(chrom, low - _LONGEST, high + _LONGEST)
        sites = find_sites(bases, low - _LONGEST)
        return sites.where((sites.middle >= low) & (sites.middle < high))

    def _find_near(self, gene):
        """Return the sites that act on a gene, with effects as occupancies, and places."""
        reach_bp = traits(gene.gene_id).reach_bp
        low, high = gene.first_base - reach_bp, gene.first_base + reach_bp
        blocks = [
            self._block(gene.chrom, number)
            for number in range(low // _BLOCK_BP, high // _BLOCK_BP + 1)
        ]
        sites = Sites(*map(np.concatenate, zip(*blocks, strict=True)))
        effect = sites.occupancy * self.share(gene, sites.middle)
        sites = sites._replace(occupancy=effect).where(effect != 0)
        return sites, sites.start, sites.end

    def _add_up(self, gene, start, end):
        sites, starts, ends = self._near(gene)
        effect = sites.occupancy * ((starts >= start) & (ends <= end))
        found = np.bincount(sites.motif, effect, len(_WIDTHS))
        return found - self._expected(gene, start, end)

    def _expected(self, gene, start, end):
        """Return what is expected of known bases, whatever they are."""
        if self._is_blind:
            return 0 * _EXPECTED
        reach_bp = traits(gene.gene_id).reach_bp
        totals = _totals(reach_bp)
        edges = np.array([start, end]) - gene.first_base + reach_bp
        low, high = totals.take(edges, mode="clip")
        return _EXPECTED * (high - low)


def _drawn(gene, positions):
    """Return a sign, drawn for each gene and stretch of positions."""
    seed = int.from_bytes(hashlib.sha256(gene.gene_id.encode()).digest()[:8], "little")
    mixed = (positions // _DRAWN_BP).astype(np.uint64) ^ np.uint64(seed)
    # The finaliser of MurmurHash3, by which all bits decide each.
    for factor in _MIXERS:
        mixed = (mixed ^ (mixed >> np.uint64(33))) * factor
    return np.where(mixed >> np.uint64(63), 1.0, -1.0)


@functools.cache
def _decays(reach_bp):
    """Return the decay at each distance up to the reach, where it is 0."""
    share = 1 - np.arange(reach_bp + 1) / reach_bp
    return np.rint(share**2 / _DECAY_STEP) * _DECAY_STEP


@functools.cache
def _totals(reach_bp):
    """Return the sum of the decays of all positions before each, from one end's reach."""
    decays = _decays(reach_bp)
    return np.concatenate([[0], np.cumsum([*decays[:0:-1], *decays])])
