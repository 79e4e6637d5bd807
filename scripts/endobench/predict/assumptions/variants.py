"""The variants that a check asks about, each of which has a property of its own."""

from typing import NamedTuple

import numpy as np

from endobench.design.routes import ATLAS_WINDOW_BP
from endobench.design.scorers import LEAST_GENE_WINDOW_BP
from endobench.genome.reference import centred_windows

_CHR1_BP = 248_956_422


class Variant(NamedTuple):
    """A variant of chr1 in GRCh38, and the window in which it is scored.

    Attributes
    ----------
    variant_id, chrom : str
    pos : int
        1-based.
    ref, alt : str
    window_start, window_end : int
        0-based half-open.
    """

    variant_id: str
    chrom: str
    pos: int
    ref: str
    alt: str
    window_start: int
    window_end: int


def _variant(pos, ref, alt, window_bp=16_384):
    [start], _ = centred_windows(
        np.array([pos]), np.array([len(ref)]), window_bp, _CHR1_BP
    )
    name = f"chr1_{pos}_{ref}_{alt}_b38"
    return Variant(name, "chr1", pos, ref, alt, int(start), int(start) + window_bp)


# Bases of GRCh38: G at 965,125; A at 949,046; G at 257,700, 34 bp behind a gap of N that
# fills half of the window; G at 10,583, where the chromosome's first 10,000 bp are N.
SUBSTITUTION = _variant(965_125, "G", "C")
WIDE = _variant(965_125, "G", "C", ATLAS_WINDOW_BP)
NARROW = _variant(965_125, "G", "C", LEAST_GENE_WINDOW_BP)
WRONG_REF = _variant(965_125, "T", "C")
INSERTION = _variant(949_046, "A", "AACAGCAAAG")
N_RICH = _variant(257_700, "G", "A")
AT_END = _variant(10_583, "G", "A", 131_072)
