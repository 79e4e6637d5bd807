import datetime

import jsonschema
import pytest
from endobench.config.violations import describe, odd_in, repaired, shown

CHROMOSOMES = {
    "type": "array",
    "minItems": 1,
    "uniqueItems": True,
    "items": {"type": "string", "pattern": "^chr[0-9A-Za-z_]+$"},
}
WHOLE = {"type": "integer", "minimum": 0, "default": 3}
SHARE = {"type": "number", "minimum": 0, "maximum": 1}
TERM = {"type": "string", "pattern": "^[A-Za-z]+:[0-9]+$"}
NAME = {"type": "string", "pattern": "^[A-Za-z0-9_]+$"}
KIND = {"enum": ["peaks", "genome"]}


def complaint(value, schema, about=None):
    error = next(jsonschema.Draft202012Validator(schema).iter_errors(value))
    return describe(error, about)


@pytest.mark.parametrize(
    ("value", "schema", "expected"),
    [
        ("chr1", CHROMOSOMES, ["chr1"]),
        (22, CHROMOSOMES, ["chr22"]),
        ("1, X", CHROMOSOMES, ["chr1", "chrX"]),
        ("CHR1", CHROMOSOMES["items"], "chr1"),
        ("chr1:1-100", CHROMOSOMES["items"], "chr1"),
        (["chr1"], CHROMOSOMES["items"], "chr1"),
        ("1e3", WHOLE, 1000),
        ("5,000", WHOLE, 5000),
        ("20%", SHARE, 0.2),
        (99, SHARE, 0.99),
        ("EFO_0002067", TERM, "EFO:0002067"),
        (" EFO:0002067\u00a0", TERM, "EFO:0002067"),
        ("a/b", NAME, "a_b"),
        ("“a”", NAME, "a"),
        (5, NAME, "5"),
        ("Peak", KIND, "peaks"),
    ],
)
def test_a_repair_is_what_was_meant(value, schema, expected):
    assert repaired(value, schema) == expected


@pytest.mark.parametrize(
    ("value", "schema"),
    [
        (None, CHROMOSOMES),
        ("all", CHROMOSOMES),
        ({"a": 1}, CHROMOSOMES),
        ("100%", WHOLE),
        (1.5, WHOLE),
        (True, WHOLE),
        ("x", SHARE),
        ("other", KIND),
        ("", NAME),
    ],
)
def test_what_was_meant_is_not_guessed(value, schema):
    assert repaired(value, schema) is None


@pytest.mark.parametrize(
    ("value", "schema", "expected"),
    [
        ("chr1", CHROMOSOMES, "'chr1', but expected a list; write [chr1]. Used."),
        (["chr1"] * 2, CHROMOSOMES, "'chr1' appears twice; keep one of them. Used."),
        ([], CHROMOSOMES, "[] is empty; give at least one entry. Used."),
        (None, WHOLE, "no value, but expected a whole number; remove the key for its"),
        (-1, WHOLE, "-1, but expected at least 0. Used."),
        (True, WHOLE, "true (yes, on), but expected a whole number. Used."),
        ("a b", NAME, "'a b' is malformed; did you mean 'a_b'? Used."),
        ("?", NAME, "'?' is malformed. Used. In many ways."),
        ("peak", KIND, "'peak' is not one of peaks, genome; did you mean 'peaks'? Us"),
    ],
)
def test_a_violation_says_what_would_be_right(value, schema, expected):
    assert complaint(value, schema, "Used. In many ways.").startswith(expected)


@pytest.mark.parametrize("type_", ["array", "boolean", "integer", "number", "object"])
def test_no_type_has_its_name_in_json(type_):
    message = complaint("x", {"type": [type_, "null"]})
    assert message.startswith("'x', but expected ")
    assert type_ == "number" or type_ not in message


def test_values_are_shown_as_they_are_written():
    assert shown(datetime.date(2024, 1, 2)) == "the date 2024-01-02"
    assert shown("a\u200bb") == r"'a\u200bb' (with zero width space)"
    assert shown("x" * 500).endswith("...")
    assert len(shown("x" * 500)) < 100


def test_letters_of_any_language_are_not_odd():
    assert odd_in("é µ 漢\t") is None
    assert odd_in("a – b") == "en dash"
