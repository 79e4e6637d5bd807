"""The stand-in's scorers by gene, with the formulas of AlphaGenome's open code.

Scores are rounded to a step that is far above the error of a logarithm, so that they have
the same bits on any processor.
"""

import functools
from typing import NamedTuple

import numpy as np

from endobench.genome.alleles import align_alternate
from endobench.genome.transcripts import Gene
from endobench.model.standin import splicing
from endobench.model.standin.coverage import touches
from endobench.model.standin.gene_model import Window, order
from endobench.model.standin.gene_tracks import SAMPLES, TRACKS, merged
from endobench.model.standin.motif_model import BadRequest

MOST_GENES, MOST_POLYADENYLATED = 256, 22
PSEUDOCOUNT, JUNCTION_PSEUDOCOUNT = 1e-3, 1e-7
_LEAST_SHARE_OF_SITES = 0.8
_STEP = 2.0**-24
_CODING = "protein_coding"


class Row(NamedTuple):
    """What a row of an answer belongs to: a gene, and for junctions an intron."""

    gene: Gene
    junction: tuple | None = None


class Scores(NamedTuple):
    """The answer of a scorer.

    Attributes
    ----------
    rows : list of Row
    raw : numpy.ndarray of float32, shape (n_rows, n_tracks)
    tracks : tuple of gene_tracks.Track
    """

    rows: list
    raw: np.ndarray
    tracks: tuple


def score(model, interval, variant, scorer, is_merged):
    """Score a variant for each gene.

    Parameters
    ----------
    model : gene_model.GeneModel
    interval : dna_model_pb2.Interval
    variant : dna_model_pb2.Variant
        In the interval.
    scorer : str
        A key of `SCORERS`.
    is_merged : bool
        Whether to merge tracks over strands. Otherwise a track of the other strand has
        no number for a gene, except by `POLYADENYLATION`.

    Returns
    -------
    Scores

    Raises
    ------
    BadRequest
        If more genes overlap the variant than AlphaGenome scores.
    """
    output, find = SCORERS[scorer]
    window = Window(model, interval, variant)
    tracks = TRACKS[output]
    found = list(find(window, tracks))
    rows = [row for row, _ in found]
    raw = np.array([values for _, values in found]).reshape(len(rows), len(tracks))
    if is_merged:
        tracks, places = _merging(tracks)
        order = np.array([places[row.gene.strand] for row in rows], dtype=np.intp)
        raw = np.take_along_axis(raw, order.reshape(len(rows), len(tracks)), axis=1)
    return Scores(rows, np.ascontiguousarray(raw, dtype=np.float32), tracks)


@functools.cache
def _merging(tracks):
    """Return the merged tracks, and their places by strand."""
    places = merged(tracks)
    return tuple(tracks[place] for place in places["+"]), places


def _by_track(tracks, strand, same, both=None, is_masked=True):
    """Spread values by sample over tracks; those of the other strand have none."""
    both = same if both is None else both
    choices = np.concatenate([same, both, [np.nan]])
    return choices[_choice(tracks, strand, len(same), is_masked)]


@functools.cache
def _choice(tracks, strand, n_samples, is_masked):
    """Return the place of each track's value among those of `_by_track`."""
    places = []
    for track in tracks:
        place = track.column + (n_samples if track.strand == "." else 0)
        is_other = track.strand not in (strand, ".")
        places.append(2 * n_samples if is_other and is_masked else place)
    return np.array(places)


def _rounded(values):
    return np.rint(values / _STEP) * _STEP


def _log_fold_changes(window, tracks):
    zeros = np.zeros(window.levels.shape[2])
    for gene, mask in window.counted():
        same = both = zeros
        if window.is_affected(mask):
            logs = np.log(np.stack(window.means(mask, gene.strand)) + PSEUDOCOUNT)
            same, both = _rounded(logs[:, 1] - logs[:, 0])
        yield Row(gene), _by_track(tracks, gene.strand, same, both)


def _activities(window, tracks):
    for gene, mask in window.counted():
        same, both = (pair.max(axis=0) for pair in window.means(mask, gene.strand))
        yield Row(gene), _by_track(tracks, gene.strand, same, both)


def _overlapped(window):
    """Return the genes whose body the variant overlaps, in the order of rows."""
    bodies = [gene for gene in window.genes if touches(window.variant, *_body(gene))]
    return sorted(bodies, key=order)


def _body(gene):
    return gene.start, gene.end


