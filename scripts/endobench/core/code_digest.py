"""A digest of the code that a result comes from."""

import ast
import functools
import hashlib
import pathlib
import re

LIBRARY = "endobench"
# An import from the library, over several lines if in brackets or continued.
_STATEMENTS = re.compile(
    rb"^[ \t]*(?:from|import)[ \t]+%b\b(?:[^\n(\\]|\\\n)*(?:\([^)]*\))?"
    % LIBRARY.encode(),
    re.MULTILINE,
)


def digest_of_code(script, folder):
    """Return a digest of a script and of all library modules that it imports.

    Parameters
    ----------
    script : path-like
        A Python file below `folder`.
    folder : path-like
        The folder that holds the scripts and the library `LIBRARY`.

    Returns
    -------
    str
        16 hexadecimal digits. They depend on the contents of the files and on their
        paths below `folder`, not on dates.
    """
    folder = pathlib.Path(folder)
    pending, contents = [pathlib.Path(script)], {}
    while pending:
        path = pending.pop()
        if path not in contents:
            contents[path] = path.read_bytes()
            pending += _imported(contents[path], folder)
    digest = hashlib.sha256()
    for path in sorted(contents):
        name = path.relative_to(folder).as_posix()
        digest.update(hashlib.sha256(name.encode() + contents[path]).digest())
    return digest.hexdigest()[:16]


def _imported(content, folder):
    """Yield the paths of the library modules that a program imports."""
    for name in _imported_names(content):
        path = pathlib.Path(f"{folder}/{name.replace('.', '/')}.py")
        if path.is_file():
            yield path


# The library's modules are shared by all scripts.
@functools.cache
def _imported_names(content):
    """Return the dotted names in the library that a program imports.

    Only the statements that import from the library are parsed: every Snakemake process
    needs the digests, and to parse all modules takes half a second.
    """
    statements = b"\n".join(each.lstrip() for each in _STATEMENTS.findall(content))
    try:
        tree = ast.parse(statements)
    except SyntaxError:
        # Prose that looks like a statement, or a comment with a bracket in one.
        tree = ast.parse(content)
    names = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            # `from endobench.core import x` also names a module.
            names += [node.module]
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return {name for name in names if name.startswith(f"{LIBRARY}.")}
