"""The stand-in's coverage by RNA, for centre masks and predicted tracks."""

import functools

import numpy as np

from endobench.genome.expression import levels
from endobench.model.standin.coverage import factors, touches
from endobench.model.standin.gene_model import Window
from endobench.model.standin.gene_tracks import TRACKS, WEIGHTS
from endobench.model.standin.motif_model import MotifModel

# A sequence is placed on the genome by an exact match of so many bases.
_PROBE_BP = 64
_N_PROBES = 8


class RnaModel(MotifModel):
    """Coverage by RNA; see `gene_model`.

    Parameters
    ----------
    genes : gene_model.GeneModel
    """

    def __init__(self, genes):
        vars(self).update(vars(genes.model))
        self.genes, self._tracks = genes, TRACKS["RNA_SEQ"]
        self.metadata = [track.metadata(genes.source) for track in self._tracks]
        # Whoever scores asks for the number of tracks.
        self.weights = np.zeros((len(WEIGHTS), len(self._tracks)), dtype=np.float32)
        self._columns = np.array([track.column for track in self._tracks])
        self._strands = np.array([track.strand for track in self._tracks])
        self._chromosome = functools.lru_cache(self._read)

    def alleles(self, interval, variant, low, high):
        """Predict REF and ALT in the coordinates of REF; see `MotifModel.alleles`."""
        window = Window(self.genes, interval, variant)
        found = np.zeros((2, high - low, len(self._tracks)))
        for row, gene in enumerate(window.genes):
            for start, end in window.parts(gene):
                first, last = max(start, low), min(end, high)
                if first >= last:
                    continue
                pair = window.factors(gene, start, end)
                for values, part, of_samples in zip(
                    found, pair, window.levels[:, row], strict=True
                ):
                    values[first - low : last - low] += np.outer(
                        part[first - start : last - start],
                        self._by_track(of_samples, gene),
                    )
        return tuple(found.astype(np.float32))

    def own_tracks(self, interval, variant):
        """Predict REF and ALT, each at its own bases.

        Returns
        -------
        list of numpy.ndarray of float32, shape (n_bases, n_tracks)
        """
        window = Window(self.genes, interval, variant)
        first, n_bases = variant.position - 1, interval.end - interval.start
        shift = len(variant.alternate_bases) - len(variant.reference_bases)
        # A deletion takes in bases beyond the end.
        ref, alt = np.zeros((2, n_bases + max(-shift, 0), len(self._tracks)))
        for row, gene in enumerate(window.genes):
            of_tracks = [self._by_track(each[row], gene) for each in window.levels]
            for start, end in window.parts(gene, max(-shift, 0)):
                part = self.genes.exons.factors(gene.chrom, gene.strand, start, end)
                _add(ref, part, start - interval.start, of_tracks[0])
                if touches(variant, start, end):
                    _, part, start = self.genes.exons.altered(
                        variant, gene.strand, start, end
                    )
                elif start > first:
                    start += shift
                _add(alt, part, start - interval.start, of_tracks[1])
        return [each[:n_bases].astype(np.float32) for each in (ref, alt)]

    def along(self, sequence, chrom=None, start=None):
        """Predict the tracks of a sequence, by default one without a known place.

        Its place is then that of the first of some stretches that the genome has, too.
        No gene is known of a sequence without such a stretch.

        Returns
        -------
        numpy.ndarray of float32, shape (n_bases, n_tracks)
        """
        found = np.zeros((len(sequence), len(self._tracks)))
        if chrom is None:
            chrom, start = self._place(sequence)
        if chrom is None:
            return found.astype(np.float32)
        end = start + len(sequence)
        genes, regulation = (
            self.genes.genes_in(chrom, start, end),
            self.genes.regulation,
        )
        sites = regulation.sites_of(sequence, start)
        sums = [regulation.sums_of(gene, sites, start, end) for gene in genes]
        of_genes = levels([gene.gene_id for gene in genes], sums, WEIGHTS)
        for gene, of_samples in zip(genes, of_genes, strict=True):
            for low, high in gene.exons:
                low, high = max(low, start), min(high, end)
                if low < high:
                    part = factors(sequence[low - start : high - start], gene.strand)
                    _add(found, part, low - start, self._by_track(of_samples, gene))
        return found.astype(np.float32)

    def _by_track(self, of_samples, gene):
        """Spread a gene's levels over the tracks that count its strand."""
        is_counted = np.isin(self._strands, [gene.strand, "."])
        return of_samples[self._columns] * is_counted

    def _place(self, sequence):
        """Return chromosome and start of a sequence on the genome, or None twice."""
        for number in range(_N_PROBES):
            at = number * len(sequence) // _N_PROBES
            probe = sequence[at : at + _PROBE_BP]
            if len(probe) < _PROBE_BP or set(probe) - set("ACGT"):
                continue
            for chrom in self.lengths:
                found = self._chromosome(chrom).find(probe)
                if found >= 0:
                    return chrom, found - at
        return None, None

    def _read(self, chrom):
        return self.fetch(chrom, 0, self.lengths[chrom])


def _add(values, part, at, of_tracks):
    """Add a part of an exon that begins at a place, cut at the ends of the values."""
    low, high = max(at, 0), min(at + len(part), len(values))
    if low < high:
        values[low:high] += np.outer(part[low - at : high - at], of_tracks)
