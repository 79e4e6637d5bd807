"""Which code a result comes from."""

import ast
import hashlib
import pathlib

LIBRARY = "endobench"


def digest_of_code(script, folder):
    """Return a digest of a script and, recursively, of the modules that it imports.

    Parameters
    ----------
    script : path-like
        A Python file below `folder`.
    folder : path-like
        The folder that holds the scripts and the library `LIBRARY`.

    Returns
    -------
    str
        16 hexadecimal digits of the contents and of the paths below `folder`;
        dates do not count.
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
    """Yield the library's modules that a program imports."""
    for node in ast.walk(ast.parse(content)):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            # `from endobench.core import x` names a module, too.
            names = [node.module]
            names += [f"{node.module}.{alias.name}" for alias in node.names]
        for name in names:
            path = folder.joinpath(*name.split(".")).with_suffix(".py")
            if name.startswith(f"{LIBRARY}.") and path.exists():
                yield path
