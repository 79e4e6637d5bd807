"""The stand-in's splice sites, splice junctions and polyadenylation sites.

A base is a splice site as far as the bases around it agree with the consensus: each
disagreement halves its probability, and without the two bases that define a site there is
none. Polyadenylation sites are the ends of transcripts and the middles of last exons.
"""

import functools

import numpy as np

from endobench.genome.motifs import encode

_IUPAC = {"A": "A", "C": "C", "G": "G", "T": "T", "R": "AG", "Y": "CT", "M": "AC"}
_IUPAC["N"] = "ACGT"
# Consensus, place of the exon's last or first base in it, and of the two intron bases.
_DONOR = ("MAGGTRAGT", 2, (3, 4))
_ACCEPTOR = ("YYYYYYNCAGG", 10, (8, 9))
REACH_BP = 11
UPSTREAM_BP = 400
# Shares of the junctions that skip an exon.
_SKIP = 2.0**-4
_LEAST = 2.0**-6


def probabilities(sequence, strand):
    """Return the probabilities of each base to be a donor and an acceptor.

    Parameters
    ----------
    sequence : str
    strand : {"+", "-"}

    Returns
    -------
    numpy.ndarray of float64, shape (length, 2)
        At the last base of the exon for donors, and at the first one for acceptors.
    """
    codes = encode(sequence)
    if strand == "-":
        codes = np.where(codes < 4, 3 - codes, 4)[::-1]
    found = np.stack([_matches(codes, *_DONOR), _matches(codes, *_ACCEPTOR)], axis=1)
    return found[::-1] if strand == "-" else found


def _matches(codes, consensus, place, needed):
    length, width = len(codes), len(consensus)
    # Indexing is fastest with intp.
    padded = np.full(length + width, 4, dtype=np.intp)
    padded[place : place + length] = codes
    probability = np.ones(length)
    for at, factors in enumerate(_factors(consensus, needed)):
        probability *= factors.take(padded[at : at + length])
    return probability


@functools.cache
def _factors(consensus, needed):
    """Return the factor of each base's code at each place, shape (width, 5)."""
    factors = np.full((len(consensus), 5), 0.5)
    factors[list(needed)] = 0
    for at, letter in enumerate(consensus):
        factors[at, ["ACGT".index(base) for base in _IUPAC[letter]]] = 1
    return factors


def usage(found, exponents):
    """Return how much each base is used as a splice site, by sample.

    Parameters
    ----------
    found : numpy.ndarray of float64, shape (length, 2)
        From `probabilities`.
    exponents : numpy.ndarray of float64, shape (n_samples,)
        From `powers`.
    """
    return found.max(axis=1)[:, None] ** exponents


def powers(tracks):
    """Return how strictly each sample keeps to the consensus: 1/2, 1 or 2."""
    n_samples = 1 + max(track.column for track in tracks)
    return np.array([0.5, 1.0, 2.0])[np.arange(n_samples) % 3]


def junctions(gene, start, end):
    """Return the introns of a gene within a window, and those that skip an exon.

    Returns
    -------
    list of (int, int, int or None)
        Start and end, 0-based half-open, and the first base that the exon skipped has
        in the direction of transcription, if any.
    """
    found = {}
    for transcript in gene.transcripts:
        exons = transcript.exons
        for place in range(len(exons) - 1):
            found.setdefault((exons[place][1], exons[place + 1][0]), None)
            if place + 2 < len(exons):
                low, high = exons[place + 1]
                skipped = low if gene.strand == "+" else high - 1
                found.setdefault((exons[place][1], exons[place + 2][0]), skipped)
    return [
        (low, high, skipped)
        for (low, high), skipped in sorted(found.items())
        if start < low and high < end
    ]


def junction_signal(gene, junction, probability, power):
    """Return the signal of a junction by sample.

    Parameters
    ----------
    gene : transcripts.Gene
    junction : (int, int, int or None)
        From `junctions`.
    probability : callable
        From a position to the probabilities of a donor and of an acceptor there.
    power : numpy.ndarray, shape (n_samples,)
        How strictly each sample keeps to the consensus.
    """
    low, high, skipped = junction
    donor, acceptor = (low - 1, high) if gene.strand == "+" else (high, low - 1)
    signal = _strength(probability(donor)[0], power)
    signal = signal * _strength(probability(acceptor)[1], power)
    if skipped is not None:
        signal = signal * _SKIP * (1 - _strength(probability(skipped)[1], power) / 2)
    return signal


def _strength(probability, power):
    # Annotated sites are in use whatever their bases.
    return np.maximum(probability, _LEAST) ** power


def polyadenylation_sites(gene):
    """Return the ends of a gene's transcripts and the middles of its last exons.

    Returns
    -------
    list of int
        Ordered in the direction of transcription; the base behind a site's upstream
        bases.
    """
    found = set()
    for transcript in gene.transcripts:
        low, high = transcript.exons[-1 if gene.strand == "+" else 0]
        found |= {high if gene.strand == "+" else low, (low + high) // 2}
    return sorted(found, reverse=gene.strand == "-")


def upstream(gene, site):
    """Return the bases upstream of a polyadenylation site, as an interval."""
    if gene.strand == "+":
        return site - UPSTREAM_BP, site
    return site, site + UPSTREAM_BP
