"""The memory of answers: what was asked once is never asked again.

A shard's journal is a folder of append-only files, one per writer, so that two jobs on
one shard never write to the same file and no lock on a network file system is needed.
A record is its length, a checksum and its bytes; a record torn by a kill ends the
reading of its file and nothing else.
"""

import json
import logging
import os
import pathlib
import socket
import struct
import threading
import time
import uuid
import zlib
from typing import NamedTuple

import numpy as np

log = logging.getLogger(__name__)

_FRAME = struct.Struct("<II")
_SYNC_EVERY_S = 1.0
ARRAYS = ("raw", "quantile", "ref_value", "alt_value")


class Answer(NamedTuple):
    """One answer of a model.

    Attributes
    ----------
    variant_id : str
    window_start : int
        0-based start of the sequence that the model saw.
    raw, quantile, ref_value, alt_value : numpy.ndarray of float32 or None
        Shape (n_tracks,), ALT minus REF for the first two.
    """

    variant_id: str
    window_start: int
    raw: np.ndarray
    quantile: np.ndarray | None = None
    ref_value: np.ndarray | None = None
    alt_value: np.ndarray | None = None


class Journal:
    """The answers of one shard, on disk.

    Parameters
    ----------
    folder : path-like
        One for each model, scorer, window and shard.
    """

    def __init__(self, folder):
        self._folder = pathlib.Path(folder)
        self._file = None
        self._lock = threading.Lock()
        self._synced = time.monotonic()

    def __enter__(self):
        """Open for reading and writing; the file is made with the first answer."""
        return self

    def __exit__(self, *_):
        """Close, with all answers on the disk."""
        with self._lock:
            if self._file is not None:
                self._sync()
                self._file.close()
                self._file = None

    def answers(self):
        """Yield every whole answer of every writer, in no particular order."""
        for path in sorted(self._folder.glob("*.journal")):
            yield from _read(path)

    def append(self, answer):
        """Write an answer; when this returns it survives the end of the process."""
        head = {"variant_id": answer.variant_id, "window_start": answer.window_start}
        arrays = []
        for name in ARRAYS:
            if (values := getattr(answer, name)) is not None:
                arrays.append(np.asarray(values, dtype="<f4"))
                head[name] = len(arrays[-1])
        text = json.dumps(head).encode()
        body = b"".join([text, b"\n", *(values.tobytes() for values in arrays)])
        record = _FRAME.pack(len(body), zlib.crc32(body)) + body
        with self._lock:
            if self._file is None:
                self._folder.mkdir(parents=True, exist_ok=True)
                name = f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
                # Unbuffered: a kill of the process leaves at most one torn record.
                path = self._folder / f"{name}.journal"
                self._file = open(path, "xb", buffering=0)  # noqa: SIM115
            if self._file.write(record) != len(record):
                # Nothing may follow a torn record; what comes next gets a new file.
                torn, self._file = self._file, None
                torn.close()
                raise OSError(f"{torn.name}: written in part; is the disk full?")
            if time.monotonic() - self._synced > _SYNC_EVERY_S:
                self._sync()

    def _sync(self):
        os.fsync(self._file.fileno())
        self._synced = time.monotonic()


def _read(path):
    content = path.read_bytes()
    position = 0
    while position < len(content):
        body = b""
        if position + _FRAME.size <= len(content):
            length, checksum = _FRAME.unpack_from(content, position)
            body = content[position + _FRAME.size : position + _FRAME.size + length]
        if not body or len(body) != length or zlib.crc32(body) != checksum:
            torn = len(content) - position
            log.warning("%s: a torn record of %d bytes is left out", path, torn)
            return
        yield _decode(body)
        position += _FRAME.size + length


def _decode(body):
    text, _, values = body.partition(b"\n")
    head = json.loads(text)
    arrays, offset = {}, 0
    for name in ARRAYS:
        if name in head:
            arrays[name] = np.frombuffer(values, "<f4", head[name], offset)
            offset += arrays[name].nbytes
    return Answer(head["variant_id"], head["window_start"], **arrays)
