"""The journal of answers, so that nothing is requested twice.

A shard's journal is a folder of append-only files, one per writer. Two jobs on one shard
thus never write to the same file, and no lock on a network file system is needed. What
they hold is described in `journal_records`. Answers are located on disk and read one at a
time, so that a shard need not fit into memory.

A record says that its answer was checked against its question; earlier versions did not
check.

The record of a scorer by gene says how many genes the answer has, and of which of them the
values are kept; what it holds is described in `gene_records`.
"""

import contextlib
import errno
import logging
import os
import pathlib
import shutil
import socket
import threading
import time
import uuid

import numpy as np
import pandas as pd

from endobench.core.errors import InputError
from endobench.model.answer import ARRAYS
from endobench.predict import gene_records
from endobench.predict.canaries import check_repeated
from endobench.predict.journal_places import files_of
from endobench.predict.journal_records import (
    answer_at,
    checked,
    decode,
    next_record,
    pack,
    records,
    split,
)

log = logging.getLogger(__name__)

_SYNC_EVERY_S = 1.0
# A shard whose jobs were stopped often has many files.
_MAX_OPEN = 16
# The place of an answer: number of the file (-1 for none), offset of its record, its
# number of tracks, and whether it was checked against its question.
PLACE = np.dtype(
    [("file", "i4"), ("offset", "i8"), ("n_tracks", "i4"), ("is_checked", "?")]
)
_NOWHERE = (-1, -1, -1, False)
_CHANGED = "changed.txt"
_SAMPLED = ".sampled"
_TRIAL_BYTES = 4096
# Room for the answers in flight, of fifty calls with some genes each.
_LEAST_ROOM_BYTES = 4 << 20


def writer_name():
    """Return a name for the files of one writer: host, process, and a random part."""
    return f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:8]}"


