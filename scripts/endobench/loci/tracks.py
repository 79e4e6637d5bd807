"""Tracks of both alleles around a variant: what is requested, and what is drawn."""

import copy
import hashlib
import json

import numpy as np
import pandas as pd

from endobench.core.errors import InputError, NotAnswered
from endobench.design.protocol import LEAST_SENT_BP
from endobench.genome.alleles import align_alternate
from endobench.model.alphagenome_client import dna_client

ALLELES = ("REF", "ALT")
# Of more tracks than these, the mean is drawn.
MOST_DRAWN = 3


class LocusQuestion:
    """The request for the tracks of a variant.

    Parameters
    ----------
    tracks : pandas.DataFrame
        The tracks to draw, in the columns of `columns.TRACKS`; those of other outputs
        are ignored.
    output : str
        Name of a `dna_client.OutputType`, such as "DNASE".
    window_bp : int
        Length of the sequence that the model sees, raised to the shortest one that the
        client accepts.
    width_bp : int
        Length that is kept around the variant.
    organism : dna_client.Organism
    is_all : bool
        Whether these are all tracks of the output, so that no ontology term is sent.
    scorer : str, optional
        The scorer of the variants' known scores; see `answers.check_score`.
    """

    def __init__(
        self, tracks, output, window_bp, width_bp, organism, is_all=False, scorer=None
    ):
        self.scorer = scorer
        self.tracks = tracks[tracks["output"] == output]
        self.output = dna_client.OutputType[output]
        self.window_bp = max(window_bp, LEAST_SENT_BP)
        self.width_bp = min(width_bp, self.window_bp)
        self.organism = organism
        curies = self.tracks["ontology_curie"].dropna().unique().tolist()
        # A track without a term cannot be requested by a term.
        has_all_terms = self.tracks["ontology_curie"].notna().all()
        self.terms = None if is_all or not has_all_terms else curies

    def without(self, names):
        """Return the question without some tracks."""
        other = copy.copy(self)
        other.tracks = self.tracks[~self.tracks["track"].isin(names)]
        return other

    @property
    def model(self):
        """Name of the model, as in every table."""
        return str(self.tracks["model"].iloc[0])

    def digest(self, variant_id):
        """Return the digest under which this question about a variant is remembered."""
        names = self.tracks["track"].tolist()
        text = [variant_id, self.output.name, self.window_bp, self.width_bp, names]
        return hashlib.sha256(json.dumps(text).encode()).hexdigest()[:32]


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
        of several bases.

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
        there = data.metadata["name"].tolist()
        if missing := [name for name in names if name not in there]:
            raise InputError(
                f"{row.variant_id}: the answer lacks {len(missing)} tracks of the"
                f" model's metadata, such as {missing[0]!r}"
            )
        values = data.values[:, [there.index(name) for name in names]]
        values = values.astype(np.float32)
        if not np.isfinite(values).all():
            raise NotAnswered("a track has values that are not finite")
        if allele == "ALT" and data.resolution == 1:
            values = align_tracks(values, row.pos - 1 - window_start, row.ref, row.alt)
        first, kept = _around(
            row, question.width_bp, window_start, data.resolution, len(values)
        )
        frames.append(
            _rows(row, allele, values[kept], first, data.resolution, question)
        )
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


def _around(row, width_bp, start, resolution, n_bins):
    """Return the first base and the slice of bins that are drawn around a variant."""
    low = row.pos - 1 + len(row.ref) // 2 - width_bp // 2 - start
    low = min(max(low, 0), n_bins * resolution - width_bp)
    first, last = low // resolution, -(-(low + width_bp) // resolution)
    return start + first * resolution, slice(first, last)


def _rows(row, allele, values, start, resolution, question):
    """Return one row for each drawn track."""
    tracks = question.tracks
    names, biosamples = tracks["track"].tolist(), tracks["biosample"].tolist()
    if len(names) > MOST_DRAWN:
        names = biosamples = [f"mean of {len(names)} tracks"]
        values = values.mean(axis=1, keepdims=True)
    return pd.DataFrame(
        {
            "variant_id": row.variant_id,
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
