import json

import pytest
from check_config import main
from endobench.config.config_file import check_config_file
from endobench.core.errors import InputError


@pytest.fixture
def complaint(tmp_path):
    """From the content of a config to the message about it, without the path."""

    def of(content):
        path = tmp_path / "my.yaml"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        with pytest.raises(InputError) as caught:
            check_config_file(path)
        message = str(caught.value)
        assert "\n" not in message
        return message.removeprefix(f"{path}: ")

    return of


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("service: standin\ngenome: none\nservice: table\n", (3, 1)),
        ("a: {b: 1, b: 2}\n", (1, 1)),
        ("a:\n  - {b: 1}\n  - c: 1\n    c: 2\n", (4, 3)),
    ],
)
def test_a_key_that_appears_twice_is_named_with_both_lines(complaint, text, lines):
    message = complaint(text)
    assert message.startswith(f"line {lines[0]}: key ")
    assert f"appears twice, first in line {lines[1]}" in message


@pytest.mark.parametrize(
    "text",
    [
        "a: {b: 1}\nc: {b: 1}\n",
        "\ufeffa: 1\n",
        "a: 1\r\nb: 2\r\n",
        "a: 1\rb: 2\r",
        "---\na: 1\n...\n",
        "a: &x {b: 1}\nc: *x\nd: *x\n",
        "a: &x {b: 1}\nc: {<<: *x, b: 2}\n",
        "a: 0\nb: 0.5\nc: 16_384\nd: '010'\ne: '12:30'\nf: -1\n",
        json.dumps({"a": [1]}, indent="\t"),
        "a: é  # “quoted” – with dashes\n",
    ],
)
def test_a_config_may_be_written_in_many_ways(tmp_path, text):
    path = tmp_path / "my.yaml"
    path.write_text(text, encoding="utf-8", newline="")
    check_config_file(path)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("a: 1\n".encode("utf-16"), "is in UTF-16; save it as UTF-8"),
        ("a: 1\n".encode("utf-16-le"), "is in UTF-16; save it as UTF-8"),
        ("a: 1\nb: é\n".encode("latin-1"), "line 2: byte 0xe9 is not UTF-8; save"),
        ("a:\n\tb: 1\n", "line 2: a tab; indent with blanks"),
        ("a: 1\nb:2\nc: 3\n", "line 2: 'b:2'; write a blank after the colon"),
        ("a:\n  -b: 1\n    c: 2\n", "line 2: '-b: 1'; write a blank after the dash"),
        ("a:\n  – b: 1\n    c: 2\n", "line 2: en dash in place of a plain character"),
        ("a: b: c\n", "line 1: 'a: b: c' is not 'key: value'; put a value with a"),
        ("a: @b\n", "line 1: a value begins with '@'; put it in quotes"),
        ("a: *b\n", "line 1: found undefined alias; put a value that begins with '*'"),
        ("a: 1\n---\na: 2\n", "line 2: a second document begins; remove the line"),
        ("a: 1\nb\0: 2\n", "line 2: a control character; remove it"),
        ("a: !b c\n", "line 1: '!b' is a tag of YAML, which no value of a config"),
        ("a: &x [*x]\n", "line 1: an anchor is used within itself; write its value"),
        ("? [a]\n: 1\n", "line 1: a key must be a word"),
        ("a: 1\nb: 010\n", "line 2: YAML reads 010 as 8; write 8, or put the value"),
        ("a: 12:30\n", "line 1: YAML reads 12:30 as 750; write 750, or put the value"),
        ("", "holds nothing; expected keys and values, such as 'service: standin'"),
        ("# a: 1\n", "holds nothing; expected keys and values"),
        ("- a\n", "holds a list; expected keys and values"),
        ("a\n", "holds text; expected keys and values"),
    ],
)
def test_what_is_no_config_is_said_with_its_line(complaint, content, expected):
    assert complaint(content).startswith(expected)


@pytest.mark.parametrize("text", ["a: [1,\n", 'a: "1\nb: 2\n', "a: {b: 1\nc: 2\n"])
def test_what_is_left_open_is_said_in_one_line(complaint, text):
    assert complaint(text).startswith("line ")


def test_a_file_that_is_missing_is_named(tmp_path):
    with pytest.raises(InputError, match="no.yaml: no such file"):
        check_config_file(tmp_path / "no.yaml")


def test_the_command_names_the_file_and_the_line(tmp_path):
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text("a: 1\n")
    bad.write_text("a:\n\tb: 1\n")
    assert main([str(good)]) is None
    with pytest.raises(SystemExit) as caught:
        main([str(good), str(bad)])
    assert caught.value.code == f"ERROR: {bad}: line 2: a tab; indent with blanks"
