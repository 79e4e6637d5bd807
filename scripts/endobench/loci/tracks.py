"""Tracks of both alleles around a variant, as they are drawn."""

import numpy as np
import pandas as pd

from endobench.core.errors import InputError, NotAnswered
from endobench.genome.alleles import align_alternate
from endobench.loci.question import UNSTRANDED, track_keys

ALLELES = ("REF", "ALT")
# Of more tracks than these, the mean is drawn.
MOST_DRAWN = 3
# Of more bases than these, means of neighbours are drawn, or maxima of splice sites.
MOST_BINS = 8_192
# Room on either side of a gene, as a share of its length.
_ROOM = 0.03


def drawn_tracks(answer, row, question, window_start):
    """Return the tracks to draw from a model's answer about one variant.

    Parameters
    ----------
    answer : alphagenome.models.v1.dna_output.VariantOutput
    row : named tuple
        Row of `columns.VARIANTS`.
    question : LocusQuestion
    window_start : int
        First base of the sequence that the model saw, 0-based.

    Returns
    -------
    pandas.DataFrame
        In the columns of `columns.LOCUS_TRACKS`; ALT in REF coordinates, except for bins
        of several bases that the model gives. Of many bases, values are means, or the
        maxima of splice sites.

    Raises
    ------
    ValueError
        If the answer lacks the output.
    NotAnswered
        If a track has a value that is not finite.
    InputError
        If the answer lacks a track of the question.
    """
    names = question.tracks["track"].tolist()
    frames = []
    for allele, output in zip(
        ALLELES, (answer.reference, answer.alternate), strict=True
    ):
        data = output.get(question.output)
        if data is None:
            raise ValueError(f"the answer lacks the output {question.output.name}")
        places = question.places_in(data.metadata)
        if missing := [n for n, at in zip(names, places, strict=True) if at < 0]:
            raise InputError(
                f"{row.variant_id}: the answer lacks {len(missing)} tracks of the"
                f" model's metadata, such as {missing[0]!r}"
            )
        values = data.values[:, places].astype(np.float32)
        if not np.isfinite(values).all():
            raise NotAnswered("a track has values that are not finite")
        if allele == "ALT" and data.resolution == 1:
            values = align_tracks(values, row.pos - 1 - window_start, row.ref, row.alt)
        first, kept = _around(row, question, window_start, data.resolution, len(values))
        values, n_joined = _joined(values[kept], question.is_of_sites)
        resolution = data.resolution * n_joined
        strands = [key[1] for key in track_keys(data.metadata.iloc[places])]
        frames.append(_rows(row, allele, values, first, resolution, question, strands))
    return pd.concat(frames, ignore_index=True)


def align_tracks(values, anchor, ref, alt):
    """Bring the tracks of ALT to the coordinates and the length of REF.

    A model predicts the sequence that it reads, so that after an insertion or a deletion
    the bases of ALT are shifted against those of REF. (The service aligns scores of
    variants, but not tracks: github.com/google-deepmind/alphagenome, issue 23.)

    Parameters
    ----------
    values : numpy.ndarray of float32, shape (n_bases, n_tracks)
        Tracks of ALT, of a sequence that starts where that of REF does.
    anchor : int
        Index of the variant's first base, from 0.
    ref, alt : str

    Returns
    -------
    numpy.ndarray of float32, shape (n_bases, n_tracks)
        NaN at deleted bases, and where the sequence of ALT ends before that of REF.
        Inserted bases count by their largest value; see `alleles.align_alternate`.
    """
    n_bases = len(values)
    aligned = align_alternate(values, anchor, ref, alt).copy()
    if len(ref) > len(alt):
        aligned[anchor + len(alt) : anchor + len(ref)] = np.nan
    result = np.full_like(values, np.nan)
    result[: len(aligned)] = aligned[:n_bases]
    return result


def _around(row, question, start, resolution, n_bins):
    """Return the first base and the slice of bins that are drawn around a variant.

    A gene is drawn, too, as far as the window holds it.
    """
    width_bp, gene = question.width_bp, question.gene
    low = row.pos - 1 + len(row.ref) // 2 - width_bp // 2 - start
    low = min(max(low, 0), n_bins * resolution - width_bp)
    high = low + width_bp
    if gene is not None and gene.start is not None:
        room_bp = int(_ROOM * (gene.end - gene.start))
        low = max(min(low, gene.start - start - room_bp), 0)
        high = min(max(high, gene.end - start + room_bp), n_bins * resolution)
    first, last = low // resolution, -(-high // resolution)
    return start + first * resolution, slice(first, last)


def _joined(values, is_of_sites):
    """Join neighbouring bins, so that few are left; return also how many each joins.

    Bins are joined by their mean, and splice sites by their maximum, since a mean would
    hide them. What has a base that ALT lacks is no number.
    """
    n_joined = -(-len(values) // MOST_BINS)
    if n_joined == 1:
        return values, 1
    n_bins = len(values) // n_joined
    parts = values[: n_bins * n_joined].reshape(n_bins, n_joined, -1)
    if is_of_sites:
        return parts.max(axis=1), n_joined
    return parts.mean(axis=1, dtype=np.float64).astype(np.float32), n_joined


def _rows(row, allele, values, start, resolution, question, strands):
    """Return one row for each drawn track."""
    tracks = question.tracks
    biosamples = tracks["biosample"].tolist()
    names = [
        name if strand == UNSTRANDED else f"{name} ({strand} strand)"
        for name, strand in zip(tracks["track"], strands, strict=True)
    ]
    if len(names) > MOST_DRAWN:
        names = biosamples = [f"mean of {len(names)} tracks"]
        values = values.mean(axis=1, keepdims=True)
    return pd.DataFrame(
        {
            "variant_id": row.variant_id,
            "gene_id": None if question.gene is None else question.gene.gene_id,
            "allele": allele,
            "track": names,
            "biosample": biosamples,
            "chrom": row.chrom,
            "start": start,
            "resolution_bp": resolution,
            "values": list(values.T),
            "model": question.model,
        }
    )