class Journal:
    """The answers for one shard, on disk.

    Parameters
    ----------
    folder : path-like
        One per model, scorer, window and shard.
    keep : gene_records.Kept
        What is kept of an answer for each gene. An answer that lacks the values of one of
        these genes does not count as known.
    contents : str, optional
        What the answers are (`journal_places.contents_of`). It is written with each
        answer, so that a file that was copied from elsewhere is recognised.
    n_tracks : int, optional
        Number of tracks of an answer.
    """

    def __init__(
        self, folder, keep=gene_records.ALL_GENES, contents=None, n_tracks=None
    ):
        self.folder = pathlib.Path(folder)
        self._keep = keep
        self._contents, self._n_tracks = contents, n_tracks
        self._paths = []
        self._ends = {}
        self._open = {}
        self._file = None
        self._own = self.folder / f"{writer_name()}.journal"
        self._lock = threading.Lock()
        self._synced = time.monotonic()

    def __enter__(self):
        """Open for reading and writing; the file is created with the first answer."""
        return self

    def __exit__(self, *_):
        """Close, with all answers flushed to disk."""
        with self._lock:
            while self._open:
                self._open.popitem()[1].close()
            if self._file is not None:
                try:
                    self._sync()
                finally:
                    self._file.close()
                    self._file = None
                    self._own = self.folder / f"{writer_name()}.journal"

    def find(self, rows):
        """Find the answers for rows in the files of all writers.

        Parameters
        ----------
        rows : pandas.DataFrame
            Unique by ``variant_id``, with ``window_start``; answers for other windows do
            not count.

        Returns
        -------
        numpy.ndarray of PLACE, shape (n_rows,)
            For `read`; ``file`` is -1 where there is no answer.

        Raises
        ------
        InputError
            If a file holds answers to another question, or two answers to one question
            differ (`canaries.check_repeated`).
        """
        self._find_files()
        places = np.full(len(rows), np.array(_NOWHERE, dtype=PLACE))
        number_of = pd.Index(rows["variant_id"]).get_loc
        starts = rows["window_start"].to_numpy()
        for number, path in enumerate(self._paths):
            is_sampled = path.with_suffix(_SAMPLED).exists()
            for offset, end, head, values in records(path):
                self._ends[path] = end
                self._check_contents(path, head)
                try:
                    row = number_of(head["variant_id"])
                except KeyError:
                    continue
                if starts[row] == head["window_start"] and self._has_all(head, values):
                    if places[row]["file"] >= 0:
                        before = self._paths[places[row]["file"]]
                        then = answer_at(before, places[row]["offset"])
                        check_repeated(then, decode(head, values), before, path)
                    is_checked = is_sampled or "checked" in head
                    places[row] = (number, offset, head["raw"], is_checked)
        return places

    def follow(self):
        """Yield what other writers have answered since the last look.

        Yields
        ------
        variant_id : str
        window_start : int
        """
        self._find_files()
        for path in self._paths:
            end = self._ends.get(path, 0)
            if path == self._own or path.stat().st_size <= end:
                continue
            with open(path, "rb") as file:
                file.seek(end)
                # A record that is being written is read by a later call.
                while (record := next_record(file))[0]:
                    head, values = checked(path, self._ends.get(path, 0), record[1])
                    self._ends[path] = file.tell()
                    self._check_contents(path, head)
                    if self._has_all(head, values):
                        yield head["variant_id"], head["window_start"]

    def _check_contents(self, path, head):
        """Raise `InputError` if a record is an answer to another question."""
        n_tracks, contents = head["raw"], head.get("of", self._contents)
        if self._contents is not None and contents != self._contents:
            found, wanted = f"answers of {contents}", f"those of {self._contents}"
        # The Atlas has no tracks for a variant that it does not hold.
        elif self._n_tracks is not None and n_tracks not in (0, self._n_tracks):
            found, wanted = f"{n_tracks} tracks", f"{self._n_tracks} tracks"
        else:
            return
        raise InputError(
            f"{path}: {head['variant_id']} has {found} here, where {wanted} are kept;"
            " move the file to where it belongs, or away"
        )

    def _has_all(self, head, values):
        return gene_records.has_all(head, values, self._keep.genes)

    def kept(self, answer):
        """Return the answer with the values of those genes alone that are kept."""
        return answer.of_genes(self._keep.genes)

    def _find_files(self):
        # Known files keep their numbers, so that earlier places stay valid.
        known = {path.name for path in self._paths}
        for name in sorted(files_of(self.folder, ".journal") - known):
            path = self.folder / name
            if not (path.is_file() and os.access(path, os.R_OK)):
                raise InputError(
                    f"{path}: cannot be read, so its answers would be requested again;"
                    " make it readable or move it away"
                )
            self._paths.append(path)

    def try_writing(self):
        """Raise `InputError` unless answers can be written.

        An answer that cannot be kept should not be paid for.
        """
        trial = self._own.with_suffix(".trial")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            try:
                with open(trial, "xb") as file:
                    file.write(bytes(_TRIAL_BYTES))
                    file.flush()
                    os.fsync(file.fileno())
            finally:
                trial.unlink(missing_ok=True)
            disk = shutil.disk_usage(self.folder)
            # Some file systems do not say how much room they have.
            if disk.total and disk.free < _LEAST_ROOM_BYTES:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError as error:
            raise InputError(
                f"key 'prediction.journal': {self.folder} cannot be written"
                f" ({error.strerror}); no call was made. Make room or name another folder"
            ) from error

    def vouch(self):
        """Note that a sample of the answers of earlier versions was asked again."""
        for path in self._paths:
            path.with_suffix(_SAMPLED).touch()

    def doubt(self, reason):
        """Note that the model has changed, so that no later run mixes its answers."""
        # Without room for the reason, the file alone says so.
        with contextlib.suppress(OSError):
            self._changed.write_text(f"{reason}\n")

    def check_undoubted(self):
        """Raise `InputError` if an earlier run has noticed that the model changed."""
        if self._changed.exists():
            reason = ""
            with contextlib.suppress(OSError):
                reason = self._changed.read_text(errors="replace").strip()
            raise InputError(
                f"{self._changed}: {reason or 'the model has changed'}. To use these"
                " answers nevertheless, remove this file"
            )

    @property
    def _changed(self):
        return self.folder.parent / _CHANGED

    def read(self, place):
        """Return the answer at a place that `find` or `append` returned."""
        path = self._paths[place["file"]]
        with self._lock:
            if path not in self._open:
                if len(self._open) >= _MAX_OPEN:
                    self._open.pop(next(iter(self._open))).close()
                self._open[path] = open(path, "rb")  # noqa: SIM115
            file = self._open[path]
            file.seek(int(place["offset"]))
            _, body = next_record(file)
        return decode(*split(body))

    def append(self, answer):
        """Write an answer; once this returns, it survives the end of the process.

        Returns
        -------
        dict
            Its place, for `read`.
        """
        head = {
            "variant_id": answer.variant_id,
            "window_start": int(answer.window_start),
            "checked": 1,
        }
        if self._contents is not None:
            head["of"] = self._contents
        if answer.feature_ids is None:
            arrays = []
            for name in ARRAYS:
                if (values := getattr(answer, name)) is not None:
                    arrays.append(np.asarray(values, dtype="<f4"))
                    head[name] = len(arrays[-1])
        else:
            more, arrays = gene_records.encode(answer, self._keep)
            head |= more
        record = pack(head, arrays)
        with self._lock:
            if self._file is None:
                self.folder.mkdir(parents=True, exist_ok=True)
                # Unbuffered: a killed process leaves at most one torn record.
                self._file = open(self._own, "xb", buffering=0)  # noqa: SIM115
                self._paths.append(self._own)
            place = {
                "file": self._paths.index(self._own),
                "offset": self._file.tell(),
            }
            with _naming(self._own):
                n_written = self._file.write(record)
            if n_written != len(record):
                # Nothing may follow a torn record: the next answer opens a new file.
                torn, self._file = self._file, None
                self._own = self.folder / f"{writer_name()}.journal"
                torn.close()
                raise OSError(f"{torn.name}: written only in part; is the disk full?")
            if time.monotonic() - self._synced > _SYNC_EVERY_S:
                self._sync()
        return place

    def _sync(self):
        descriptor = self._file.fileno()
        with _naming(self._own):
            os.fsync(descriptor)
            n_links = os.fstat(descriptor).st_nlink
        if not n_links:
            raise InputError(
                f"{self._own}: was deleted while answers were written to it, so that these"
                " are lost; other files are kept"
            )
        self._synced = time.monotonic()


@contextlib.contextmanager
def _naming(path):
    """Name the file in errors of an open one, which do not name it themselves."""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
