"""Texts with rounded numbers, compared with the numbers themselves."""

import itertools
import math
import re

_NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?:e[+-]?\d+)?(?![\w.])")
# A text of fewer digits has lost trailing zeros, as "1" for 0.998.
_LEAST_DIGITS = 2


def is_rounded(text, value):
    """Return whether a text gives a number to its digits, of which the last may be one off.

    The last digits of a sum depend on the processor, and a number in the middle between
    two texts is rounded to either of them.

    Parameters
    ----------
    text : str
        A decimal number, such as "0.83" or "3.1e+05".
    value : float
        The number with all its digits.
    """
    shown = float(text)
    if shown == 0:
        return abs(value) < 1e-9
    digits = re.sub(r"e.*", "", text).replace(".", "").lstrip("-0")
    n_digits = max(len(digits), _LEAST_DIGITS)
    unit = 10.0 ** (math.floor(math.log10(abs(shown))) + 1 - n_digits)
    # A decimal fraction is not exact in binary.
    return abs(value - shown) <= unit * (1 + 1e-9)


def differing_lines(text, exact):
    """Return pairs of lines of which the first is not the second one, rounded.

    Parameters
    ----------
    text : str
        With rounded numbers.
    exact : str
        The same, with all digits of its floats. Integers and words must be the same.

    Returns
    -------
    list of tuple of str
    """
    pairs = itertools.zip_longest(text.splitlines(), exact.splitlines(), fillvalue="")
    return [pair for pair in pairs if not _is_rounded_line(*pair)]


def _is_rounded_line(line, exact):
    numbers, exact_numbers = _NUMBER.findall(line), _NUMBER.findall(exact)
    return (
        _NUMBER.sub("#", line) == _NUMBER.sub("#", exact)
        and len(numbers) == len(exact_numbers)
        and all(map(_is_same, numbers, exact_numbers))
    )


def _is_same(text, exact):
    is_float = "." in exact or "e" in exact
    return text == exact or (is_float and is_rounded(text, float(exact)))
