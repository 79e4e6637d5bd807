"""What each run of Snakemake derives from the same texts: patterns, and parsed rules.

A run has about the same two hundred patterns and two dozen files of rules as those before
it, which take a third of its time. A server of runs remembers them for the next ones.
"""

import functools
import importlib
import json
import re

# By text and flags.
_patterns = {}
# By the text of a file, and the number of rules before it. A path stands for the file's.
_parsed = {}
_PATH = "/path/of/the/parsed/rules"


class Replaced:
    """A module with some names replaced."""

    def __init__(self, module, **names):
        self.__dict__.update(names)
        self._module = module

    def __getattr__(self, name):
        return getattr(self._module, name)


def use():
    """Let Snakemake look up what is known before it derives anything."""
    io = importlib.import_module("snakemake.io")
    io.re = Replaced(re, compile=_compile)
    workflow = importlib.import_module("snakemake.workflow")
    workflow.parse = functools.partial(_parse, workflow.parse)


def size():
    """Return how much is known, for `news`."""
    return len(_patterns), len(_parsed)


def news(n_patterns, n_parsed):
    """Return as text what came after a `size`."""
    return json.dumps([[*_patterns][n_patterns:], [*_parsed.items()][n_parsed:]])


def learn(text):
    """Remember the `news` of a run."""
    patterns, parsed = json.loads(text)
    for pattern in patterns:
        _compile(*pattern)
    _parsed.update(parsed)


def _compile(pattern, flags=0):
    """Compile a pattern as `re.compile` does, unless it is known."""
    key = pattern, int(flags)
    if key not in _patterns:
        _patterns[key] = re.compile(*key)
    return _patterns[key]


def _parse(parse, path, workflow, linemap, overwrite_shellcmd=None, rulecount=0):
    """Parse a file of rules as Snakemake's `parse` does, unless its text is known."""
    with workflow.sourcecache.open(path) as file:
        key = f"{rulecount} {file.read()}"
    place = repr(path.get_path_or_uri(secret_free=True))
    if key not in _parsed:
        code, n_rules = parse(path, workflow, linemap, overwrite_shellcmd, rulecount)
        _parsed[key] = code.replace(place, repr(_PATH)), n_rules, [*linemap.items()]
    code, n_rules, lines = _parsed[key]
    linemap.update(lines)
    return code.replace(repr(_PATH), place), n_rules
