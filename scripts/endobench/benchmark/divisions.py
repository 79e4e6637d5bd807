"""Divisions of a benchmark's pairs into parts that should agree with each other.

A division is one entry of `DIVISIONS`. A part is written as in "chromosome: chr3".
"""

import difflib
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from endobench.core.errors import InputError
from endobench.genome.gene_ids import genes_of, without_tissue

_PALINDROMES = ("A>T", "T>A", "C>G", "G>C")
_NEAR_BP = 100_000
# Regions of a chromosome and runs of rows hold at least this many pairs.
_MIN_RUN = 100
_MOST_RUNS = 4
_READ = (
    "maf",
    "af",
    "distance",
    "in_peak",
    "route",
    "shift_bp",
    "source_line",
    "is_source_lead",
)
# Narrow bins, so that a fault in some of them is not diluted.
_MAF_STEP, _HIGHEST_MAF = 0.05, 0.5
_LONG_BP = 5


class Division(NamedTuple):
    """A way to divide pairs into parts.

    Attributes
    ----------
    name : str
        Begins the names of its parts, as in "chromosome: chr3".
    least : float
        A part disagrees with the rest if its agreement is below this share of that of the
        rest. The share is smaller where agreement may well differ; with 0, only agreement
        of the opposite sign is a fault.
    labels_of : callable
        Takes a frame from `described`, and returns the part of each pair or missing
        values.
    is_removable : bool
        Whether a dataset may leave out its parts. Otherwise the choice would depend on
        the effects or the scores, or on another table.
    """

    name: str
    least: float
    labels_of: object
    is_removable: bool = True


def _chromosome(frame):
    return frame["chrom"]


def _region(frame):
    """Cut each chromosome into up to four regions with equal numbers of pairs."""
    labels = np.full(len(frame), None, dtype=object)
    code, chroms = pd.factorize(frame["chrom"])
    pos = frame["pos"].to_numpy()
    for place, chrom in enumerate(chroms):
        here = np.flatnonzero(code == place)
        for rows in _runs(pos[here]):
            run = pos[here[rows]]
            labels[here[rows]] = f"{chrom}:{run.min()}-{run.max()}"
    return pd.Series(labels, index=frame.index)


def _lines(frame):
    """Cut the source into up to four runs of lines with equal numbers of pairs."""
    labels = np.full(len(frame), None, dtype=object)
    here = np.flatnonzero(frame["source_line"].notna())
    lines = frame["source_line"].to_numpy()[here].astype(int)
    for rows in _runs(lines):
        run = lines[rows]
        labels[here[rows]] = f"lines {run.min()} to {run.max()}"
    return pd.Series(labels, index=frame.index)


