"""Divisions of a benchmark's pairs into parts that should agree with each other.

A division is one entry of `DIVISIONS`. A part is written as in "chromosome: chr3".
"""

import difflib
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from endobench.benchmark.source_order import is_ranked
from endobench.benchmark.strata import bounds_of_thirds
from endobench.core.errors import InputError
from endobench.genome.gene_ids import genes_of, tissues_of, without_tissue

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
    codes_of : callable
        Takes a frame from `described`, and returns the code of each pair's part, -1 for
        none, and the names of the parts.
    is_removable : bool
        Whether a dataset may leave out its parts. Otherwise the choice would depend on
        the effects or the scores, or on another table.
    """

    name: str
    least: float
    codes_of: object
    is_removable: bool = True

    def labels_of(self, frame):
        """Return the part of each pair of a frame from `described`, None for none."""
        codes, names = self.codes_of(frame)
        # The code of no part selects the last name.
        return np.array([*names, None], dtype=object)[codes]


def _column(name):
    def codes_of(frame):
        return pd.factorize(frame[name])

    return codes_of


def _region(frame):
    """Cut each chromosome into up to four regions with equal numbers of pairs."""
    code, chroms = pd.factorize(frame["chrom"])
    pos = frame["pos"].to_numpy()
    codes, names = np.full(len(frame), -1), []
    for place, chrom in enumerate(chroms):
        here = np.flatnonzero(code == place)
        for rows in _runs(pos[here]):
            run = pos[here[rows]]
            codes[here[rows]] = len(names)
            names.append(f"{chrom}:{run.min()}-{run.max()}")
    return codes, names


def _lines(frame):
    """Cut the source into up to four runs of lines with equal numbers of pairs.

    Lines in order of the evidence, or of tissues, differ by more than their place in the
    file.
    """
    if frame["is_ranked"].any() or len(frame["tissue"].dropna().unique()) > 1:
        return np.full(len(frame), -1), []
    line = frame["source_line"]
    here = np.flatnonzero(line.notna())
    lines = line.to_numpy()[here].astype(int)
    codes, names = np.full(len(frame), -1), []
    for rows in _runs(lines):
        run = lines[rows]
        codes[here[rows]] = len(names)
        names.append(f"lines {run.min()} to {run.max()}")
    return codes, names


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
    ref_bp, alt_bp = (frame[name].to_numpy() for name in ("ref_bp", "alt_bp"))
    names = ["SNV", "deletion", "insertion", "substitution of several bases"]
    is_base = (ref_bp == 1) & (alt_bp == 1)
    return np.select([is_base, ref_bp > alt_bp, ref_bp < alt_bp], [0, 1, 2], 3), names


def _substitution(frame):
    codes = np.full(len(frame), -1)
    here = np.flatnonzero((frame["ref_bp"] == 1) & (frame["alt_bp"] == 1))
    codes[here], names = pd.factorize(frame["change"].to_numpy()[here])
    return codes, names


def _palindrome(frame):
    codes, names = _substitution(frame)
    is_palindrome = np.array([each in _PALINDROMES for each in names] + [False])
    return _either(is_palindrome[codes], "A/T and C/G", "other SNVs", codes >= 0)


def _order(frame):
    return _either(frame["is_ref_first"], "REF before ALT", "ALT before REF")


def _minor_allele(frame):
    af = _floats(frame, "af")
    return _either(af <= 0.5, "ALT", "REF", ~np.isnan(af))


def _strand(frame):
    strand = frame["strand"].to_numpy()
    return np.select([strand == "+", strand == "-"], [0, 1], -1), ["+", "-"]


def _tissue(frame):
    """Divide the pairs of a table that names tissues with its genes."""
    return pd.factorize(frame["tissue"].to_numpy(object))


def _side(frame):
    distance = _floats(frame, "distance")
    is_known = ~np.isnan(distance) & (distance != 0)
    return _either(distance > 0, "positive", "negative", is_known)


def _distance(frame):
    size = _floats(frame, "distance_size")
    near, far = (f"{word} {_NEAR_BP // 1000} kb" for word in ("within", "beyond"))
    return _either(size <= _NEAR_BP, near, far, ~np.isnan(size))


def _route(frame):
    return pd.factorize(frame["route"].to_numpy(object))


def _window(frame):
    shift = _floats(frame, "shift_bp")
    return _either((shift == 0) | np.isnan(shift), "centred", "moved")


def _maf(frame):
    maf = _floats(frame, "maf")
    n_bins = round(_HIGHEST_MAF / _MAF_STEP)
    # A frequency is a fraction, which may be a rounding error below an edge.
    place = np.floor(maf.round(9) / _MAF_STEP + 1e-9).clip(0, n_bins - 1)
    names = [
        f"{_MAF_STEP * each:.2g} to {_MAF_STEP * (each + 1):.2g}"
        for each in range(n_bins)
    ]
    return np.where(np.isnan(maf), -1, place).astype(int), names


def _indel(frame):
    """Cut indels by the number of bases that they add or remove."""
    change = np.abs(frame["ref_bp"].to_numpy() - frame["alt_bp"].to_numpy())
    names = ["1 bp", f"2 to {_LONG_BP} bp", f"more than {_LONG_BP} bp"]
    return np.select([change == 1, change > _LONG_BP, change > 1], [0, 2, 1], -1), names


def _yes_or_no(name, yes, no):
    def codes_of(frame):
        is_yes = frame[name].astype("boolean")
        is_known = is_yes.notna().to_numpy()
        return _either(is_yes.fillna(False).to_numpy(bool), yes, no, is_known)

    return codes_of


def _thirds(name):
    names = ["smallest third", "middle third", "largest third"]

    def codes_of(frame):
        size = frame[name].to_numpy(dtype=float)
        is_known = ~np.isnan(size)
        low, high = bounds_of_thirds(size[is_known]) if is_known.any() else (0, 0)
        return np.select([~is_known, size <= low, size > high], [-1, 0, 2], 1), names

    return codes_of


def _floats(frame, name):
    return frame[name].to_numpy(dtype=float, na_value=np.nan)


def _either(is_first, first, second, is_known=True):
    return np.where(is_known, np.where(is_first, 0, 1), -1), [first, second]


# The alleles, the strand and the source of a variant hardly change how well a model
# predicts it. Indels, rare variants and distant ones may be harder to predict.
DIVISIONS = (
    Division("chromosome", 0.75, _column("chrom")),
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
    # Tissues of few donors agree less, but not by this much.
    Division("tissue", 0.25, _tissue),
    Division("sign of the distance", 0.5, _side),
    Division("distance", 0.0, _distance),
    Division("size of the distance", 0.0, _thirds("distance_size")),
    Division(
        "lead variant of the source",
        0.0,
        _yes_or_no("is_source_lead", "leads", "others"),
    ),
    Division("peak", 0.0, _yes_or_no("in_peak", "inside", "outside")),
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
        ``chrom, pos`` of the variant, its ``change`` as in "A>G", the lengths ``ref_bp``
        and ``alt_bp``, ``is_ref_first`` in alphabetical order, ``strand`` of the gene,
        ``tissue``, ``effect_size``, ``score_size``, ``distance_size``, the columns `_READ`
        of the pair, and for all pairs whether their lines are in order of a number
        (``is_ranked``, see `source_order.is_ranked`).
    """
    ids = pa.array(pairs["variant_id"].astype(object), pa.string()).dictionary_encode()
    # The name of a chromosome may contain the separator.
    parts = pc.extract_regex(
        ids.dictionary,
        "^(?P<chrom>.+)_(?P<pos>[0-9]+)_(?P<ref>[A-Z]+)_(?P<alt>[A-Z]+)(?:_[a-z0-9]+)?$",
    )
    chrom, pos, ref, alt = (
        pc.struct_field(parts, name) for name in ("chrom", "pos", "ref", "alt")
    )
    of_variants = {
        "chrom": chrom,
        "pos": pos.cast(pa.int64()),
        "change": pc.binary_join_element_wise(ref, alt, ">"),
        "ref_bp": pc.utf8_length(ref),
        "alt_bp": pc.utf8_length(alt),
        "is_ref_first": pc.less(ref, alt),
    }
    place = ids.indices.to_numpy()
    read = {
        name: values.to_numpy(zero_copy_only=False)[place]
        for name, values in of_variants.items()
    }
    for name in _READ:
        read[name] = pairs[name].to_numpy() if name in pairs else np.nan
    read["effect_size"] = np.abs(pairs["effect"].to_numpy(dtype=float) - null)
    read["score_size"] = np.abs(pairs["raw"].to_numpy(dtype=float))
    read["tissue"] = tissues_of(pairs["feature_id"])
    read["strand"] = None
    if strands is not None:
        code, features = pd.factorize(pairs["feature_id"])
        found = pd.Series(genes_of(without_tissue(features)), dtype=object).map(strands)
        # The code of a missing feature is -1, which selects the last element.
        found = [*found.where(found.notna(), None), None]
        read["strand"] = np.array(found, dtype=object)[code]
    frame = pd.DataFrame(read)
    frame["distance_size"] = np.abs(_floats(frame, "distance"))
    return frame.assign(is_ranked=is_ranked(pairs))


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
        """Return the codes of the pairs from 0, -1 for none, and the names of the parts.

        Every part has a pair.
        """
        if division.name not in self._found:
            self._found[division.name] = _without_empty(*division.codes_of(self._frame))
        return self._found[division.name]


def _without_empty(codes, names):
    counts = np.bincount(codes + 1, minlength=len(names) + 1)[1:]
    used = np.flatnonzero(counts)
    if len(used) == len(names):
        return codes, names
    places = np.full(len(names) + 1, -1)
    places[used] = np.arange(len(used))
    return places[codes], [names[each] for each in used]


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
        found = sorted({each for each in labels if each is not None})
        if label not in found:
            nearest = difflib.get_close_matches(label, found, n=5, cutoff=0) or found
            raise InputError(
                f"{where}: {name} has no part {label!r}; the nearest are"
                f" {', '.join(map(repr, nearest))}"
            )
        is_chosen = (labels == label) & result.isna().to_numpy()
        result[is_chosen] = part
    return result
