"""The records of a journal's file: each has its length, a checksum and its bytes.

A record that is damaged, or torn because its writer was killed, is skipped, and no other
is lost.
"""

import contextlib
import functools
import json
import logging
import mmap
import os
import struct
import zlib

import numpy as np

from endobench.core.errors import InputError
from endobench.core.logs import tell
from endobench.model.answer import ARRAYS, Answer
from endobench.predict import gene_records

log = logging.getLogger(__name__)

_FRAME = struct.Struct("<II")
# Each record's body begins with this.
_BEGINNING = b'{"variant_id": '
_SKIPPED = "%s: skipped %d damaged bytes"
_NEEDED = {"variant_id", "window_start", "raw"}


def pack(head, arrays):
    """Return the bytes of a record.

    Parameters
    ----------
    head : dict
        Its first entry is ``variant_id``.
    arrays : list of numpy.ndarray
        Written one after the other.
    """
    text = json.dumps(head).encode()
    body = b"".join([text, b"\n", *(values.tobytes() for values in arrays)])
    return _FRAME.pack(len(body), zlib.crc32(body)) + body


def records(path):
    """Yield (offset, end, head, values) of each intact record of a file.

    Raises
    ------
    InputError
        If nothing of a file can be read, so that all of its answers would be requested
        again, or an intact record is not one of this version.
    """
    size, has_any, damaged = path.stat().st_size, False, []
    with open(path, "rb", buffering=1 << 20) as file:
        _check_kind(path, file.read(_FRAME.size + len(_BEGINNING)))
        file.seek(0)
        offset = 0
        while offset < size:
            is_whole, body = next_record(file)
            if not is_whole:
                damaged.append(offset)
                offset = _next_start(path, offset + 1, size)
                file.seek(offset)
                continue
            if damaged:
                tell(log, _SKIPPED, path, offset - damaged[0])
                damaged = []
            has_any = True
            end = offset + _FRAME.size + len(body)
            yield offset, end, *checked(path, offset, body)
            offset = end
    if len(damaged) > 1 and not has_any:
        # Changed as a whole, such as by a transfer that changes the ends of lines.
        raise _unreadable(path)
    if damaged:
        # A writer that was killed leaves less than a record at the end.
        say = log.warning if len(damaged) == 1 else functools.partial(tell, log)
        say(_SKIPPED, path, size - damaged[0])


def checked(path, offset, body):
    """Return what `split` does, or raise `InputError` if it is no answer."""
    with contextlib.suppress(ValueError):
        head, values = split(body)
        if head.keys() >= _NEEDED:
            return head, values
    raise InputError(
        f"{path}: the record at byte {offset} is intact, but no answer as this version"
        " writes them; read it with the version that wrote it, or move the file away"
    )


def _check_kind(path, beginning):
    """Raise `InputError` if nothing in a file is a record, not even a torn one."""
    begun = beginning[_FRAME.size :]
    # After a power cut, a file may have its length and no bytes.
    if _BEGINNING.startswith(begun) or not beginning.strip(b"\0"):
        return
    size = path.stat().st_size
    if _next_start(path, 0, size) == size:
        raise _unreadable(path)


def _unreadable(path):
    return InputError(
        f"{path}: no answer in it can be read, so all would be requested again;"
        " restore the file or move it away"
    )


def _next_start(path, offset, size):
    """Return the offset at which the next record may begin, or the file's size."""
    with (
        open(path, "rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content,
    ):
        found = content.find(_BEGINNING, offset + _FRAME.size)
    return size if found < 0 else found - _FRAME.size


def next_record(file):
    """Read a record; return whether it is intact, and its body."""
    frame = file.read(_FRAME.size)
    if len(frame) < _FRAME.size:
        return False, b""
    length, checksum = _FRAME.unpack(frame)
    # A torn frame may state any length.
    left = os.fstat(file.fileno()).st_size - file.tell()
    body = file.read(length) if length <= left else b""
    is_whole = bool(body) and len(body) == length and zlib.crc32(body) == checksum
    return is_whole, body


def answer_at(path, offset):
    """Return the `Answer` of the record at an offset of a file."""
    with open(path, "rb") as file:
        file.seek(int(offset))
        _, body = next_record(file)
    return decode(*split(body))


def split(body):
    """Return the head of a record, and its values without a copy."""
    end = body.index(b"\n")
    return json.loads(body[:end]), memoryview(body)[end + 1 :]


def decode(head, values):
    """Return the `Answer` of a record."""
    if gene_records.holds_genes(head):
        arrays = gene_records.decode(head, values)
        return Answer(head["variant_id"], head["window_start"], **arrays)
    arrays, offset = {}, 0
    for name in ARRAYS:
        if name in head:
            arrays[name] = np.frombuffer(values, "<f4", head[name], offset)
            offset += arrays[name].nbytes
    return Answer(head["variant_id"], head["window_start"], **arrays)
