"""Gates on peaks: are they of the variants' build, whole, and of the expected kind?"""

from typing import NamedTuple

import numpy as np

from endobench.gates.verdicts import Measured, not_checked, too_few

# Near enough that gene density is the same, far enough to leave the peak.
_DISTANCES_BP = np.linspace(10_000, 100_000, 10).astype(int)
SHIFTS_BP = np.concatenate([-_DISTANCES_BP[::-1], _DISTANCES_BP])
_MIN_EXPECTED = 5
_MIN_EVEN = 10
# Least enrichment that has to be told from none.
_TELLING = 1.25
_Z = 1.96


class _Chromosome(NamedTuple):
    """Variants and merged peaks of a chromosome, sorted, and the span of both.

    All are 0-based.
    """

    pos: np.ndarray
    start: np.ndarray
    end: np.ndarray
    low: int
    span_bp: int


def measure(variants, peaks):
    """Measure every gate of the stage "peaks".

    Parameters
    ----------
    variants : callable
        Returns, when it is called with names of columns, the parts of the table of all
        variants that were read (`columns.VARIANTS`), as Arrow tables.
    peaks : pandas.DataFrame or None
        ``chrom, start, end``, 0-based half-open, on the variants' build.

    Returns
    -------
    dict of str to gates.Measured
    """
    names = ("peak_chromosomes", "peak_enrichment", "peak_density", "peak_coverage")
    positions = _positions(variants)
    if peaks is None:
        n = sum(map(len, positions.values()))
        return dict.fromkeys(names, not_checked(n, "no peaks are declared"))
    chromosomes = _by_chromosome(positions, peaks)
    n_observed = sum(_n_inside(each, 0) for each in chromosomes)
    values = (
        chromosome_share(positions, peaks),
        enrichment(chromosomes, n_observed),
        density(chromosomes, n_observed),
        coverage(chromosomes),
    )
    return dict(zip(names, values, strict=True))


def chromosome_share(positions, peaks):
    """Measure the share of variants on chromosomes without any peak.

    Parameters
    ----------
    positions : dict of str to numpy.ndarray
        0-based, of the variants, by chromosome.
    peaks : pandas.DataFrame
    """
    n = sum(map(len, positions.values()))
    if n == 0:
        return too_few(n, "variants", 1)
    known = set(peaks["chrom"].unique())
    without = {
        name: len(positions[name]) for name in sorted(positions) if name not in known
    }
    told = ", ".join(f"{name} {count:,}" for name, count in without.items()) or "none"
    return Measured(
        sum(without.values()) / n,
        n,
        f"variants on chromosomes without peaks: {told[:200]}; {len(known)} chromosomes"
        f" have peaks, such as {', '.join(sorted(known)[:3])}",
    )


def enrichment(chromosomes, n_observed):
    """Measure variants in peaks over those in peaks that are shifted by a little.

    Peaks of another build lie elsewhere, and hold no more than shifted ones do.

    Parameters
    ----------
    chromosomes : list of _Chromosome
    n_observed : int
        Variants in peaks.

    Returns
    -------
    gates.Measured
        Not checked where the counts cannot tell an enrichment of 1.25 from none.
    """
    n = sum(len(each.pos) for each in chromosomes)
    shifted = [sum(_n_inside(each, by) for each in chromosomes) for by in SHIFTS_BP]
    expected, n_shifts = np.mean(shifted), len(shifted)
    told = (
        f"{n_observed:,} of {n:,} variants in peaks, {expected:,.1f} expected by"
        f" {n_shifts} shifts of 10 to 100 kb"
    )
    if expected < _MIN_EXPECTED:
        return not_checked(n, f"{told}: too few to tell")
    # Variants in linkage fall into peaks together, so counts vary more than Poisson's.
    dispersion = max(np.var(shifted, ddof=1) / expected, 1)
    ratio = n_observed / expected
    half = _Z * np.sqrt(dispersion * max(n_observed, 1)) / expected
    z = (n_observed - expected) / np.sqrt(dispersion * expected)
    told += f", z {z:.1f}, interval {max(ratio - half, 0):.2f} to {ratio + half:.2f}"
    if ratio - half <= 1 and ratio + half >= _TELLING:
        return not_checked(n, f"{told}: too few to tell")
    return Measured(ratio, n, told)


def density(chromosomes, n_observed):
    """Measure the density of variants in peaks over that of the whole span.

    Parameters
    ----------
    chromosomes : list of _Chromosome
    n_observed : int
        Variants in peaks.

    Returns
    -------
    gates.Measured
        Not checked where an even spread would put fewer than 10 variants in peaks.
    """
    n = sum(len(each.pos) for each in chromosomes)
    peaks_bp, span_bp = _lengths(chromosomes)
    expected = n * peaks_bp / span_bp if span_bp else 0
    if expected < _MIN_EVEN:
        return not_checked(n, f"{expected:.1f} of {n:,} variants expected in peaks")
    return Measured(
        n_observed / expected,
        n,
        f"{n_observed:,} of {n:,} variants in peaks, {expected:,.1f} if spread evenly",
    )


def coverage(chromosomes):
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


def _lengths(chromosomes):
    peaks_bp = sum(int((each.end - each.start).sum()) for each in chromosomes)
    return peaks_bp, sum(each.span_bp for each in chromosomes)


def _positions(variants):
    """Return the 0-based positions on each chromosome, sorted."""
    found = {}
    for part in variants(["chrom", "pos"]):
        chrom = part["chrom"].unify_dictionaries().combine_chunks()
        # Half of the memory, and as much as fits into any chromosome.
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
        result.append(_Chromosome(pos, start, end, low, high - low))
    return result


def _merged(intervals):
    rows = intervals.sort_values("start")
    start = rows["start"].to_numpy()
    end = np.maximum.accumulate(rows["end"].to_numpy())
    first = np.flatnonzero(np.r_[True, start[1:] > end[:-1]])
    return start[first], end[np.r_[first[1:] - 1, len(end) - 1]]


def _n_inside(chromosome, shift_bp):
    """Count the variants in peaks shifted by some bp, around the ends of the span."""
    pos, start, end, low, span_bp = chromosome

    def n_before(edges):
        # An edge that goes around has all variants before it once more.
        turns, rest = np.divmod(edges + shift_bp - low, span_bp)
        within = np.minimum(low + rest, int(pos[-1]) + 1).astype(pos.dtype)
        return len(pos) * turns.sum() + np.searchsorted(pos, within).sum()

    return int(n_before(end) - n_before(start))
