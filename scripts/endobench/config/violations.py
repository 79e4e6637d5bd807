"""What violates a schema, in words, and the nearest value that does not."""

import contextlib
import datetime
import re
import unicodedata

import jsonschema

from endobench.core.nearest import nearest

_TYPES = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "object": "keys with values, as in {key: value}",
    "string": "text",
}
_BOUNDS = {
    "minimum": "at least",
    "maximum": "at most",
    "exclusiveMinimum": "more than",
    "exclusiveMaximum": "less than",
}
# In a longer list of valid values, the closest ones come first.
_SHORT_LIST = 10
# A longer value hides what is said of it.
_MAX_SHOWN = 80
# Other names of builds, in small letters.
_SYNONYMS = {
    **dict.fromkeys(("hg38", "b38", "grch38.p13"), "GRCh38"),
    **dict.fromkeys(("grch37", "b37", "hg37"), "hg19"),
    **{"ncbi36": "hg18", "grcm38": "mm10", "ncbim37": "mm9"},
}
# What word processors write in place of characters of the keyboard.
_PLAIN = str.maketrans({**dict.fromkeys("‐‑‒–—−", "-"), **dict.fromkeys("“”„‘’", "")})
_NUMBER = re.compile(r"([-+]?[0-9][0-9,_ ]*(?:[.][0-9]+)?(?:[eE][-+]?[0-9]+)?) ?(%?)")
_CHROMOSOME = re.compile(
    r"(?:chr(?:omosome)?)?[ _]?([0-9]{1,2}|X|Y|M)(?![0-9A-Za-z_])", re.IGNORECASE
)
_SENTENCE = re.compile(r"(?<=[.])\s+(?=[A-Z`])")


def describe(error, description):
    """Return what a violation is, what would be right, and what the key is for.

    Parameters
    ----------
    error : jsonschema.ValidationError
        Of any keyword but ``additionalProperties`` and ``required``.
    description : str or None
        Of the key. Only its start is repeated: all of it is in the manual.

    Returns
    -------
    str
    """
    value, limit = error.instance, error.validator_value
    hint = _hint(value, error.schema)
    n_sentences = 1
    if error.validator == "type":
        names = [limit] if isinstance(limit, str) else limit
        words = " or ".join(_TYPES[each] for each in names if each != "null")
        what = f"{shown(value)}, but expected {words}{hint}"
        if value is None:
            what = f"no value, but expected {words}{_instead(error.schema)}"
    elif error.validator == "enum":
        what = f"{shown(value)} is not one of {', '.join(_closest_first(value, limit))}"
        what += hint
    elif error.validator == "pattern":
        what, n_sentences = f"{shown(value)} is malformed{hint}", 1 if hint else 2
    elif error.validator == "not":
        what = f"{shown(value)} is reserved{_others(value, limit)}"
    elif error.validator in _BOUNDS:
        what = f"{shown(value)}, but expected {_BOUNDS[error.validator]} {limit}{hint}"
    elif error.validator == "uniqueItems":
        twice = next(each for n, each in enumerate(value) if each in value[:n])
        what = f"{shown(twice)} appears twice; keep one of them"
    elif error.validator in ("minItems", "minProperties", "minLength"):
        what = f"{shown(value)} has {len(value)} entries, but needs at least {limit}"
        if not value:
            needed = _instead(error.schema) or "; give at least one entry"
            what = f"{shown(value)} is empty{needed}"
    elif error.validator == "maxLength":
        what = (
            f"{shown(value)} has {len(value)} letters, but at most {limit} are allowed"
        )
    elif error.validator == "maxItems":
        what = f"has {len(value)} entries, but at most {limit} are allowed"
    else:
        what = error.message
    about = " ".join(_SENTENCE.split(description or "")[:n_sentences])
    return what + (f"{'' if what.endswith('?') else '.'} {about}" if about else "")


def shown(value):
    """Return a value as one would write it, with the names of deceptive characters."""
    text = repr(value)
    if isinstance(value, bool):
        # YAML also reads other words as these.
        text = f"{str(value).lower()} ({'yes, on' if value else 'no, off'})"
    elif value is None:
        text = "null"
    elif isinstance(value, datetime.date):
        text = f"the date {value}"
    elif isinstance(value, str) and (odd := odd_in(value)):
        text = f"{value!r} (with {odd})"
    elif len(text) > _MAX_SHOWN:
        text = f"{text[:_MAX_SHOWN]}..."
    return text


