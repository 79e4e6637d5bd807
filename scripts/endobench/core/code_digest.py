"""A digest of the code that a result comes from."""

import ast
import functools
import hashlib
import pathlib

LIBRARY = "endobench"


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
        path = folder.joinpath(*name.split(".")).with_suffix(".py")
        if path.exists():
            yield path


# The library's modules are shared by all scripts, and parsing them is slow.
@functools.cache
def _imported_names(content):
    """Return the dotted names in the library that a program imports."""
    names = []
    for node in ast.walk(ast.parse(content)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            # `from endobench.core import x` also names a module.
            names += [node.module]
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return [name for name in names if name.startswith(f"{LIBRARY}.")]
