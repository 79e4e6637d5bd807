import pytest
from endobench.config.schema import check, near
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
            "key 'kind': 'peak' is not one of peaks, genome; did you mean 'peaks'? What"
            " it is.",
        ),
        ({"inner": {"deep": "b"}}, "key 'inner.deep': 'b' is malformed"),
        ({"name": "none"}, "key 'name': 'none' is reserved"),
        ({"size": "x"}, "key 'size': 'x', but expected a whole number. Length in bp."),
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