def odd_in(text):
    """Return the name of the first character that is taken for another, or unseen."""
    odd = next(filter(_is_odd, text), None)
    return odd and unicodedata.name(odd, "control character").lower()


def repaired(value, schema):
    """Return the first simple repair of a value that a schema allows, or None.

    Parameters
    ----------
    value : object
    schema : dict
        Of the value.
    """
    validator = jsonschema.Draft202012Validator(schema)
    found = (each for each in _repairs(value, schema) if each != value)
    return next(filter(validator.is_valid, found), None)


def _is_odd(letter):
    """Return whether a character is taken for another one, or is not seen."""
    return letter.translate(_PLAIN) != letter or (
        letter not in " \t\n" and unicodedata.category(letter) in ("Zs", "Cf", "Cc")
    )


def _repairs(value, schema):
    """Yield what a value may have been meant to be, the likeliest first."""
    if isinstance(value, datetime.date):
        yield value.isoformat()
    if isinstance(value, str):
        yield from _numbers_in(value, is_share=schema.get("maximum") == 1)
        yield from _spellings(value)
        yield _SYNONYMS.get(value.strip().lower())
        yield from nearest(value, (each for each in schema.get("enum", ()) if each))
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield from (str(value), f"chr{value}")
        if schema.get("maximum") == 1:
            yield value / 100
    if isinstance(value, list):
        yield from value if len(value) == 1 else ()
    elif "items" in schema and value not in (None, ""):
        parts = re.split(r"[,;\s]+", value.strip()) if isinstance(value, str) else []
        items = [[value], parts, list(value) if isinstance(value, set) else []]
        if len(parts) > 1:
            items.insert(0, items.pop(1))
        for each in filter(None, items):
            yield each
            yield [repaired(part, schema["items"]) for part in each]


def _numbers_in(text, *, is_share):
    """Yield the number that a text with commas or, for a share, a percent sign means."""
    match = _NUMBER.fullmatch(text.strip())
    if match and (is_share or not match[2]):
        with contextlib.suppress(ValueError, OverflowError):
            number = float(re.sub("[,_ ]", "", match[1])) / (100 if match[2] else 1)
            yield int(number) if number.is_integer() else number


def _spellings(text):
    """Yield other spellings of a word."""
    plain = "".join(
        each for each in text.translate(_PLAIN) if each == " " or not _is_odd(each)
    ).strip()
    cases = (plain, plain.lower(), plain.upper())
    if match := _CHROMOSOME.match(plain):
        yield f"chr{match[1].upper()}"
    yield from cases
    # Of terms as their addresses have them, and of chromosomes.
    yield from (each.replace("_", ":", 1) for each in cases)
    yield re.sub(r"\s+", "_", plain)
    if re.search(r"\w", plain) and ";" not in plain:
        yield re.sub(r"\W+", "_", plain)
    yield from (re.sub(r"[,;\s]+", " ", plain), plain.replace("_", "-", 2))


def _hint(value, schema):
    found = repaired(value, schema)
    if found is None:
        return ""
    if isinstance(found, list):
        # As it stands in YAML, where most words need no quotes.
        words = [str(each) if _is_plain(each) else repr(each) for each in found]
        return f"; write [{', '.join(words)}]"
    return f"; did you mean {found!r}?"


def _is_plain(value):
    return not isinstance(value, str) or re.fullmatch(r"[\w.+-]+", value)


def _instead(schema):
    """Return what to write in place of an empty value."""
    if "default" not in schema:
        return ""
    default = schema["default"]
    default = "" if default in (None, {}) else f", {shown(default)}"
    return f"; remove the key for its default{default}"


def _others(value, schema):
    """Return the other values that are reserved, if there are any."""
    names = [str(each) for each in schema.get("enum", ()) if each != value]
    return f", as are {', '.join(names)}" if names else ""


def _closest_first(value, allowed):
    """Return allowed values as strings; in a long list, the closest ones come first."""
    names = ["null" if each is None else str(each) for each in allowed]
    if len(names) <= _SHORT_LIST:
        return names
    closest = nearest(value, names, n=3, cutoff=0.4)
    return [*closest, *(name for name in names if name not in closest)]
