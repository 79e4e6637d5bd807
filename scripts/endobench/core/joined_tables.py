"""Small tables with the same columns, joined as text."""

import pathlib

from endobench.core.files import atomic_path


def join_tables(paths, target):
    """Write the rows of tables with the same header to one table.

    Nothing is parsed, so that no package needs to be loaded.

    Parameters
    ----------
    paths : list of path-like
        TSV files, at least one.
    target : path-like

    Raises
    ------
    ValueError
        If two files have different headers.
    """
    header, rows = None, []
    for path in paths:
        first, *others = pathlib.Path(path).read_text().splitlines(keepends=True)
        if header not in (None, first):
            raise ValueError(f"{path}: the header {first!r} is not that of {paths[0]}")
        header = first
        rows += others
    with atomic_path(target) as temporary:
        temporary.write_text("".join([header, *rows]))
