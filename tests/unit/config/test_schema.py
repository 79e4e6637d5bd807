import pytest
from endobench.config.schema import check, check_keys, near
from endobench.core.errors import InputError

SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["size"],
    "properties": {
        "size": {"type": "integer", "description": "Length in bp."},
        "kind": {"enum": ["peaks", "genome"], "description": "What it is."},
        "inner": {
            "type": "object",
            "additionalProperties": False,
            "properties": {"deep": {"type": "string", "pattern": "^a"}},
            "renamed": {"shallow": "size"},
        },
        "name": {"not": {"const": "none"}},
    },
}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sise": 1}, "key 'sise' is unknown; did you mean 'size'?"),
        ({"deepp": 1}, "key 'deepp' is unknown at the top; did you mean 'inner.deep'?"),
        (
            {"inner": {"sizes": 1}},
            "key 'inner.sizes' is unknown there; did you mean 'size'?",
        ),
        ({"inner": {"shallow": 1}}, "key 'inner.shallow' was renamed to 'size'"),
        ({"zzz": 1}, "key 'zzz' is unknown; known: size, kind, inner, name"),
        (
            {"inner": {"deeep": "a"}},
            "key 'inner.deeep' is unknown; did you mean 'deep'?",
        ),
        ({"size": None}, "key 'size' is missing. Length in bp."),
        (
            {"kind": "peak"},
            "key 'kind': 'peak' is not one of peaks, genome. What it is.",
        ),
        ({"inner": {"deep": "b"}}, "key 'inner.deep': 'b' is malformed"),
        ({"name": "none"}, "key 'name': 'none' is reserved"),
        ({"size": "x"}, "key 'size': 'x' is not of type 'integer'. Length in bp."),
    ],
)
def test_a_violation_is_described_in_one_line(changes, message):
    instance = {"size": 1} | changes
    instance = {key: value for key, value in instance.items() if value is not None}
    with pytest.raises(InputError) as caught:
        check(instance, SCHEMA, "my.yaml")
    assert str(caught.value) == f"my.yaml: {message}"


def test_a_valid_instance_passes():
    check({"size": 1, "kind": "peaks", "inner": {"deep": "a"}}, SCHEMA, "my.yaml")


def test_a_long_list_of_values_begins_with_the_closest():
    names = [*(f"format_{letter}" for letter in "abcdefghij"), "pairs"]
    schema = {"properties": {"format": {"enum": names}}}
    with pytest.raises(InputError, match="'pair' is not one of pairs, format_a, "):
        check({"format": "pair"}, schema, "my.tsv")


def test_a_similar_word_is_suggested_and_a_different_one_is_not():
    assert near("peak", ["peaks", "genome"]) == "; did you mean 'peaks'?"
    assert near("xyz", ["peaks", "genome"]) == ""


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("service: standin\ngenome: none\nservice: table\n", (3, 1)),
        ("a: {b: 1, b: 2}\n", (1, 1)),
        ("a:\n  - {b: 1}\n  - c: 1\n    c: 2\n", (4, 3)),
    ],
)
def test_a_key_that_appears_twice_is_named_with_both_lines(tmp_path, text, lines):
    path = tmp_path / "config.yaml"
    path.write_text(text)
    message = rf"line {lines[0]}: key '.*' appears twice, first in line {lines[1]}"
    with pytest.raises(InputError, match=message):
        check_keys(path)


@pytest.mark.parametrize("text", ["", "a: {b: 1}\nc: {b: 1}\n", "\ufeffa: 1\n"])
def test_a_key_may_appear_in_several_mappings(tmp_path, text):
    path = tmp_path / "config.yaml"
    path.write_text(text, encoding="utf-8")
    check_keys(path)
