"""Gates on peaks: are they complete, on the variants' build, and really peaks?"""

from typing import NamedTuple

import numpy as np
from scipy.special import ndtr

from endobench.design.gates import gates_of
from endobench.gates.verdicts import Measured, not_checked, share_of, too_few

# Shifts are short enough to keep gene density, and long enough to leave the peak.
_DISTANCES_BP = np.linspace(10_000, 100_000, 10).astype(int)
SHIFTS_BP = np.concatenate([-_DISTANCES_BP[::-1], _DISTANCES_BP])
# Fewest variants expected in shifted peaks, and in peaks if spread evenly.
_MIN_EXPECTED = 5
_MIN_EVEN = 10
# Smallest enrichment that the counts must distinguish from none.
_MIN_ENRICHMENT = 1.25
_Z = 1.96
# A chromosome's log enrichment must reach this share of that of the others.
_LEAST = 0.5


class _Chromosome(NamedTuple):
    """Variants and merged peaks of a chromosome, sorted and 0-based.

    Attributes
    ----------
    pos : numpy.ndarray of int32
        Variants.
    start, end : numpy.ndarray of int
        Peaks, half-open.
    low, span_bp : int
        Start and length of the span that holds all variants and peaks.
    name : str
    """

    pos: np.ndarray
    start: np.ndarray
    end: np.ndarray
    low: int
    span_bp: int
    name: str = ""


class _Counts(NamedTuple):
    """Variants in peaks, by chromosome.

    Attributes
    ----------
    observed : numpy.ndarray of float, shape (n_chromosomes,)
    shifted : numpy.ndarray of float, shape (n_chromosomes, n_shifts)
        In peaks that are shifted by `SHIFTS_BP`.
    """

    observed: np.ndarray
    shifted: np.ndarray


def measure(variants, peaks):
    """Measure every gate of the stage "peaks".

    Parameters
    ----------
    variants : callable
        Takes the names of columns and returns the parts of the table of all variants
        that were read (`columns.VARIANTS`), as Arrow tables.
    peaks : pandas.DataFrame or None
        ``chrom, start, end``, 0-based half-open, on the variants' build.

    Returns
    -------
    dict of str to Measured
    """
    positions = _positions(variants)
    if peaks is None:
        n = sum(map(len, positions.values()))
        names = [gate.name for gate in gates_of("peaks")]
        return dict.fromkeys(names, not_checked(n, "no peaks are declared"))
    chromosomes = _by_chromosome(positions, peaks)
    counts = _Counts(
        np.array([_n_inside(each, 0) for each in chromosomes], dtype=float),
        np.array(
            [[_n_inside(each, by) for by in SHIFTS_BP] for each in chromosomes],
            dtype=float,
        ).reshape(len(chromosomes), len(SHIFTS_BP)),
    )
    n_observed = int(counts.observed.sum())
    return {
        "peak_chromosomes": peak_chromosomes(positions, peaks),
        "peak_enrichment": peak_enrichment(chromosomes, counts),
        "peak_density": peak_density(chromosomes, n_observed),
        "peak_coverage": peak_coverage(chromosomes),
        "peak_parts": peak_parts(chromosomes, counts),
    }


def peak_chromosomes(positions, peaks):
    """Measure the share of variants on chromosomes without any peak.

    Parameters
    ----------
    positions : dict of str to numpy.ndarray
        0-based positions of the variants, by chromosome.
    peaks : pandas.DataFrame
    """
    n = sum(map(len, positions.values()))
    if n == 0:
        return too_few(n, "variants", 1)
    known = set(peaks["chrom"].unique())
    without = {
        name: len(positions[name]) for name in sorted(positions) if name not in known
    }
    counts = ", ".join(f"{name} {count:,}" for name, count in without.items()) or "none"
    return share_of(
        sum(without.values()),
        n,
        f"variants are on chromosomes without peaks ({counts[:200]}), with peaks on"
        f" {len(known)} chromosomes such as {', '.join(sorted(known)[:3])}",
    )


