"""Two runs that fill one journal at the same time: each looks at what the other does.

A run announces the variants that it is about to ask about, a few at a time, in a file of
its own beside the answers. The others put these variants off until they have asked about
everything else, and then ask about those that are still without an answer. A run that is
killed thus costs the others a wait, and no answer.
"""

import contextlib
import os
import pathlib
import socket
import time

import numpy as np
import pandas as pd

from endobench.predict.journal import writer_name
from endobench.predict.journal_places import files_of

# So few variants are announced at a time that two runs meet in few of them.
BLOCK = 16
# Other runs' announced variants are waited for as long as their answers come in.
PATIENCE_S = 5.0
_LOOK_EVERY_S = 0.05
_SUFFIX = ".asking"


class Announcements:
    """The variants that the runs on one folder have announced.

    Parameters
    ----------
    folder : path-like
        That of a `journal.Journal`.
    """

    def __init__(self, folder):
        self._folder = pathlib.Path(folder)
        self._own = self._folder / f"{writer_name()}{_SUFFIX}"
        self._ends = {}

    def add(self, variant_ids):
        """Announce that this run is about to ask about some variants."""
        # Without room, other runs ask about them, too; answers say so in a clear line.
        with contextlib.suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            with open(self._own, "ab", buffering=0) as file:
                file.write("".join(f"{each}\n" for each in variant_ids).encode())

    def new(self):
        """Yield what other runs have announced since the last call.

        Yields
        ------
        variant_ids : list of str
        is_first : bool
            Whether that run goes first if both announce a variant at the same time.
        """
        for name in files_of(self._folder, _SUFFIX) - {self._own.name}:
            path = self._folder / name
            if _has_ended(path):
                continue
            begin = self._ends.get(path, 0)
            try:
                with open(path, "rb") as file:
                    file.seek(begin)
                    text = file.read()
            # Its run has just ended; or it is no file of a run, or another user's.
            except OSError:
                continue
            # A line that is being written is read by a later call.
            whole = text[: text.rfind(b"\n") + 1]
            self._ends[path] = begin + len(whole)
            if whole:
                yield whole.decode(errors="replace").split("\n")[:-1], path < self._own

    def close(self):
        """Withdraw what this run has announced."""
        # What stays there costs another run a wait, and this one nothing.
        with contextlib.suppress(OSError):
            self._own.unlink()


class Shared:
    """What other runs have answered or announced of a job's questions.

    Parameters
    ----------
    rows : pandas.DataFrame
        In the columns of `columns.SHARDS`.
    journals : dict of str to journal.Journal
        By scorer.
    is_missing : numpy.ndarray of bool, shape (n_rows, n_scorers)
        Which answers are missing; changed as other runs answer.
    """

    def __init__(self, rows, journals, is_missing):
        self.is_missing = is_missing
        self._ids = pd.Index(rows["variant_id"])
        self._starts = rows["window_start"].to_numpy()
        self._journals = list(journals.values())
        self._announcements = [Announcements(each.folder) for each in self._journals]
        self._is_announced = np.zeros(len(rows), dtype=bool)
        self._looked = float("-inf")

    def claim(self, positions):
        """Announce those of some rows that no other run has announced or answered.

        Parameters
        ----------
        positions : numpy.ndarray of int

        Returns
        -------
        mine : numpy.ndarray of int
            Rows that this run asks about; the others have been answered since, or are
            put off.
        """
        self.look()
        self._see_announced()
        mine = self._unclaimed(positions)
        for scorer, each in enumerate(self._announcements):
            asked = mine[self.is_missing[mine, scorer]]
            if len(asked):
                each.add(self._ids[asked])
        # Another run may have announced the same at the same time.
        self._see_announced(are_simultaneous=True)
        return self._unclaimed(mine)

    def _unclaimed(self, positions):
        is_free = (
            self.is_missing[positions].any(axis=1) & ~self._is_announced[positions]
        )
        return positions[is_free]

    def look(self):
        """Take notice of new answers, at most every 50 ms; return whether any came."""
        if time.monotonic() - self._looked < _LOOK_EVERY_S:
            return False
        self._looked = time.monotonic()
        n_missing = self.is_missing.sum()
        for scorer, journal in enumerate(self._journals):
            for variant_id, window_start in journal.follow():
                row = self._ids.get_indexer([variant_id])[0]
                if row >= 0 and self._starts[row] == window_start:
                    self.is_missing[row, scorer] = False
        return self.is_missing.sum() < n_missing

    def _see_announced(self, are_simultaneous=False):
        for each in self._announcements:
            for variant_ids, is_first in each.new():
                if is_first or not are_simultaneous:
                    rows = self._ids.get_indexer(variant_ids)
                    self._is_announced[rows[rows >= 0]] = True

    def close(self):
        """Withdraw this run's announcements."""
        for each in self._announcements:
            each.close()


def _has_ended(path):
    """Return whether a file was written by a process of this machine that has ended."""
    try:
        host, pid, _ = path.stem.rsplit("-", 2)
        if host == socket.gethostname():
            os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    # Of another user's process, or a file that no run has named.
    except (OSError, ValueError, OverflowError):
        pass
    return False
