"""Files that appear under their final name only once they are complete."""

import codecs
import concurrent.futures
import contextlib
import errno
import gzip
import io
import os
import pathlib
import stat
import tempfile
import zlib

from endobench.core.errors import InputError

# The errors raised on reading a damaged text or gzip file.
DAMAGED = (EOFError, UnicodeDecodeError, gzip.BadGzipFile, zlib.error)
NO_FILE = "no such file"
_GZIP = b"\x1f\x8b"
# The empty block at the end of every file of bgzip.
_BGZF_END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
_OTHERS = {
    b"PK\x03\x04": "is a ZIP archive or an Excel workbook; save it as text",
    b"BZh": "is compressed with bzip2; compress it with gzip",
    b"\xfd7zX": "is compressed with xz; compress it with gzip",
    b"\x28\xb5\x2f\xfd": "is compressed with zstd; compress it with gzip",
    b"BCF\2": "is a BCF; convert it with 'bcftools view -O z'",
    b"BAM\1": "is a BAM; expected text",
    b"\xeb\xf2\x89\x87": "is a bigBed; convert it with bigBedToBed",
    b"\x87\x89\xf2\xeb": "is a bigBed; convert it with bigBedToBed",
    b"\xd0\xcf\x11\xe0": "is an old Excel workbook; save it as text",
    b"RDX": "is a workspace of R; write its table with write.table",
    b"X\n\0\0": "is an object of R (saveRDS); write its table with write.table",
    b"version https://git-lfs": "is a pointer of Git LFS; fetch it with 'git lfs pull'",
}
# How tables start that are not text.
BINARY_TABLES = {b"PAR1": "parquet", b"ARRO": "feather", b"FEA1": "feather"}
_WEB_PAGE = (b"<!doctype html", b"<html", b"<?xml")
# In which a binary file has a byte of 0.
_N_MAGIC = 16
# Where the name of the format of a tar archive stands.
_TAR = slice(257, 262)
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


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


def target_of_link(location, link):
    """Return where a link to a file should point.

    A relative location stays relative, so that a folder that was moved or copied with its
    files reads its own.

    Parameters
    ----------
    location : str or path-like
        The file, which may be a link itself.
    link : pathlib.Path

    Returns
    -------
    str
    """
    path = os.path.abspath(location)  # noqa: PTH100
    if pathlib.Path(location).is_absolute():
        return path
    return os.path.relpath(path, link.parent.resolve())


def why_not_readable(path):
    """Return in words why a path is no file that can be read, or "" if it is.

    Parameters
    ----------
    path : str or path-like
    """
    path = pathlib.Path(path)
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        if path.is_symlink():
            return f"is a link to {path.readlink()}, which does not exist"
        return NO_FILE
    except OSError as error:
        if error.errno == errno.ELOOP:
            return "is a link that leads back to itself"
        return f"cannot be read: {error.strerror}"
    if stat.S_ISDIR(mode):
        return "is a folder; expected a file"
    if not stat.S_ISREG(mode):
        return "is a pipe or a device; expected a file"
    if not os.access(path, os.R_OK):
        return f"cannot be read: {os.strerror(errno.EACCES)}"
    return ""


def is_gzip(path):
    """Return whether a file starts with the magic number of gzip, whatever its name."""
    with open(path, "rb") as file:
        return file.read(2) == _GZIP


def check_complete(path):
    """Raise an `InputError` if a file of bgzip lacks the block that ends it.

    Cut between two blocks, the file is a valid gzip file with fewer lines. Other files
    pass: a cut in them is noticed on reading.
    """
    with open(path, "rb") as file:
        start = file.read(18)
        # The header has an extra field "BC" (SAM specification, section 4.1).
        if start[:4] != _GZIP + b"\x08\x04" or start[12:14] != b"BC":
            return
        file.seek(0, os.SEEK_END)
        file.seek(max(file.tell() - len(_BGZF_END), 0))
        if file.read() != _BGZF_END:
            raise InputError(
                f"{path}: truncated, since it lacks the block that ends every file of"
                " bgzip; fetch or compress it again"
            )


def open_bytes(path):
    """Open a plain or gzip-compressed file of text as bytes, recognised by its content.

    A byte order mark of UTF-8 is skipped.

    Raises
    ------
    InputError
        If the file is in UTF-16, binary, compressed otherwise or twice, an archive, a web
        page, or a truncated file of bgzip.
    """
    check_complete(path)
    start = _start_of(path, _TAR.stop)
    for magic, what in _OTHERS.items():
        if start.startswith(magic):
            raise InputError(f"{path}: {what}")
    if start.startswith(_GZIP) and is_gzip(path):
        raise InputError(f"{path}: is compressed twice; unpack it once")
    if start[_TAR] == b"ustar":
        raise InputError(
            f"{path}: is a tar archive; unpack it, and name the file in it"
        )
    if start.lstrip().lower().startswith(_WEB_PAGE):
        raise InputError(
            f"{path}: is a web page, such as one that asks to log in; download the file"
            " itself"
        )
    if start.lstrip()[:1] in (b"{", b"["):
        raise InputError(
            f"{path}: is JSON, such as a server's message; expected text in columns"
        )
    # Without a mark, every other byte of English text is 0.
    is_wide = len(start) >= 4 and b"\0\0" in (start[:4:2], start[1:4:2])
    if start.startswith(_UTF16) or is_wide:
        raise InputError(
            f"{path}: not a text file in UTF-8, but in UTF-16; save it as UTF-8"
        )
    if kind := BINARY_TABLES.get(start[:4]):
        advice = "unpack it from gzip" if is_gzip(path) else "write it as text"
        raise InputError(f"{path}: is a {kind} file; {advice}")
    if b"\0" in start[:_N_MAGIC]:
        raise InputError(
            f"{path}: is a binary file, which starts with {start[:_N_MAGIC]}; expected"
            " text"
        )
    opened = gzip.open if is_gzip(path) else open
    file = opened(path, "rb")
    if start.startswith(codecs.BOM_UTF8):
        file.seek(len(codecs.BOM_UTF8))
    return file


def _start_of(path, n_bytes=4):
    """Return the first bytes of a file, unpacked; fewer if it is short or damaged."""
    with (
        contextlib.suppress(*DAMAGED),
        gzip.open(path, "rb") if is_gzip(path) else open(path, "rb") as file,
    ):
        return file.read(n_bytes)
    return b""


def why_damaged(error, path):
    """Describe one of the errors `DAMAGED` in words.

    Parameters
    ----------
    error : Exception
    path : path-like
        The file, which is read again for the line of a byte that is no text.

    Returns
    -------
    str
    """
    if not isinstance(error, UnicodeDecodeError):
        return str(error)
    value = error.object[error.start]
    where = ""
    # The line of the byte may be the one in which a truncated file ends.
    with contextlib.suppress(*DAMAGED), open_bytes(path) as file:
        for line, content in enumerate(file, 1):
            try:
                content.decode()
            except UnicodeDecodeError as first:
                where, value = f"line {line}: ", content[first.start]
                break
    return f"{where}byte 0x{value:02x} is not UTF-8; save the file in that encoding"


def open_text(path):
    """Open a plain or gzip-compressed text file, as `open_bytes` does.

    Raises
    ------
    InputError
        As `open_bytes`.
    """
    return io.TextIOWrapper(open_bytes(path), encoding="utf-8")


def has_byte_order_mark(path):
    """Return whether a text, plain or gzip, starts with the byte order mark of UTF-8."""
    return _start_of(path).startswith(codecs.BOM_UTF8)


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
