"""Numbers as R, Excel, Polars, pandas and awk write them."""

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

# How tables write a missing value; capitals and small letters are the same.
_MISSING = (
    *("", ".", "na", "n/a", "#n/a", "<na>", "nan", "+nan", "-nan", "nan(ind)"),
    *("-nan(ind)", "1.#qnan", "-1.#ind", "null", "#null!", "none", "#div/0!"),
    *("#value!", "#num!", "#ref!", "#name?"),
)
MISSING = sorted({form(each) for each in _MISSING for form in (str, str.upper)})
MISSING += ["NaN", "+NaN", "-NaN", "None", "Null", "<Na>"]
_BOOLEANS = {"true": 1.0, "false": 0.0}
_NUMBER = r"^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$"
_INFINITE = r"^[+-]?(?i:inf|infinity)$"
_SCIENTIFIC = re.compile(r"[+-]?([0-9]+)\.?([0-9]*)[eE]\+?([0-9]+)")
_FEWEST_ROUNDED_DIGITS = 3
_MOST_DIGITS = 15


def is_missing(texts):
    """Return which texts (an Arrow array) stand for a missing value."""
    lowered = pc.utf8_lower(pc.utf8_trim_whitespace(texts))
    return pc.is_in(lowered, pa.array(_MISSING))


def decimals(value):
    """Return a number as a sentence has it, without a sign if it is rounded to zero."""
    return "undefined" if value is None or np.isnan(value) else f"{value:z.3f}"


def parse_numbers(texts, type_):
    """Parse texts as numbers.

    Scientific notation is read in whole numbers, too (``1e+05``), and so are ``12.0``,
    signs, infinities, and columns that hold nothing but TRUE and FALSE.

    Parameters
    ----------
    texts : pyarrow.ChunkedArray of str
    type_ : pyarrow.DataType
        int64 or float64.

    Returns
    -------
    numbers : pyarrow.ChunkedArray or None
        None if a text is not a number.
    defect : tuple of (int, str) or None
        The row of the first such text (from 0), and what is wrong with it.
    """
    texts = pc.utf8_trim_whitespace(pa.chunked_array(texts.chunks, pa.string()))
    texts = pc.if_else(is_missing(texts), None, texts)
    is_whole = pa.types.is_integer(type_)
    if not is_whole and (numbers := _from_booleans(texts)) is not None:
        return numbers, None
    plain = pc.replace_substring(texts, "\N{MINUS SIGN}", "-")
    is_number = pc.match_substring_regex(plain, _NUMBER)
    if not is_whole:
        is_infinite = pc.match_substring_regex(plain, _INFINITE)
        is_number = pc.or_(is_number, is_infinite)
    if (row := pc.index(is_number, False).as_py()) >= 0:
        return None, (row, _what_is_wrong(texts[row].as_py()))
    plain = pc.replace_substring_regex(plain, r"^\+", "")
    if not is_whole:
        return plain.cast(type_), None
    row, what = _first_not_whole(plain)
    if what:
        return None, (row, what)
    try:
        return plain.cast(type_), None
    except pa.ArrowInvalid:
        return plain.cast(pa.float64()).cast(type_), None


def largest_exact(type_):
    """Return the largest whole number up to which a float type holds all of them."""
    digits = {pa.float16(): 11, pa.float32(): 24}
    return 2 ** digits.get(type_, 53)


def whole_numbers(texts):
    """Return some texts as whole numbers, as `parse_numbers` does.

    Raises
    ------
    ValueError
        If a text is missing or not a whole number. The message says what is wrong.
    """
    if all(_is_plain(text) for text in texts):
        return [int(text) for text in texts]
    numbers, defect = parse_numbers(pa.chunked_array([texts]), pa.int64())
    if defect:
        raise ValueError(defect[1])
    if numbers.null_count:
        raise ValueError("a number is missing")
    return numbers.to_pylist()


def _is_plain(text):
    """Return whether a text is digits alone, few enough for 64 bits."""
    return text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS


def _from_booleans(texts):
    lowered = pc.utf8_lower(texts)
    known = pa.array(list(_BOOLEANS))
    place = pc.index_in(pc.unique(lowered).drop_null(), known)
    if len(place) == 0 or place.null_count:
        return None
    values = pa.array(list(_BOOLEANS.values()))
    return pa.chunked_array(
        [values.take(chunk) for chunk in pc.index_in(lowered, known).chunks],
        pa.float64(),
    )


def _first_not_whole(texts):
    """Return the row of the first text that is not a whole number, and why."""
    values = texts.cast(pa.float64()).to_numpy()
    is_wrong = (values != np.floor(values)) & ~np.isnan(values)
    is_wrong |= np.abs(values) > largest_exact(pa.float64())
    if is_wrong.any():
        row = int(is_wrong.argmax())
        return row, f"{texts[row].as_py()!r} is not a whole number"
    is_scientific = pc.fill_null(pc.match_substring_regex(texts, "[eE]"), False)
    for row in np.flatnonzero(is_scientific.to_numpy()):
        text = texts[int(row)].as_py()
        if _is_rounded(text, int(values[row])):
            return int(row), (
                f"{text!r} is rounded to a few digits; write positions in full, such as"
                " 123456789"
            )
    return None, None


def _is_rounded(text, value):
    """Return whether a number in scientific notation may have lost its last digits.

    R and awk choose the shorter form, and R loses none. Excel (1.23E+08 in a narrow
    column) and fixed formats such as %e round.
    """
    found = _SCIENTIFIC.fullmatch(text)
    if not found:
        # A negative exponent or a missing digit, as in 1200e-2, never rounds.
        return False
    digits, decimals, exponent = found.groups()
    is_partial = int(exponent) > len(decimals)
    n_digits = len(digits) + len(decimals)
    return (
        is_partial
        and n_digits >= _FEWEST_ROUNDED_DIGITS
        and ("E" in text or len(text) >= len(str(value)))
    )


def _what_is_wrong(text):
    if text[0] in "<>":
        return f"{text!r} is a bound, not a number"
    if re.fullmatch(r"[+-]?[0-9][0-9.,' ]*,[0-9., ]*([eE][+-]?[0-9]+)?", text):
        return (
            f"{text!r} is not a number, since it has a comma; write a decimal point, and"
            " no separators of thousands"
        )
    return f"{text!r} is not a number"
