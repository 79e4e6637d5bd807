"""Checking the text of a config, before what it says."""

import codecs
import json
import pathlib
import re

import yaml

from endobench.config.violations import odd_in
from endobench.core.errors import InputError
from endobench.core.files import why_not_readable

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_NUMBERS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")
_TAGS = "tag:yaml.org,2002:"
# YAML 1.1 reads 12:30 as 750, in base 60, and 010 as 8, in base 8.
_SURPRISING = re.compile(r"[-+]?([0-9]+(:[0-9.]+)+|0[0-7_]+)")


def check_config_file(path):
    """Raise an error if a file is no config, or if readers of YAML would misread it.

    They take the last of two values of a key without a word, and some words for numbers.

    Parameters
    ----------
    path : path-like
        YAML, or JSON.

    Raises
    ------
    InputError
        With the line.
    """
    text = _text_of(path)
    try:
        json.loads(text)
    except ValueError:
        pass
    else:
        # It may be indented with tabs.
        return
    try:
        root = yaml.compose(text, Loader=_LOADER)
    except yaml.YAMLError as error:
        raise InputError(f"{path}: {_why_not_yaml(error, text)}") from None
    if not isinstance(root, yaml.MappingNode):
        what = "a list" if isinstance(root, yaml.SequenceNode) else "text"
        what = what if root else "nothing"
        raise InputError(
            f"{path}: holds {what}; expected keys and values, such as 'service: standin'"
        )
    _check_node(path, root)


def _text_of(path):
    if why := why_not_readable(path):
        raise InputError(f"{path}: {why} (a config)")
    content = pathlib.Path(path).read_bytes()
    if content.startswith(_UTF16) or b"\0" in content[:4]:
        raise InputError(f"{path}: is in UTF-16; save it as UTF-8")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"{path}: line {line}: byte 0x{content[error.start]:02x} is not UTF-8; save"
            " the file in that encoding"
        ) from None


def _why_not_yaml(error, text):
    """Return the line of an error of YAML, and what may be wrong in it."""
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        # Of a character that no text has.
        place = getattr(error, "position", 0)
        line = text.count("\n", 0, place) + 1
        return f"line {line}: a control character; remove it"
    lines = text.splitlines() or [""]
    number = min(mark.line, len(lines) - 1)
    line, problem = lines[number], error.problem or "not valid YAML"
    # An error is often noticed in the line after it.
    for at in (number, number - 1):
        if at >= 0 and (odd := odd_in(lines[at].partition("#")[0])):
            return f"line {at + 1}: {odd} in place of a plain character; type that"
    before = lines[number - 1] if number else ""
    advice = ""
    if line[: mark.column + 1].strip(" ").startswith("\t"):
        problem, advice = "a tab", "; indent with blanks"
    elif re.fullmatch(r"\s*[\w.]+:[^\s].*", before) and "could not find" in problem:
        number -= 1
        problem, advice = f"{before.strip()!r}", "; write a blank after the colon"
    elif re.match(r"\s*-\w", before):
        number -= 1
        problem, advice = f"{before.strip()!r}", "; write a blank after the dash"
    elif line[mark.column : mark.column + 1] in ("%", "@", "`"):
        problem = f"a value begins with {line[mark.column]!r}"
        advice = "; put it in quotes"
    elif "mapping values" in problem:
        problem, advice = (
            f"{line.strip()!r} is not 'key: value'",
            (
                "; put a value with a colon in quotes, and indent keys of one level alike"
            ),
        )
    elif "undefined alias" in problem:
        advice = "; put a value that begins with '*' in quotes"
    elif "another document" in problem or "single document" in str(error):
        problem, advice = "a second document begins", "; remove the line ---"
    elif "<stream end>" in problem or "end of stream" in problem:
        problem, advice = "the file ends within a value", "; close its bracket or quote"
    else:
        advice = "; is a bracket, a quote or a comma missing above?"
    return f"line {number + 1}: {problem}{advice}"


def _check_node(path, node, above=(), seen=None):
    """Check a node and those in it, each once: an anchor may be used often."""
    seen = set() if seen is None else seen
    where = f"{path}: line {node.start_mark.line + 1}"
    if id(node) in above:
        raise InputError(
            f"{where}: an anchor is used within itself; write its value out"
        )
    if id(node) in seen:
        return
    seen.add(id(node))
    if not node.tag.startswith(_TAGS) or "/" in node.tag:
        raise InputError(
            f"{where}: {node.tag.removeprefix(_TAGS)!r} is a tag of YAML, which no value"
            " of a config has; put the value in quotes"
        )
    parts = ()
    if isinstance(node, yaml.SequenceNode):
        parts = node.value
    elif isinstance(node, yaml.MappingNode):
        _check_keys(path, node)
        parts = [value for _, value in node.value]
    elif node.tag in _NUMBERS and not node.style and _SURPRISING.fullmatch(node.value):
        number = yaml.safe_load(node.value)
        raise InputError(
            f"{where}: YAML reads {node.value} as {number}; write {number}, or put the"
            " value in quotes"
        )
    for each in parts:
        _check_node(path, each, (*above, id(node)), seen)


def _check_keys(path, node):
    """Raise an error if a mapping has a key twice, or one that is no word."""
    lines = {}
    for key, _ in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            raise InputError(f"{path}: line {line}: a key must be a word")
        if first := lines.get(key.value):
            raise InputError(
                f"{path}: line {line}: key {key.value!r} appears twice, first in line"
                f" {first}; keep one of them"
            )
        lines[key.value] = line
