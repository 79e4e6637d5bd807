"""A small model of chromatin accessibility: motif sites make DNA accessible.

It stands in for AlphaGenome in demonstrations and tests and does not describe a real
cell. Sites are scored with log-odds matrices, occupancy is a logistic function of the
score, and each occupied site spreads signal around itself.

Results do not depend on the processor, so that digests of simulated tables and remembered
answers are the same everywhere: occupancies and the kernel are multiples of powers of
two, whose sums are exact in any order, and everything else is added in a fixed order.
"""

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


def probabilities(name):
    """Return the base probabilities of a motif, shape (width, 4)."""
    matrix = []
    for letter in MOTIFS[name]:
        allowed = [base in _IUPAC[letter] for base in "ACGT"]
        n_allowed = sum(allowed)
        other = (1 - CONSENSUS_WEIGHT) / max(4 - n_allowed, 1)
        share = CONSENSUS_WEIGHT / n_allowed if n_allowed < 4 else 0.25
        matrix.append([share if each else other for each in allowed])
    return np.array(matrix)


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
    rows = probabilities(name)
    return "".join("ACGT"[rng.choice(4, p=row / row.sum())] for row in rows)


@functools.cache
def _matrices():
    """Return the width, both strands and the half-occupied score of each motif.

    A strand is a table of the summed log2 odds of its first bases, indexed by these
    bases as a number to base five, and a matrix of the log2 odds of each later base. A
    fifth column gives unknown bases a score so low that no site contains one.
    """
    result = []
    for name in MOTIFS:
        forward = np.log2(probabilities(name) / 0.25)
        reverse = forward[::-1, ::-1]
        threshold = forward.max(axis=1).sum() - HALF_OCCUPIED_BELOW_BEST
        both = [
            np.column_stack([strand, np.full(len(strand), -100.0)]).astype(np.float32)
            for strand in (forward, reverse)
        ]
        result.append((len(forward), [*map(_strand, both)], np.float32(threshold)))
    return result


def _strand(matrix):
    first = np.zeros(1, dtype=np.float32)
    for row in matrix[:_FIRST_BP]:
        first = (first[:, None] + row).ravel()
    return first, matrix[_FIRST_BP:]


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
    # Indexing is fastest with this type.
    codes = encode(sequence).astype(np.intp)
    result = np.zeros((len(codes), len(MOTIFS)))
    numbers = np.zeros(max(len(codes) - _FIRST_BP + 1, 0), dtype=np.intp)
    for offset in range(_FIRST_BP):
        numbers = 5 * numbers + codes[offset : offset + len(numbers)]
    for column, (width, strands, threshold) in enumerate(_matrices()):
        n_sites = len(codes) - width + 1
        if n_sites < 1:
            continue
        middle = slice(width // 2, width // 2 + n_sites)
        for first, rest in strands:
            score = first.take(numbers[:n_sites])
            for offset, row in enumerate(rest, start=_FIRST_BP):
                score += row.take(codes[offset : offset + n_sites])
            steps = (score - (threshold + _LEAST_SCORE)) / np.float32(_SCORE_STEP)
            result[middle, column] += _occupancies().take(
                np.rint(steps).astype(np.intp), mode="clip"
            )
    return result


@functools.cache
def _kernel():
    offset = np.arange(-KERNEL_HALF_BP, KERNEL_HALF_BP + 1)
    return _rounded(np.exp(-0.5 * (offset / KERNEL_SD_BP) ** 2), _KERNEL_STEP)


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
    kernel = _kernel()
    # One row per track, so that additions run along memory; a matrix product would add
    # the motifs in an order of the processor's own.
    signal = np.full((shape[1], high - low), BASELINE)
    for column, of_tracks in zip(occupancy(sequence[low:high]).T, weights, strict=True):
        # Mode "same" would return the length of the kernel for a shorter sequence.
        spread = np.convolve(column, kernel)
        spread = spread[KERNEL_HALF_BP : KERNEL_HALF_BP + high - low]
        for track, weight in zip(signal, of_tracks, strict=True):
            track += weight * spread
    result = np.full(shape, BASELINE, dtype=np.float32)
    result[low:high] = signal.T
    return result


def reach_bp():
    """Return the largest distance at which a base influences the signal."""
    return KERNEL_HALF_BP + max(map(len, MOTIFS.values()))