def peak_enrichment(chromosomes, counts):
    """Measure variants in peaks over variants in peaks shifted by 10 to 100 kb.

    Peaks of another build lie elsewhere, and hold no more variants than shifted ones.

    Parameters
    ----------
    chromosomes : list of _Chromosome
    counts : _Counts

    Returns
    -------
    Measured
        Not checked if the counts cannot distinguish an enrichment of 1.25 from none.
    """
    n = sum(len(each.pos) for each in chromosomes)
    n_observed, shifted = int(counts.observed.sum()), counts.shifted.sum(axis=0)
    expected, n_shifts = np.mean(shifted), len(shifted)
    evidence = (
        f"{n_observed:,} of {n:,} variants in peaks, {expected:,.1f} expected from"
        f" {n_shifts} shifts of 10 to 100 kb"
    )
    if expected < _MIN_EXPECTED:
        return not_checked(n, f"{evidence}: too few to tell")
    # Variants in linkage fall into peaks together, so counts are overdispersed.
    dispersion = max(np.var(shifted, ddof=1) / expected, 1)
    ratio = n_observed / expected
    half = _Z * np.sqrt(dispersion * max(n_observed, 1)) / expected
    z = (n_observed - expected) / np.sqrt(dispersion * expected)
    evidence += (
        f", z {z:.1f}, ratio {ratio:.2f} [{max(ratio - half, 0):.2f},"
        f" {ratio + half:.2f}]"
    )
    if ratio - half <= 1 and ratio + half >= _MIN_ENRICHMENT:
        return not_checked(n, f"{evidence}: too few to tell")
    return Measured(ratio, n, evidence)


def peak_density(chromosomes, n_observed):
    """Measure the density of variants in peaks over that of the whole span.

    Parameters
    ----------
    chromosomes : list of _Chromosome
    n_observed : int
        Variants in peaks.

    Returns
    -------
    Measured
        Not checked if an even spread would put fewer than 10 variants in peaks.
    """
    n = sum(len(each.pos) for each in chromosomes)
    peaks_bp, span_bp = _lengths(chromosomes)
    expected = n * peaks_bp / span_bp if span_bp else 0
    if expected < _MIN_EVEN:
        return not_checked(
            n, f"{expected:.1f} of {n:,} variants expected in peaks: too few to tell"
        )
    return Measured(
        n_observed / expected,
        n,
        f"{n_observed:,} of {n:,} variants in peaks, {expected:,.1f} expected if spread"
        " evenly",
    )


def peak_coverage(chromosomes):
    """Measure the share of the span of variants and peaks that peaks cover.

    Parameters
    ----------
    chromosomes : list of _Chromosome
    """
    n = sum(len(each.start) for each in chromosomes)
    peaks_bp, span_bp = _lengths(chromosomes)
    if not span_bp:
        return not_checked(n, "no chromosome has both variants and peaks")
    return Measured(
        peaks_bp / span_bp,
        n,
        f"{n:,} merged peaks cover {peaks_bp:,} of {span_bp:,} bp",
    )


