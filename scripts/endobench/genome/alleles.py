"""Reference and alternate sequences of a variant."""

import re

import numpy as np

_UNKNOWN = re.compile("[^ACGT]")


def padded_fetch(fasta):
    """Return a function that reads a genome and pads beyond the ends of chromosomes.

    Parameters
    ----------
    fasta : pysam.FastaFile

    Returns
    -------
    callable
        Maps ``(chrom, start, end)``, 0-based half-open and possibly negative, to bases
        in upper case. Positions outside the chromosome and IUPAC codes become N.

    Raises
    ------
    KeyError
        Raised by the returned function for a chromosome that the genome lacks.
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
    """Return a stretch of the genome with REF and with ALT, keeping both flanks.

    The sequence with ALT is longer or shorter by the difference between the alleles.

    Parameters
    ----------
    fetch : callable
        See `padded_fetch`.
    chrom : str
    start, end : int
        0-based half-open.
    position : int
        1-based position of the variant, which must lie inside the stretch.
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
    """Return the sequence of a window with REF and with ALT.

    Both share the left flank. The right flank is the true one for each allele: an
    insertion pushes bases out at the right end, a deletion takes in further bases of the
    genome, and nothing is padded inside the chromosome.

    Parameters
    ----------
    fetch : callable
        See `padded_fetch`.
    chrom : str
    start, end : int
        Window, 0-based half-open.
    position : int
        1-based position of the variant. Its first base must lie inside the window.
    ref, alt : str

    Returns
    -------
    ref_sequence, alt_sequence : str
        Of length ``end - start``.

    Raises
    ------
    ValueError
        If the variant does not start inside the window.
    """
    first = position - 1
    if not start <= first < end:
        raise ValueError(f"{chrom}:{position} is not in {chrom}:{start}-{end}")
    left = fetch(chrom, start, first)
    after = first + len(ref)
    right = fetch(chrom, after, max(after, end + len(ref)))
    return tuple((left + allele + right)[: end - start] for allele in (ref, alt))


def align_alternate(values, anchor, ref, alt):
    """Bring predictions along the ALT sequence to the coordinates of REF.

    As in AlphaGenome's open code, inserted bases and the base before them are replaced
    by their maximum, and deleted bases are filled with 0.

    Parameters
    ----------
    values : numpy.ndarray, shape (n_bases, n_tracks)
        Predictions for a sequence with ALT.
    anchor : int
        0-based index of the first base of the variant.
    ref, alt : str
        Left-aligned.

    Returns
    -------
    numpy.ndarray, shape (n_bases - len(alt) + len(ref), n_tracks)
    """
    shift = len(alt) - len(ref)
    if shift > 0:
        # Bases that both alleles have are not inserted.
        anchor += len(ref) - 1
        end = anchor + shift + 1
        collapsed = values[anchor:end].max(axis=0, keepdims=True)
        return np.concatenate([values[:anchor], collapsed, values[end:]])
    kept = anchor + len(alt)
    gap = np.zeros((-shift, values.shape[1]), dtype=values.dtype)
    return np.concatenate([values[:kept], gap, values[kept:]])


def study_sequences(fetch, chrom, start, end, position, ref, alt):
    """Return the two sequences that the original study would have sent.

    The reference sequence is that of the genome. The alternate one has `alt` in place of
    `ref`, is cut at the right end after an insertion, and is filled with N after a
    deletion. Everything to the right of an indel is therefore shifted.

    Parameters
    ----------
    fetch : callable
        See `padded_fetch`.
    chrom : str
    start, end : int
        Window, 0-based half-open.
    position : int
        1-based position of the variant.
    ref, alt : str

    Returns
    -------
    ref_sequence, alt_sequence : str
        Of length ``end - start``.
    """
    sequence = fetch(chrom, start, end)
    anchor = position - 1 - start
    changed = sequence[:anchor] + alt + sequence[anchor + len(ref) :]
    return sequence, changed[: end - start].ljust(end - start, "N")
