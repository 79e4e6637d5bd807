"""Tables as tab-separated text: the output of pandas, ten times faster."""

import contextlib
import gzip

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

# Takes half the time of gzip's default level, for files that are 1 % larger.
LEVEL = 5
_BATCH_ROWS = 1 << 16


def write_text(table, path):
    """Write a table as tab-separated text, with a header (gzip by suffix).

    Missing values are empty. Floats take the shortest form that reads back unchanged.

    Parameters
    ----------
    table : pyarrow.Table
        Columns of strings, categories, numbers and booleans.
    path : str or path-like

    Returns
    -------
    bool
        False if a value would need quotes, which this writer cannot produce. The file
        is then incomplete.
    """
    header = "\t".join(table.column_names) + "\n"
    options = pa.csv.WriteOptions(
        include_header=False, delimiter="\t", quoting_style="none"
    )
    is_packed = str(path).endswith(".gz")
    try:
        with (
            open(path, "wb") as file,
            gzip.GzipFile("", "wb", LEVEL, file, mtime=1)
            if is_packed
            else contextlib.nullcontext(file) as target,
        ):
            target.write(header.encode())
            for part in table.to_batches(_BATCH_ROWS):
                texts = pa.table([*map(as_text, part.columns)], table.column_names)
                pa.csv.write_csv(texts, target, options)
    except pa.ArrowInvalid:
        return False
    return True


def as_text(column):
    """Format a `pyarrow.Array` as pandas does, with nulls for missing values."""
    if pa.types.is_boolean(column.type):
        return pc.if_else(column, "True", "False")
    texts = column.cast(pa.string())
    if not pa.types.is_floating(column.type):
        return texts
    values = column.to_numpy(zero_copy_only=False)
    size, is_known = np.abs(values.astype(float)), ~np.isnan(values)
    # Arrow omits the .0 of whole numbers, and formats the exponents of very small and
    # very large numbers differently.
    largest = 1e6 if values.dtype == np.float32 else 1e10
    is_alike = (size >= 1e-4) & (size < largest) & (values != np.trunc(values))
    is_other = is_known & ~is_alike
    others = pa.array(values[is_other].astype(str), pa.string())
    texts = pc.replace_with_mask(texts, pa.array(is_other), others)
    return pc.if_else(pa.array(is_known), texts, None)
