"""The tracks of both alleles around a variant: what is asked for, and what is drawn."""

import hashlib
import json

import numpy as np
import pandas as pd

from endobench.core.errors import InputError, NotAnswered
from endobench.design.protocol import LEAST_SENT_BP
from endobench.genome.alleles import align_alternate
from endobench.model.alphagenome_client import dna_client

ALLELES = ("REF", "ALT")
# More tracks than these become one, their mean.
MOST_DRAWN = 3


class LocusQuestion:
    """What is asked about a variant whose tracks are drawn.

    Parameters
    ----------
    tracks : pandas.DataFrame
        The tracks that are drawn, in the columns of `columns.TRACKS`; of one output. Of
        more than `MOST_DRAWN` the mean is.
    output : str
        Name of a `dna_client.OutputType`, "DNASE".
    window_bp : int
        Length of the sequence that the model sees; a shorter one than the client takes
        is the shortest that it takes.
    width_bp : int
        How much is kept around the variant.
    organism : dna_client.Organism
    is_all : bool
        Whether these are all tracks of the output, so that no ontology term is sent.
    """

    def __init__(self, tracks, output, window_bp, width_bp, organism, is_all=False):
        self.tracks = tracks[tracks["output"] == output]
        self.output = dna_client.OutputType[output]
        self.window_bp = max(window_bp, LEAST_SENT_BP)
        self.width_bp = min(width_bp, self.window_bp)
        self.organism = organism
        curies = self.tracks["ontology_curie"].dropna().unique().tolist()
        # A track without a term cannot be asked for by one.
        has_all_terms = self.tracks["ontology_curie"].notna().all()
        self.terms = None if is_all or not has_all_terms else curies

    @property
    def model(self):
        """The model that is asked, as in every table."""
        return str(self.tracks["model"].iloc[0])

    def digest(self, variant_id):
        """Return what this question about a variant is remembered under."""
        names = self.tracks["track"].tolist()
        text = [variant_id, self.output.name, self.window_bp, self.width_bp, names]
        return hashlib.sha256(json.dumps(text).encode()).hexdigest()[:32]


def drawn_tracks(answer, row, question, window_start):
    """Return what is drawn of a model's answer about one variant.

    Parameters
    ----------
    answer : alphagenome.models.v1.dna_output.VariantOutput
    row : named tuple
        Row of `columns.VARIANTS`.
    question : LocusQuestion
    window_start : int
        First base of the sequence that the model saw.

    Returns
    -------
    pandas.DataFrame
        In the columns of `columns.LOCUS_TRACKS`; ALT in REF's coordinates, but for bins
        of several bases.

    Raises
    ------
    ValueError
        If the answer does not hold the output.
    NotAnswered
        If a track holds what is no finite number.
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
            raise ValueError(f"the answer holds no {question.output.name}")
        there = data.metadata["name"].tolist()
        if missing := [name for name in names if name not in there]:
            raise InputError(
                f"{row.variant_id}: the answer lacks {len(missing)} tracks of the"
                f" model's metadata, such as {missing[0]!r}"
            )
        values = data.values[:, [there.index(name) for name in names]]
        values = values.astype(np.float32)
        if not np.isfinite(values).all():
            raise NotAnswered("a track holds what is no finite number")
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
    """Bring ALT's tracks to the coordinates and the length of REF's.

    A model predicts what it reads, so that behind an insertion or a deletion ALT's
    bases stand beside others of REF. (Scores of variants are aligned by the service,
    tracks are not: github.com/google-deepmind/alphagenome, issue 23.)

    Parameters
    ----------
    values : numpy.ndarray of float32, shape (n_bases, n_tracks)
        ALT's, of a sequence that begins where REF's does.
    anchor : int
        Place of the variant's first base, from 0.
    ref, alt : str

    Returns
    -------
    numpy.ndarray of float32, shape (n_bases, n_tracks)
        Missing at deleted bases, and where ALT's sequence ends before REF's does. Of
        inserted bases the largest value counts, see `alleles.align_alternate`.
    """
    n_bases = len(values)
    aligned = align_alternate(values, anchor, ref, alt).copy()
    if len(ref) > len(alt):
        aligned[anchor + len(alt) : anchor + len(ref)] = np.nan
    result = np.full_like(values, np.nan)
    result[: len(aligned)] = aligned[:n_bases]
    return result


def _around(row, width_bp, start, resolution, n_bins):
    """Return the first base and the bins of what is drawn around a variant."""
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
