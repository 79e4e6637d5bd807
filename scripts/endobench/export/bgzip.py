"""Block-compressed text (bgzip) with a tabix index."""

import itertools
import pathlib

import pysam

from endobench.core.files import atomic_path

# Lines that are compressed at once.
_AT_ONCE = 1_000


def write_indexed(lines, path, preset):
    """Write lines with bgzip, and their tabix index to ``{path}.tbi``, both atomically.

    Equal lines give equal bytes.

    Parameters
    ----------
    lines : iterable of str
        Without line ends. Lines that begin with ``#`` come first, the others are sorted
        by chromosome and position.
    path : str or path-like
    preset : {"vcf", "bed"}
        The format, which tells tabix the columns of the positions.
    """
    path = pathlib.Path(path)
    index = path.with_name(path.name + ".tbi")
    # The index must not be older than the file.
    with atomic_path(index) as temporary_index, atomic_path(path) as temporary:
        with pysam.BGZFile(str(temporary), "wb") as file:
            lines = iter(lines)
            while part := list(itertools.islice(lines, _AT_ONCE)):
                file.write("\n".join([*part, ""]).encode())
        pysam.tabix_index(
            str(temporary), preset=preset, index=str(temporary_index), force=True
        )
