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
    pending, parts = [pathlib.Path(script)], {}
    while pending:
        path = pending.pop()
        if path not in parts:
            parts[path], imported = _read(path, folder, path.stat().st_mtime_ns)
            pending += imported
    digest = hashlib.sha256()
    for path in sorted(parts, key=str):
        digest.update(parts[path])
    return digest.hexdigest()[:16]


# The library's modules are shared by all scripts.
@functools.cache
def _read(path, folder, _mtime_ns):
    """Return a digest of a file and of its path, and the paths of what it imports."""
    content = path.read_bytes()
    modules = [_module(name, folder) for name in _imported_names(content)]
    name = path.relative_to(folder).as_posix()
    digest = hashlib.sha256(name.encode() + content).digest()
    return digest, list(filter(None, modules))


# Most names are imported by several modules, and a path costs more than a look at it.
@functools.cache
def _module(name, folder):
    """Return the path of a module of the library, or None for another name."""
    path = folder.joinpath(*name.split(".")).with_suffix(".py")
    return path if path.is_file() else None


def _imported_names(content):
    """Return the dotted names in the library that a program imports.

    Only the statements that import from the library are parsed: every Snakemake process
    needs the digests, and to parse all modules takes half a second.
    """
    statements = b"\n".join(each.lstrip() for each in _STATEMENTS.findall(content))
    try:
        nodes = ast.parse(statements).body
    except SyntaxError:
        # Prose that looks like a statement, or a comment with a bracket in one.
        nodes = ast.walk(ast.parse(content))
    names = []
    for node in nodes:
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            # `from endobench.core import x` also names a module.
            names += [node.module]
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return {name for name in names if name.startswith(f"{LIBRARY}.")}
