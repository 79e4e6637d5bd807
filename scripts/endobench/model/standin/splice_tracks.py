"""The stand-in's splice sites and their usage along a sequence.

They follow from the bases alone (see `splicing`), so that scores by gene are the changes
of these tracks within the gene's body.
"""

import numpy as np

from endobench.genome.alleles import align_alternate, allele_sequences
from endobench.model.standin import splicing
from endobench.model.standin.gene_tracks import TRACKS
from endobench.model.standin.motif_model import MotifModel

SITES = "SPLICE_SITES"


class SpliceModel(MotifModel):
    """Probabilities of splice sites, or how much they are used.

    Parameters
    ----------
    genes : gene_model.GeneModel
    output : {"SPLICE_SITES", "SPLICE_SITE_USAGE"}
    """

    def __init__(self, genes, output):
        vars(self).update(vars(genes.model))
        self._tracks, self._is_site = TRACKS[output], output == SITES
        self.metadata = [track.metadata(genes.source) for track in self._tracks]
        # Whoever scores asks for the number of tracks.
        self.weights = np.zeros((0, len(self._tracks)), dtype=np.float32)

    def along(self, sequence):
        """Predict the tracks of a sequence.

        Returns
        -------
        numpy.ndarray of float32, shape (n_bases, n_tracks)
        """
        found = np.empty((len(sequence), len(self._tracks)), dtype=np.float32)
        for strand in "+-":
            sites = splicing.probabilities(sequence, strand)
            if not self._is_site:
                sites = splicing.usage(sites, splicing.powers(self._tracks))
            for place, track in enumerate(self._tracks):
                if track.strand == strand:
                    found[:, place] = sites[:, track.column]
        return found

    def own_tracks(self, interval, variant):
        """Predict REF and ALT, each at its own bases; see `RnaModel.own_tracks`."""
        return [self.along(each) for each in self._pair(interval, variant)]

    def alleles(self, interval, variant, low, high):
        """Predict REF and ALT in the coordinates of REF; see `MotifModel.alleles`."""
        ref, alt = (variant.reference_bases, variant.alternate_bases)
        n_more = max(len(alt) - len(ref), 0)
        pair = self._pair(interval, variant, n_more)
        tracks = [self.along(each) for each in pair]
        first = variant.position - 1 - interval.start
        tracks[1] = align_alternate(tracks[1], first, ref, alt)
        inner = slice(low - interval.start, high - interval.start)
        return tuple(each[inner] for each in tracks)

    def _pair(self, interval, variant, n_more=0):
        return allele_sequences(
            self.fetch,
            variant.chromosome,
            interval.start,
            interval.end + n_more,
            variant.position,
            variant.reference_bases,
            variant.alternate_bases,
        )
