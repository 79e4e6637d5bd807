"""The two sequences of a variant, with their flanks kept."""

import re

import numpy as np

_UNKNOWN = re.compile("[^ACGT]")


def padded_fetch(fasta):
    """Return a function that reads a genome beyond its chromosomes' ends.

    Parameters
    ----------
    fasta : pysam.FastaFile

    Returns
    -------
    callable
        From ``(chrom, start, end)``, 0-based half-open and possibly negative, to upper
        case bases; outside of the chromosome, and for IUPAC codes, N.

    Raises
    ------
    KeyError
        By the function, for a chromosome that the genome lacks.
    """
    lengths = dict(zip(fasta.references, fasta.lengths, strict=True))

    def fetch(chrom, start, end):
        length = lengths[chrom]
        low, high = max(start, 0), min(end, length)
        if high <= low:
            return "N" * (end - start)
        bases = _UNKNOWN.sub("N", fasta.fetch(chrom, low, high).upper())
        return "N" * (low - start) + bases + "N" * (end - high)

    return fetch


def stretch(fetch, chrom, start, end, position, ref, alt):
    """Return a stretch of the genome with REF and with ALT, from end to end.

    ALT's is as much longer or shorter as the allele is.

    Parameters
    ----------
    fetch : callable
        See `padded_fetch`.
    chrom : str
    start, end : int
        0-based half-open.
    position : int
        1-based position of the variant, which must lie in the stretch.
    ref, alt : str

    Returns
    -------
    ref_sequence, alt_sequence : str
    """
    first = position - 1
    left = fetch(chrom, start, first)
    right = fetch(chrom, first + len(ref), max(end, first + len(ref)))
    return left + ref + right, left + alt + right


def allele_sequences(fetch, chrom, start, end, position, ref, alt):
    """Return a window's sequence with REF and with ALT.

    Both keep the same left flank. ALT's right flank is read from the genome anew, so
    that it is the true one: an insertion pushes bases out at the right end, a deletion
    takes further bases in, and nothing is padded inside the chromosome.

    Parameters
    ----------
    fetch : callable
        See `padded_fetch`.
    chrom : str
    start, end : int
        Window, 0-based half-open.
    position : int
        1-based position of the variant; its first base must lie in the window.
    ref, alt : str

    Returns
    -------
    ref_sequence, alt_sequence : str
        Of length ``end - start``.

    Raises
    ------
    ValueError
        If the variant does not begin in the window.
    """
    first = position - 1
    if not start <= first < end:
        raise ValueError(f"{chrom}:{position} is not in {chrom}:{start}-{end}")
    left = fetch(chrom, start, first)
    after = first + len(ref)
    right = fetch(chrom, after, max(after, end + len(ref)))
    return tuple((left + allele + right)[: end - start] for allele in (ref, alt))


def align_alternate(values, anchor, ref, alt):
    """Bring what was predicted of ALT's bases to the coordinates of REF.

    As AlphaGenome's open code does it: of an insertion's bases and the one before the
    largest value counts, deleted bases have 0.

    Parameters
    ----------
    values : numpy.ndarray, shape (n_bases, n_tracks)
        Of a sequence with ALT.
    anchor : int
        Place of the variant's first base, from 0.
    ref, alt : str
        Left-aligned.

    Returns
    -------
    numpy.ndarray, shape (n_bases - len(alt) + len(ref), n_tracks)
    """
    shift = len(alt) - len(ref)
    if shift > 0:
        # What both alleles have is not inserted.
        anchor += len(ref) - 1
        end = anchor + shift + 1
        collapsed = values[anchor:end].max(axis=0, keepdims=True)
        return np.concatenate([values[:anchor], collapsed, values[end:]])
    kept = anchor + len(alt)
    gap = np.zeros((-shift, values.shape[1]), dtype=values.dtype)
    return np.concatenate([values[:kept], gap, values[kept:]])


def study_sequences(fetch, chrom, start, end, position, ref, alt):
    """Return the two sequences that the study would have sent.

    REF's sequence is the genome's. ALT's has `alt` written over it without regard to
    what follows: an insertion is cut at the right end, a deletion is filled up with N
    there, so that everything right of an indel shifts.

    Parameters
    ----------
    fetch : callable
        From ``(chrom, start, end)``, 0-based half-open, to bases padded with N.
    chrom : str
    start, end : int
        The window, 0-based half-open.
    position : int
        1-based.
    ref, alt : str

    Returns
    -------
    ref_sequence, alt_sequence : str
        As long as the window.
    """
    sequence = fetch(chrom, start, end)
    anchor = position - 1 - start
    changed = sequence[:anchor] + alt + sequence[anchor + len(ref) :]
    return sequence, changed[: end - start].ljust(end - start, "N")
