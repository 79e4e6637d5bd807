"""A small model of chromatin accessibility: motif sites make DNA accessible.

It stands in for AlphaGenome in demonstrations and tests and does not describe a real
cell. Sites are scored with log-odds matrices, occupancy is a logistic function of the
score, and each occupied site spreads signal around itself.

Results do not depend on the processor, so that digests of simulated tables and remembered
answers are the same everywhere: occupancies and the kernel are multiples of powers of
two, whose sums are exact in any order, and everything else is added in a fixed order.
"""

import bisect
import functools

import numpy as np

# Consensus sites of the factors in IUPAC letters, from the literature.
MOTIFS = {
    "GATA1": "WGATAASR",
    "TAL1": "CAGCTGBT",
    "NFE2": "TGCTGASTCAB",
    "KLF1": "CCMCRCCCN",
    "CTCF": "CCASNAGRKGGC",
    "SPI1": "AAAGAGGAAGTG",
    "RUNX1": "TGTGGTTWS",
    "HNF4A": "CAAAGTCCA",
}

BASELINE = 0.02
CONSENSUS_WEIGHT = 0.91
# Sites that score this far below the best one are half occupied.
HALF_OCCUPIED_BELOW_BEST = 3.0
KERNEL_SD_BP = 30
KERNEL_HALF_BP = 100
# The first bases of a site are scored together from a table; all sites are longer.
_FIRST_BP = 6
# Steps of a site's score (bits), of its occupancy and of the kernel. A sum of products of
# the last two needs 20 + 16 + 7 of the 53 bits of a float64.
_SCORE_STEP = 2.0**-12
_OCCUPANCY_STEP = 2.0**-20
_KERNEL_STEP = 2.0**-16
# Lower scores, relative to half occupancy, have an occupancy of less than half a step.
_LEAST_SCORE = -22

_IUPAC = {
    "A": "A",
    "C": "C",
    "G": "G",
    "T": "T",
    "W": "AT",
    "S": "CG",
    "R": "AG",
    "Y": "CT",
    "M": "AC",
    "K": "GT",
    "B": "CGT",
    "D": "AGT",
    "H": "ACT",
    "V": "ACG",
    "N": "ACGT",
}
# Positions and tracks of which the signal is computed at once, in a processor's cache.
_BLOCK_BP, _BLOCK_TRACKS = 2_048, 16
_CODE = np.full(256, 4, dtype=np.uint8)
for _number, _base in enumerate("ACGT"):
    _CODE[ord(_base)] = _CODE[ord(_base.lower())] = _number


def encode(sequence):
    """Return codes 0 to 3 for A, C, G, T in either case, and 4 for anything else.

    Parameters
    ----------
    sequence : str

    Returns
    -------
    numpy.ndarray of uint8, shape (length,)
    """
    return _CODE[np.frombuffer(sequence.encode("ascii"), dtype=np.uint8)]


@functools.cache
def probabilities(name):
    """Return the base probabilities of a motif, shape (width, 4)."""
    matrix = []
    for letter in MOTIFS[name]:
        allowed = [base in _IUPAC[letter] for base in "ACGT"]
        n_allowed = sum(allowed)
        other = (1 - CONSENSUS_WEIGHT) / max(4 - n_allowed, 1)
        share = CONSENSUS_WEIGHT / n_allowed if n_allowed < 4 else 0.25
        matrix.append([share if each else other for each in allowed])
    matrix = np.array(matrix)
    matrix.flags.writeable = False
    return matrix


def sample_site(rng, name):
    """Draw one site of a motif from its base probabilities.

    Parameters
    ----------
    rng : numpy.random.Generator
    name : str
        A key of `MOTIFS`.

    Returns
    -------
    str
    """
    sums = _cumulated(name)
    drawn = rng.random(len(sums))
    return "".join(
        "ACGT"[bisect.bisect_right(row, value)]
        for row, value in zip(sums, drawn.tolist(), strict=True)
    )


@functools.cache
def _cumulated(name):
    """Return lists of cumulated probabilities, as `numpy.random.Generator.choice` has."""
    rows = probabilities(name)
    sums = (rows / rows.sum(axis=1, keepdims=True)).cumsum(axis=1)
    return (sums / sums[:, -1:]).tolist()