class _Sites:
    """Probabilities of splice sites around a variant, for REF and ALT aligned to it."""

    def __init__(self, window, strand):
        variant, fetch = window.variant, window.model.model.fetch
        first = variant.position - 1
        after = first + len(variant.reference_bases)
        self.low = max(first - splicing.REACH_BP, window.start)
        self.high = min(after + splicing.REACH_BP, window.end)
        # Bases around the stretch are known, too, up to the window's ends.
        start = max(self.low - splicing.REACH_BP, window.start)
        end = min(self.high + splicing.REACH_BP, window.end)
        left, right = (
            fetch(variant.chromosome, start, first),
            fetch(variant.chromosome, after, max(end, after)),
        )
        ref, alt = variant.reference_bases, variant.alternate_bases
        self.values = [
            splicing.probabilities(left + ref + right, strand),
            align_alternate(
                splicing.probabilities(left + alt + right, strand),
                first - start,
                ref,
                alt,
            ),
        ]
        self.start, self._strand, self._window = start, strand, window

    def changes(self, gene):
        """Return the largest change within a gene's body, for donors and acceptors."""
        low, high = max(self.low, gene.start), min(self.high, gene.end)
        ref, alt = (each[low - self.start : high - self.start] for each in self.values)
        return np.abs(alt - ref)

    def at(self, position, place):
        """Return the probabilities at a position, for REF (place 0) or ALT (1)."""
        if self.low <= position < self.high:
            return self.values[place][position - self.start]
        reach = splicing.REACH_BP
        chrom = self._window.variant.chromosome
        bases = self._window.model.model.fetch(
            chrom, position - reach, position + reach + 1
        )
        return splicing.probabilities(bases, self._strand)[reach]


def _site_changes(window, tracks):
    for gene in _overlapped(window):
        found = _Sites(window, gene.strand).changes(gene).max(axis=0)
        yield Row(gene), _by_track(tracks, gene.strand, found)


def _usage_changes(window, tracks):
    exponents = splicing.powers(tracks)
    for gene in _overlapped(window):
        sites = _Sites(window, gene.strand)
        low = max(sites.low, gene.start) - sites.start
        high = min(sites.high, gene.end) - sites.start
        ref, alt = (splicing.usage(each[low:high], exponents) for each in sites.values)
        found = _rounded(np.abs(alt - ref).max(axis=0))
        yield Row(gene), _by_track(tracks, gene.strand, found)


def _junction_changes(window, tracks):
    exponents = splicing.powers(tracks)
    for gene in _overlapped(window):
        introns = splicing.junctions(gene, window.start, window.end)
        if gene.kind != _CODING or not introns:
            continue
        sites, row = _Sites(window, gene.strand), window.genes.index(gene)
        columns = [SAMPLES.index(track.sample) for track in tracks]
        logs = []
        for place in (0, 1):
            level = window.levels[place, row][columns]
            at = functools.partial(sites.at, place=place)
            signals = [
                level * splicing.junction_signal(gene, intron, at, exponents)
                for intron in introns
            ]
            logs.append(np.log(np.array(signals) + JUNCTION_PSEUDOCOUNT))
        found = np.abs(_rounded(logs[1] - logs[0])).astype(np.float16)
        # Every junction that is the largest of some track.
        for number in sorted(set(found.argmax(axis=0).tolist())):
            intron = introns[number][:2]
            yield Row(gene, intron), _by_track(tracks, gene.strand, found[number])


def _polyadenylation_changes(window, tracks):
    overlapped = _overlapped(window)
    if len(overlapped) > MOST_POLYADENYLATED:
        raise BadRequest(f"more than {MOST_POLYADENYLATED} genes overlap the variant")
    for gene in overlapped:
        sites = splicing.polyadenylation_sites(gene)
        inside = [site for site in sites if window.start <= site <= window.end]
        n_least = max(2, _LEAST_SHARE_OF_SITES * len(sites))
        if len(inside) < n_least:
            continue
        ratios = []
        for site in inside:
            low, high = splicing.upstream(gene, site)
            part = max(low, window.start), min(high, window.end)
            means = window.means((part,), gene.strand)
            ratios.append([_ratio(*pair) for pair in means])
        same, both = (
            _largest_split(np.array(each)) for each in zip(*ratios, strict=True)
        )
        values = _by_track(tracks, gene.strand, same, both, is_masked=False)
        yield Row(gene), values


def _ratio(ref, alt):
    """Return ALT over REF, and 1 where REF has no coverage."""
    return np.divide(alt, ref, out=np.ones_like(ref), where=ref > 0)


def _largest_split(ratios):
    """Return the largest log2 ratio of proximal to distal sites, over all splits."""
    found = []
    for place in range(1, len(ratios)):
        near, far = ratios[:place].mean(axis=0), ratios[place:].mean(axis=0)
        found.append(_log2_ratio(near, far))
    return np.max(found, axis=0)


def _log2_ratio(near, far):
    with np.errstate(divide="ignore"):
        found = np.abs(np.log2(near) - np.log2(far))
    return _rounded(np.where((near > 0) & (far > 0), found, 0))


# Output and function by scorer; the names are those of the recommended scorers.
SCORERS = {
    "RNA_SEQ": ("RNA_SEQ", _log_fold_changes),
    "RNA_SEQ_ACTIVE": ("RNA_SEQ", _activities),
    "SPLICE_SITES": ("SPLICE_SITES", _site_changes),
    "SPLICE_SITE_USAGE": ("SPLICE_SITE_USAGE", _usage_changes),
    "SPLICE_JUNCTIONS": ("SPLICE_JUNCTIONS", _junction_changes),
    "POLYADENYLATION": ("RNA_SEQ", _polyadenylation_changes),
}
