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
        },
        "name": {"not": {"const": "none"}},
    },
}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sise": 1}, "key 'sise' is unknown; did you mean 'size'?"),
        ({"zzz": 1}, "key 'zzz' is unknown; known: size, kind, inner, name"),
        (
            {"inner": {"deeep": "a"}},
            "key 'inner.deeep' is unknown; did you mean 'deep'?",
        ),
        ({"size": None}, "key 'size': is missing; Length in bp."),
        (
            {"kind": "peak"},
            "key 'kind': 'peak' is not one of peaks, genome; What it is.",
        ),
        ({"inner": {"deep": "b"}}, "key 'inner.deep': 'b' is malformed"),
        ({"name": "none"}, "key 'name': 'none' cannot stand here"),
        ({"size": "x"}, "key 'size': 'x' is not of type 'integer'; Length in bp."),
    ],
)
def test_what_is_wrong_is_said_in_one_line(changes, message):
    instance = {"size": 1} | changes
    instance = {key: value for key, value in instance.items() if value is not None}
    with pytest.raises(InputError) as caught:
        check(instance, SCHEMA, "my.yaml")
    assert str(caught.value) == f"my.yaml: {message}"


def test_what_keeps_the_schema_is_valid():
    check({"size": 1, "kind": "peaks", "inner": {"deep": "a"}}, SCHEMA, "my.yaml")


def test_a_near_word_is_told_and_a_far_one_is_not():
    assert near("peak", ["peaks", "genome"]) == "; did you mean 'peaks'?"
    assert near("xyz", ["peaks", "genome"]) == ""
