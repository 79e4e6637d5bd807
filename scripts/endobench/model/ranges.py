"""The numbers that an answer may hold: their type, and their range by scorer."""

from typing import NamedTuple

import numpy as np

from endobench.core.errors import WrongAnswer
from endobench.model.alphagenome_client import tensor_utils
from endobench.model.expected import about

# Coverage does not reach 10 to the 19th, so neither does a ratio of two sums of it.
_MAX_LOG2_RATIO = 64
_MAX_LN_RATIO = 44
# Coverage and probabilities are never negative, but for rounding. Contact maps are no
# coverage.
_ROUNDING = 1e-3
_MAX_COVERAGE = 1e9
_NO_COVERAGE = ("CONTACT_MAPS",)
_LOG2_RATIO = "-DIFF_LOG2_SUM"


class _Range(NamedTuple):
    words: str
    least: float
    most: float

    def worst(self, values):
        """Return the number farthest outside, or None; what is no number is left alone."""
        # Most often, the extremes tell it; they do not if a value is no number.
        extremes = values.min(initial=self.least), values.max(initial=self.least)
        if extremes[0] >= self.least and extremes[1] <= self.most:
            return None
        numbers = values[np.isfinite(values)]
        beyond = np.maximum(self.least - numbers, numbers - self.most)
        return numbers[beyond.argmax()] if beyond.max(initial=0) > 0 else None


_QUANTILES = _Range("quantiles from -1 to 1", -1, 1)
_LOG2_RATIOS = _Range(
    f"log2 ratios, at most {_MAX_LOG2_RATIO}", -_MAX_LOG2_RATIO, _MAX_LOG2_RATIO
)
_COVERAGE = _Range(
    f"coverage, from 0 to {_MAX_COVERAGE:.0e}", -_ROUNDING, _MAX_COVERAGE
)
_CHANGES = _Range(
    "sizes of changes of a probability, from 0 to 1", -_ROUNDING, 1 + _ROUNDING
)
_BY_GENE = {
    "RNA_SEQ": _Range(
        f"ln ratios, at most {_MAX_LN_RATIO}", -_MAX_LN_RATIO, _MAX_LN_RATIO
    ),
    "RNA_SEQ_ACTIVE": _COVERAGE,
    "SPLICE_SITES": _CHANGES,
    "SPLICE_SITE_USAGE": _CHANGES,
    "SPLICE_JUNCTIONS": _Range(
        f"sizes of ln ratios, from 0 to {_MAX_LN_RATIO}", -_ROUNDING, _MAX_LN_RATIO
    ),
    "POLYADENYLATION": _Range(
        f"sizes of log2 ratios, from 0 to {_MAX_LOG2_RATIO}",
        -_ROUNDING,
        _MAX_LOG2_RATIO,
    ),
}


def as_floating(row, scorer, values):
    """Return values in single precision or more; raise `WrongAnswer` for other types."""
    values = tensor_utils.upcast_floating(np.asarray(values))
    if values.dtype.kind != "f":
        raise WrongAnswer(
            f"{about(row)}, {scorer}: asked for floating-point numbers; values of type"
            f" {values.dtype} came"
        )
    return values


def check_values(row, scorer, raw, quantiles=None):
    """Raise `WrongAnswer` if a number lies outside of what a score can be.

    Quantiles lie between -1 and 1 and are not the scores themselves, and scores without a
    sign are not negative. Values that are no numbers are left alone.

    Parameters
    ----------
    row : named tuple
    scorer : str
    raw, quantiles : numpy.ndarray
        Of any shape.
    """
    is_ratio = scorer.endswith(_LOG2_RATIO)
    limits = _BY_GENE.get(scorer, _LOG2_RATIOS if is_ratio else None)
    for each, values in ((_QUANTILES, quantiles), (limits, raw)):
        if each is None or values is None:
            continue
        if (worst := each.worst(values)) is not None:
            raise WrongAnswer(
                f"{about(row)}, {scorer}: asked for {each.words}; {worst:.4g} came"
            )
    # A rank among other variants is no score.
    if quantiles is not None and raw.any() and np.array_equal(raw, quantiles):
        raise WrongAnswer(
            f"{about(row)}, {scorer}: asked for scores and their quantiles; the same"
            " values came for both"
        )


def check_coverage(row, output, values):
    """Raise `WrongAnswer` if predicted tracks hold numbers that are no coverage.

    Parameters
    ----------
    row : named tuple
    output : str
        Name of a `dna_client.OutputType`.
    values : numpy.ndarray
        Values that are no numbers are left alone.
    """
    if output in _NO_COVERAGE:
        return
    if (worst := _COVERAGE.worst(values)) is not None:
        raise WrongAnswer(
            f"{about(row)}, {output}: asked for {_COVERAGE.words}; {worst:.4g} came"
        )
