"""Files that appear under their final name only once they are complete."""

import concurrent.futures
import contextlib
import gzip
import os
import pathlib
import tempfile
import zlib

# The errors raised on reading a damaged text or gzip file.
DAMAGED = (EOFError, UnicodeDecodeError, gzip.BadGzipFile, zlib.error)


@contextlib.contextmanager
def naming(path):
    """Add the file name to a write error that lacks it, such as a full disk."""
    try:
        yield
    except OSError as error:
        if error.errno is None or error.filename is not None:
            raise
        raise OSError(error.errno, os.strerror(error.errno), str(path)) from error


@contextlib.contextmanager
def atomic_path(path):
    """Provide a temporary path next to `path`, and rename it to `path` on success.

    Parameters
    ----------
    path : str or path-like
        The final name. Its folder is created if it does not exist.

    Yields
    ------
    pathlib.Path
        The name to write to. It keeps the suffixes of `path`, from which many writers
        choose their format. It is removed if the body raises.

    Raises
    ------
    OSError
        If the body cannot write, for example to a full disk. The error names `path`.
    """
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".writing-") as folder:
        temporary = pathlib.Path(folder) / path.name
        with naming(path):
            yield temporary
        temporary.replace(path)


def is_gzip(path):
    """Return whether a file starts with the magic number of gzip, whatever its name."""
    with open(path, "rb") as file:
        return file.read(2) == b"\x1f\x8b"


def open_text(path):
    """Open a plain or gzip-compressed text file, recognised by its content."""
    return gzip.open(path, "rt") if is_gzip(path) else open(path)


def ahead(items):
    """Yield items while another thread prepares the next one.

    This saves time if preparing an item releases the interpreter lock, as reading and
    parsing do.
    """
    items, end = iter(items), object()
    with concurrent.futures.ThreadPoolExecutor(1) as thread:
        upcoming = thread.submit(next, items, end)
        while (item := upcoming.result()) is not end:
            upcoming = thread.submit(next, items, end)
            yield item