@functools.cache
def _strands():
    """Return the scores of all motifs on both strands, the longest motifs first.

    Returns
    -------
    columns, offsets : list of int
        Place of each strand's motif in `MOTIFS`, and of the middle of its site.
    least : numpy.ndarray of float32, shape (n_strands, 1)
        Scores below have no occupancy.
    first : numpy.ndarray of float32, shape (n_strands, 5 ** _FIRST_BP)
        Summed log2 odds of a site's first bases, indexed by these as a number to base
        five. A fifth column of the log2 odds gives unknown bases a score so low that no
        site contains one.
    rest : list of numpy.ndarray of float32, shape (n_longer, 5)
        Log2 odds of each later base, for the strands that have it.
    """
    strands = []
    for column, name in enumerate(MOTIFS):
        forward = np.log2(probabilities(name) / 0.25)
        threshold = forward.max(axis=1).sum() - HALF_OCCUPIED_BELOW_BEST
        least = np.float32(threshold) + _LEAST_SCORE
        for strand in (forward, forward[::-1, ::-1]):
            matrix = np.column_stack([strand, np.full(len(strand), -100.0)])
            strands.append((matrix.astype(np.float32), column, least))
    strands.sort(key=lambda strand: -len(strand[0]))
    matrices, columns, least = zip(*strands, strict=True)
    first = []
    for matrix in matrices:
        sums = np.zeros(1, dtype=np.float32)
        for row in matrix[:_FIRST_BP]:
            sums = (sums[:, None] + row).ravel()
        first.append(sums)
    rest = [
        np.stack([matrix[place] for matrix in matrices if len(matrix) > place])
        for place in range(_FIRST_BP, len(matrices[0]))
    ]
    offsets = [len(matrix) // 2 for matrix in matrices]
    return columns, offsets, np.array(least)[:, None], np.stack(first), rest


@functools.cache
def _occupancies():
    """Return the occupancy of a site by its score, in steps from the least one."""
    scores = np.arange(_LEAST_SCORE, HALF_OCCUPIED_BELOW_BEST + 1, _SCORE_STEP)
    return _rounded(1 / (1 + np.exp2(-scores)), _OCCUPANCY_STEP)


def _rounded(values, step):
    return np.rint(values / step) * step


def occupancy(sequence):
    """Return the occupancy of each motif at each position.

    Parameters
    ----------
    sequence : str

    Returns
    -------
    numpy.ndarray of float64, shape (length, n_motifs)
        Between 0 and 1 per strand, summed over both, at the middle of the site.
    """
    columns, offsets, least, first, rest = _strands()
    length = len(sequence)
    # No site contains the unknown bases beyond the end. Indexing is fastest with intp.
    codes = np.full(length + _FIRST_BP + len(rest), _CODE[ord("N")], dtype=np.intp)
    codes[:length] = encode(sequence)
    numbers = np.zeros(length, dtype=np.intp)
    for place in range(_FIRST_BP):
        numbers = 5 * numbers + codes[place : place + length]
    # One row per strand, in few operations, whose calls would otherwise take most time.
    scores = first.take(numbers, axis=1)
    for place, odds in enumerate(rest, start=_FIRST_BP):
        scores[: len(odds)] += odds.take(codes[place : place + length], axis=1)
    steps = np.rint((scores - least) / np.float32(_SCORE_STEP)).astype(np.intp)
    occupied = _occupancies().take(steps, mode="clip")
    result = np.zeros((len(MOTIFS), length))
    for column, offset, row in zip(columns, offsets, occupied, strict=True):
        result[column, offset:] += row[: max(length - offset, 0)]
    return result.T


@functools.cache
def _kernel():
    offset = np.arange(-KERNEL_HALF_BP, KERNEL_HALF_BP + 1)
    return _rounded(np.exp(-0.5 * (offset / KERNEL_SD_BP) ** 2), _KERNEL_STEP)


@functools.cache
def _kernel_spectrum(length):
    return np.fft.rfft(_kernel(), length)


def _spread(occupied):
    """Return the convolution of rows of occupancies with the kernel, at each position.

    The exact result is a multiple of the product of both steps. The error of a Fourier
    transform is far below half of that, so rounding to a multiple removes it.
    """
    length = occupied.shape[1]
    n_sums = length + 2 * KERNEL_HALF_BP
    # A length with small factors is transformed fastest.
    padded = min(odd << (-(-n_sums // odd) - 1).bit_length() for odd in (1, 3, 5, 9))
    spectrum = np.fft.rfft(occupied, padded) * _kernel_spectrum(padded)
    sums = np.fft.irfft(spectrum, padded)[:, KERNEL_HALF_BP : KERNEL_HALF_BP + length]
    return _rounded(sums, _OCCUPANCY_STEP * _KERNEL_STEP)


def accessibility(sequence, weights):
    """Predict accessibility at each base.

    A position depends only on the sequence within `reach_bp` of it.

    Parameters
    ----------
    sequence : str
        ACGTN.
    weights : numpy.ndarray of float, shape (n_motifs, n_tracks)
        Strength of each motif in each track, in the order of `MOTIFS`.

    Returns
    -------
    numpy.ndarray of float32, shape (length, n_tracks)
        Positive values.
    """
    weights = np.asarray(weights, dtype=np.float32).astype(float)
    shape = (len(sequence), weights.shape[1])
    # Far from known bases the signal is constant, so only the core is computed.
    core = sequence.strip("N")
    if not core:
        return np.full(shape, BASELINE, dtype=np.float32)
    start = sequence.index(core[0])
    low = max(start - reach_bp(), 0)
    high = min(start + len(core) + reach_bp(), len(sequence))
    result = np.full(shape, BASELINE, dtype=np.float32)
    spread = _spread(occupancy(sequence[low:high]).T)
    for first in range(0, high - low, _BLOCK_BP):
        rows = spread[:, first : first + _BLOCK_BP]
        places = slice(low + first, low + first + rows.shape[1])
        for track in range(0, shape[1], _BLOCK_TRACKS):
            tracks = slice(track, track + _BLOCK_TRACKS)
            result[places, tracks] = _signal(rows, weights[:, tracks]).T
    return result


def _signal(spread, weights):
    """Return the signal of some tracks at some positions.

    Additions run along memory, one row per track; a matrix product would add the motifs
    in an order of the processor's own.
    """
    signal = np.full((weights.shape[1], spread.shape[1]), BASELINE)
    product = np.empty_like(signal)
    for row, of_tracks in zip(spread, weights, strict=True):
        signal += np.multiply(of_tracks[:, None], row, out=product)
    return signal


def accessibilities(sequences, weights):
    """Return `accessibility` of each of some sequences, which takes less time.

    The values are the same: unknown bases between the sequences keep them apart.
    """
    gap = "N" * reach_bp()
    values = accessibility(gap.join(sequences), weights)
    found, start = [], 0
    for sequence in sequences:
        found.append(values[start : start + len(sequence)])
        start += len(sequence) + len(gap)
    return found


def reach_bp():
    """Return the largest distance at which a base influences the signal."""
    return KERNEL_HALF_BP + max(map(len, MOTIFS.values()))