def _runs(values):
    """Return the places of the values of up to four runs; none for one run."""
    n_runs = min(len(values) // _MIN_RUN, _MOST_RUNS)
    if n_runs < 2:
        return []
    n_below = np.searchsorted(np.sort(values), values)
    run = n_below * n_runs // len(values)
    runs = [np.flatnonzero(run == each) for each in range(n_runs)]
    return [rows for rows in runs if len(rows)]


def _kind(frame):
    ref_bp, alt_bp = frame["ref"].str.len(), frame["alt"].str.len()
    kind = pd.Series("substitution of several bases", index=frame.index, dtype=object)
    kind[(ref_bp == 1) & (alt_bp == 1)] = "SNV"
    kind[ref_bp > alt_bp] = "deletion"
    kind[ref_bp < alt_bp] = "insertion"
    return kind


def _substitution(frame):
    change = frame["ref"] + ">" + frame["alt"]
    return change.where(change.str.len() == 3)


def _palindrome(frame):
    change = _substitution(frame)
    is_palindrome = change.isin(_PALINDROMES)
    return _either(is_palindrome, "A/T and C/G", "other SNVs", change.notna())


def _order(frame):
    is_first = frame["ref"] < frame["alt"]
    return _either(is_first, "REF before ALT", "ALT before REF")


def _minor_allele(frame):
    af = frame["af"].astype(float)
    return _either(af <= 0.5, "ALT", "REF", af.notna())


def _strand(frame):
    return frame["strand"].where(frame["strand"].isin(["+", "-"]))


def _side(frame):
    distance = frame["distance"].astype(float)
    is_known = distance.notna() & (distance != 0)
    return _either(distance > 0, "positive", "negative", is_known)


def _distance(frame):
    size = frame["distance"].astype(float).abs()
    near, far = (f"{word} {_NEAR_BP // 1000} kb" for word in ("within", "beyond"))
    return _either(size <= _NEAR_BP, near, far, size.notna())


def _peak(frame):
    in_peak = frame["in_peak"].astype("boolean")
    return _either(in_peak.fillna(False), "inside", "outside", in_peak.notna())


def _route(frame):
    return frame["route"].astype(object)


def _window(frame):
    return _either(frame["shift_bp"].fillna(0) == 0, "centred", "moved")


def _maf(frame):
    maf = frame["maf"].astype(float)
    n_bins = round(_HIGHEST_MAF / _MAF_STEP)
    # A frequency is a fraction, which may be a rounding error below an edge.
    place = np.floor(maf.round(9) / _MAF_STEP + 1e-9).clip(0, n_bins - 1)
    names = [
        f"{_MAF_STEP * each:.2g} to {_MAF_STEP * (each + 1):.2g}"
        for each in range(n_bins)
    ]
    return place.map(dict(enumerate(names))).astype(object)


def _indel(frame):
    """Cut indels by the number of bases that they add or remove."""
    change = (frame["ref"].str.len() - frame["alt"].str.len()).abs()
    labels = pd.Series(None, index=frame.index, dtype=object)
    labels[change == 1] = "1 bp"
    labels[(change > 1) & (change <= _LONG_BP)] = f"2 to {_LONG_BP} bp"
    labels[change > _LONG_BP] = f"more than {_LONG_BP} bp"
    return labels


def _lead(frame):
    is_lead = frame["is_source_lead"].astype("boolean")
    return _either(is_lead.fillna(False), "leads", "others", is_lead.notna())


def _thirds(name):
    def labels_of(frame):
        size = frame[name]
        low, high = size.quantile([1 / 3, 2 / 3])
        labels = pd.Series("middle third", index=frame.index, dtype=object)
        labels[size <= low] = "smallest third"
        labels[size > high] = "largest third"
        return labels.where(size.notna())

    return labels_of


def _either(is_first, first, second, is_known=None):
    labels = pd.Series(np.where(is_first, first, second), index=is_first.index)
    labels = labels.astype(object)
    return labels if is_known is None else labels.where(is_known)


# The alleles, the strand and the source of a variant hardly change how well a model
# predicts it. Indels, rare variants and distant ones may be harder to predict.
DIVISIONS = (
    Division("chromosome", 0.75, _chromosome),
    Division("region", 0.5, _region),
    Division("lines of the table", 0.25, _lines),
    Division("kind of variant", 0.5, _kind),
    Division("length of the indel", 0.25, _indel),
    Division("substitution", 0.5, _substitution),
    Division("palindromic alleles", 0.75, _palindrome),
    Division("order of the alleles", 0.75, _order),
    Division("minor allele", 0.75, _minor_allele),
    Division("minor allele frequency", 0.25, _maf),
    Division("strand of the gene", 0.75, _strand, is_removable=False),
    Division("sign of the distance", 0.5, _side),
    Division("distance", 0.0, _distance),
    Division("size of the distance", 0.0, _thirds("distance_size")),
    Division("lead variant of the source", 0.0, _lead),
    Division("peak", 0.0, _peak),
    Division("route", 0.75, _route),
    Division("window", 0.5, _window),
    Division("size of the effect", 0.0, _thirds("effect_size"), is_removable=False),
    Division("size of the score", 0.0, _thirds("score_size"), is_removable=False),
)
REMOVABLE = tuple(each.name for each in DIVISIONS if each.is_removable)


def described(pairs, strands=None, null=0.0):
    """Return what divisions read about each pair.

    Parameters
    ----------
    pairs : pandas.DataFrame
        In the columns of `columns.PAIRS`.
    strands : pandas.Series of str, optional
        Strand of each gene, by its id without the version.
    null : float, default 0
        Value of no effect.

    Returns
    -------
    pandas.DataFrame
        ``chrom, pos, ref, alt`` of the variant, ``strand`` of the gene, ``effect_size``,
        ``score_size``, ``distance_size``, and the columns `_READ` of the pair.
    """
    ids = pa.array(pairs["variant_id"].astype(object), pa.string())
    # The name of a chromosome may contain the separator.
    parts = pc.extract_regex(
        ids,
        "^(?P<chrom>.+)_(?P<pos>[0-9]+)_(?P<ref>[A-Z]+)_(?P<alt>[A-Z]+)(?:_[a-z0-9]+)?$",
    )
    read = {
        name: pc.struct_field(parts, name).to_pandas()
        for name in ("chrom", "pos", "ref", "alt")
    }
    read["pos"] = pd.to_numeric(read["pos"])
    for name in _READ:
        read[name] = pairs[name].to_numpy() if name in pairs else np.nan
    read["effect_size"] = np.abs(pairs["effect"].to_numpy(dtype=float) - null)
    read["score_size"] = np.abs(pairs["raw"].to_numpy(dtype=float))
    read["strand"] = None
    if strands is not None:
        code, features = pd.factorize(pairs["feature_id"])
        found = pd.Series(genes_of(without_tissue(features)), dtype=object).map(strands)
        # The code of a missing feature is -1, which selects the last element.
        found = [*found.where(found.notna(), None), None]
        read["strand"] = np.array(found, dtype=object)[code]
    frame = pd.DataFrame(read)
    frame["distance_size"] = frame["distance"].astype(float).abs()
    return frame


class Labels:
    """The part of each pair in every division, computed once for all that ask.

    Parameters
    ----------
    pairs, strands, null
        See `described`.
    """

    def __init__(self, pairs, strands=None, null=0.0):
        self._frame = described(pairs, strands, null)
        self._found = {}

    def __getitem__(self, division):
        """Return the codes of the pairs from 0, -1 for none, and the names of the parts."""
        if division.name not in self._found:
            labels = division.labels_of(self._frame).to_numpy(object)
            self._found[division.name] = pd.factorize(labels)
        return self._found[division.name]


def left_out(pairs, parts, where=""):
    """Return which pairs a dataset leaves out.

    Parameters
    ----------
    pairs : pandas.DataFrame
        In the columns of `columns.PAIRS`.
    parts : iterable of str
        As in "chromosome: chr3", of divisions in `REMOVABLE`.
    where : str
        Begins the messages, as in "leave_out of dataset demo".

    Returns
    -------
    pandas.Series of str
        The first of the parts that a pair belongs to, else missing.

    Raises
    ------
    InputError
        If a division is unknown or has no such part.
    """
    result = pd.Series(None, index=pairs.index, dtype=object)
    if not parts:
        return result
    frame = described(pairs)
    divisions = {each.name: each for each in DIVISIONS if each.is_removable}
    for part in parts:
        name, _, label = part.partition(": ")
        if name not in divisions:
            raise InputError(
                f"{where}: {part!r} names no division; expected 'DIVISION: PART' with one"
                f" of {', '.join(divisions)}"
            )
        labels = divisions[name].labels_of(frame)
        found = sorted(labels.dropna().unique())
        if label not in found:
            nearest = difflib.get_close_matches(label, found, n=5, cutoff=0) or found
            raise InputError(
                f"{where}: {name} has no part {label!r}; the nearest are"
                f" {', '.join(map(repr, nearest))}"
            )
        is_chosen = (labels == label).to_numpy() & result.isna().to_numpy()
        result[is_chosen] = part
    return result
