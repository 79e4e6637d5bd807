"""Text compressed in blocks (bgzip), with a tabix index beside it."""

import itertools
import pathlib

import pysam

from endobench.core.files import atomic_path

_AT_ONCE = 1_000


def write_indexed(lines, path, preset):
    """Write lines bgzipped, and their index to ``{path}.tbi``; both whole or not at all.

    The same lines give the same bytes.

    Parameters
    ----------
    lines : iterable of str
        Without their ends; those that begin with ``#`` come first, the others sorted by
        chromosome and position.
    path : str or path-like
    preset : {"vcf", "bed"}
        The columns that the index is of.
    """
    path = pathlib.Path(path)
    index = path.with_name(path.name + ".tbi")
    # The index must not be older than the file.
    with atomic_path(index) as temporary_index, atomic_path(path) as temporary:
        with pysam.BGZFile(str(temporary), "wb") as file:
            lines = iter(lines)
            while part := [*itertools.islice(lines, _AT_ONCE)]:
                file.write("\n".join([*part, ""]).encode())
        pysam.tabix_index(
            str(temporary), preset=preset, index=str(temporary_index), force=True
        )
