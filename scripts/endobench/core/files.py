"""Files that appear under their final name only when they are whole."""

import concurrent.futures
import contextlib
import gzip
import os
import pathlib
import tempfile
import zlib

# What reading a damaged text or gzip file raises.
DAMAGED = (EOFError, UnicodeDecodeError, gzip.BadGzipFile, zlib.error)


@contextlib.contextmanager
def naming(path):
    """Add the file's name to an error of writing, such as a full disk, that lacks it."""
    try:
        yield
    except OSError as error:
        if error.errno is None or error.filename is not None:
            raise
        raise OSError(error.errno, os.strerror(error.errno), str(path)) from error


@contextlib.contextmanager
def atomic_path(path):
    """Give a temporary path beside `path` and rename it to `path` on success.

    Parameters
    ----------
    path : str or path-like
        The final name. Its folder is made where it is missing.

    Yields
    ------
    pathlib.Path
        The name to write to. It keeps the suffixes of `path`, since many writers choose
        their format by them. It is removed if the body raises.

    Raises
    ------
    OSError
        By the body, of a full disk for instance; it names `path`.
    """
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".writing-") as folder:
        temporary = pathlib.Path(folder) / path.name
        with naming(path):
            yield temporary
        temporary.replace(path)


def is_gzip(path):
    """Tell whether a file begins with gzip's magic number, whatever its name says."""
    with open(path, "rb") as file:
        return file.read(2) == b"\x1f\x8b"


def open_text(path):
    """Open a plain or gzip-compressed text file for reading, by its content."""
    return gzip.open(path, "rt") if is_gzip(path) else open(path)


def ahead(items):
    """Yield items, the next of which is made in another thread meanwhile.

    It pays where making one lets other threads run, as reading and parsing do.
    """
    items, end = iter(items), object()
    with concurrent.futures.ThreadPoolExecutor(1) as thread:
        coming = thread.submit(next, items, end)
        while (item := coming.result()) is not end:
            coming = thread.submit(next, items, end)
            yield item