def peak_parts(chromosomes, counts):
    """Measure the smallest adjusted p value of a chromosome with too little enrichment.

    The logarithm of a chromosome's enrichment over shifted peaks is compared with half of
    that on all other chromosomes. Peaks of one chromosome on another build have none.

    Parameters
    ----------
    chromosomes : list of _Chromosome
    counts : _Counts

    Returns
    -------
    Measured
        Adjusted by Bonferroni. The variance allows for the overdispersion of the counts
        in shifted peaks.
    """
    n = sum(len(each.pos) for each in chromosomes)
    observed, shifted = counts
    expected = shifted.mean(axis=1)
    rows = []
    for place in np.flatnonzero(expected >= _MIN_EXPECTED):
        rest = observed.sum() - observed[place], shifted.sum(axis=0) - shifted[place]
        if rest[1].mean() >= _MIN_EXPECTED:
            part = observed[place], shifted[place]
            rows.append((place, *_compare_enrichment(part, rest)))
    if len(rows) < 2:
        return not_checked(
            n, "fewer than two chromosomes have enough variants in peaks"
        )
    place, p, ratio, of_rest = min(rows, key=lambda row: row[1])
    return Measured(
        min(p * len(rows), 1.0),
        n,
        f"the least enriched of {len(rows)} chromosomes is {chromosomes[place].name}:"
        f" {observed[place]:,.0f} variants in peaks, {expected[place]:,.1f} expected from"
        f" shifted peaks, ratio {ratio:.2f}, and {of_rest:.2f} on the others",
    )


def _compare_enrichment(part, rest):
    """Test that the log ratio of a part is at least half of that of the rest.

    Each is the count in peaks, and the counts in shifted peaks, shape (n_shifts,).

    Returns
    -------
    p, ratio, ratio_of_rest : float
    """
    logs, variances, ratios = [], [], []
    for observed, shifted in (part, rest):
        expected = shifted.mean()
        dispersion = max(np.var(shifted, ddof=1) / expected, 1)
        ratios.append(observed / expected)
        # Half a count avoids the logarithm of 0.
        logs.append(np.log((observed + 0.5) / (expected + 0.5)))
        variances.append(dispersion / (observed + 0.5) + dispersion / expected / 2)
    gap = _LEAST * max(logs[1], 0.0) - logs[0]
    z = gap / np.sqrt(variances[0] + _LEAST**2 * variances[1])
    return float(ndtr(-z)), *ratios


def _lengths(chromosomes):
    peaks_bp = sum(int((each.end - each.start).sum()) for each in chromosomes)
    return peaks_bp, sum(each.span_bp for each in chromosomes)


def _positions(variants):
    """Return the sorted 0-based positions of the variants on each chromosome."""
    found = {}
    for part in variants(["chrom", "pos"]):
        chrom = part["chrom"].unify_dictionaries().combine_chunks()
        # Half the memory of int64, and enough for any chromosome.
        pos = (part["pos"].to_numpy() - 1).astype(np.int32)
        names, codes = chrom.dictionary.to_pylist(), chrom.indices.to_numpy()
        for code in np.flatnonzero(np.bincount(codes)):
            found.setdefault(names[code], []).append(pos[codes == code])
    for name, parts in found.items():
        found[name] = np.concatenate(parts)
        found[name].sort()
    return found


def _by_chromosome(positions, peaks):
    result = []
    for name, rows in peaks.groupby("chrom", observed=True):
        if name not in positions:
            continue
        pos, (start, end) = positions[name], _merged(rows)
        low = min(int(pos[0]), int(start[0]))
        high = max(int(pos[-1]) + 1, int(end[-1]))
        result.append(_Chromosome(pos, start, end, low, high - low, str(name)))
    return result


def _merged(intervals):
    rows = intervals.sort_values("start", kind="stable")
    start = rows["start"].to_numpy()
    end = np.maximum.accumulate(rows["end"].to_numpy())
    first = np.flatnonzero(np.r_[True, start[1:] > end[:-1]])
    return start[first], end[np.r_[first[1:] - 1, len(end) - 1]]


def _n_inside(chromosome, shift_bp):
    """Count the variants in shifted peaks, which wrap around the ends of the span."""
    pos, start, end, low, span_bp, _ = chromosome

    def n_before(edges):
        # Each turn around the span passes all variants once more.
        turns, rest = np.divmod(edges + shift_bp - low, span_bp)
        within = np.minimum(low + rest, int(pos[-1]) + 1).astype(pos.dtype)
        return len(pos) * turns.sum() + np.searchsorted(pos, within).sum()

    return int(n_before(end) - n_before(start))
