"""Reading and writing the workflow's tables, checked against their contracts."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from endobench.core.columns import DROPPED
from endobench.core.errors import InputError
from endobench.core.files import DAMAGED, atomic_path
from endobench.core.table_text import LEVEL, write_text


def as_table(frame, schema):
    """Return a frame as an Arrow table that keeps a contract of `endobench.columns`.

    Parameters
    ----------
    frame : pandas.DataFrame or pyarrow.Table
        May hold more columns than the contract; these are left out. A column that is
        missing is filled with nulls.
    schema : pyarrow.Schema
        The contract: names, order and types.

    Raises
    ------
    pyarrow.ArrowInvalid
        Where a value does not fit the type of its column.
    """
    if isinstance(frame, pa.Table):
        n_rows = frame.num_rows
        columns = [
            _cast(frame[field.name], field.type)
            if field.name in frame.column_names
            else pa.nulls(n_rows, field.type)
            for field in schema
        ]
        return pa.table(columns, schema=schema)
    frame = frame.reindex(columns=schema.names)
    # Arrow makes texts and lists of a column of nulls only where its type is object.
    empty = [
        field.name
        for field in schema
        if not _is_number(field.type) and frame[field.name].isna().all()
    ]
    frame = frame.astype(dict.fromkeys(empty, object))
    return pa.Table.from_pandas(frame, schema=schema, preserve_index=False)


def _cast(column, type_):
    """Cast a column; a dictionary whose values differ in type is decoded on the way."""
    if pa.types.is_dictionary(column.type) and column.type != type_:
        column = column.cast(column.type.value_type)
    if pa.types.is_dictionary(type_) and not pa.types.is_dictionary(column.type):
        column = column.cast(type_.value_type).dictionary_encode()
    return column.cast(type_)


def write_table(frame, path, schema):
    """Write a frame as Parquet, whole or not at all, in the order of its contract."""
    table = as_table(frame, schema)
    with (
        atomic_path(path) as temporary,
        table_writer(temporary, table.schema) as writer,
    ):
        writer.write_table(table)


def table_writer(path, schema):
    """Open a Parquet file of a contract, to be written part by part."""
    names = [field.name for field in schema if pa.types.is_dictionary(field.type)]
    # A dictionary of what hardly repeats takes longer than it saves.
    names += ["feature_id", "ref", "alt", "unit"]
    return pq.ParquetWriter(path, schema, compression="zstd", use_dictionary=names)


def read_table(path, schema, columns=None, filters=None):
    """Read a Parquet table that this workflow wrote.

    Parameters
    ----------
    path : str or path-like
    schema : pyarrow.Schema
        The contract that the file must keep.
    columns : list of str, optional
        The columns wanted; all of the contract by default.
    filters : list of tuple, optional
        The rows wanted, as for `pyarrow.parquet.read_table`.

    Raises
    ------
    InputError
        If the file is no Parquet file or lacks a column of its contract.
    """
    wanted = list(columns or schema.names)
    try:
        found = pq.read_schema(path).names
        if missing := [name for name in wanted if name not in found]:
            raise InputError(f"{path}: lacks the columns {', '.join(missing)}")
        return pq.read_table(path, columns=wanted, filters=filters)
    except (pa.ArrowInvalid, OSError) as error:
        raise InputError(f"{path}: not a whole Parquet file ({error})") from None


def read_parts(path, schema, columns=None, encoded=()):
    """Yield a Parquet table of this workflow a row group at a time, as Arrow tables.

    Parameters
    ----------
    path : str or path-like
    schema : pyarrow.Schema
        The contract that the file must keep.
    columns : list of str, optional
        The columns wanted; all of the contract by default.
    encoded : list of str, optional
        Texts that come as dictionaries, as most of them are stored.

    Raises
    ------
    InputError
        As by `read_table`.
    """
    wanted = list(columns or schema.names)
    try:
        with pq.ParquetFile(path, read_dictionary=list(encoded)) as file:
            found = file.schema_arrow.names
            if missing := [name for name in wanted if name not in found]:
                raise InputError(f"{path}: lacks the columns {', '.join(missing)}")
            for group in range(file.num_row_groups):
                yield file.read_row_group(group, columns=wanted)
    except (pa.ArrowInvalid, OSError) as error:
        raise InputError(f"{path}: not a whole Parquet file ({error})") from None


def read_chromosomes(path, schema):
    """Yield each chromosome of a Parquet table of this workflow and its rows, a frame.

    The table must be sorted by chromosome.
    """
    name, parts = None, []
    for part in read_parts(path, schema):
        for chrom, rows in part.to_pandas().groupby("chrom", observed=True):
            if chrom != name and parts:
                yield name, pd.concat(parts, ignore_index=True)
                parts = []
            name = chrom
            parts.append(rows.astype({"chrom": str}))
    if parts:
        yield name, pd.concat(parts, ignore_index=True)


def read_frame(path, schema, columns=None):
    """Read a Parquet table of this workflow as a `pandas.DataFrame`."""
    return read_table(path, schema, columns).unify_dictionaries().to_pandas()


def read_rows(path, schema, name, values):
    """Read the rows in which a column has one of some values, and the column itself.

    Parameters
    ----------
    path : str or path-like
        A Parquet table of this workflow, read a row group at a time.
    schema : pyarrow.Schema
    name : str
        A column of texts.
    values : array-like of str

    Returns
    -------
    rows : pyarrow.Table
    column : pyarrow.ChunkedArray of str
        Of all rows.
    """
    wanted = pa.array(values, pa.string(), from_pandas=True)
    parts, columns = [schema.empty_table()], [pa.chunked_array([], pa.string())]
    part = None
    for part in read_parts(path, schema):
        parts.append(part.filter(pc.is_in(part[name], wanted)))
        columns.append(part[name])
    # What reading needed on the way is given back.
    del part
    pa.default_memory_pool().release_unused()
    rows = pa.concat_tables(part.replace_schema_metadata() for part in parts)
    chunks = [chunk for column in columns for chunk in column.chunks]
    return rows.unify_dictionaries(), pa.chunked_array(chunks, pa.string())


def read_frames(paths, schema, filters=None, columns=None):
    """Read several Parquet tables of one contract, one below the other, as a frame.

    `filters` and `columns` choose rows and columns as for `read_table`.
    """
    if columns:
        schema = pa.schema([schema.field(name) for name in columns])
    if not paths:
        return schema.empty_table().to_pandas()
    parts = [
        as_table(read_table(path, schema, filters=filters), schema) for path in paths
    ]
    frame = pa.concat_tables(parts).unify_dictionaries().to_pandas()
    # Names of rows that were not wanted are no categories.
    for name in frame.select_dtypes("category"):
        frame[name] = frame[name].cat.remove_unused_categories()
    return frame


def write_tsv(frame, path, schema):
    """Write a table as tab-separated text (gzip by suffix), whole or not at all.

    Missing values are empty; floats keep the shortest form that reads back the same.
    `frame` is one of pandas, or a `pyarrow.Table`.
    """
    with atomic_path(path) as temporary:
        table = _plain(frame, schema)
        if table is None or not write_text(table, temporary):
            if isinstance(frame, pa.Table):
                frame = frame.to_pandas()
            frame = frame.reindex(columns=schema.names)
            # With a missing value among them, counts are not written as 754.0.
            counts = [field.name for field in schema if pa.types.is_integer(field.type)]
            frame = frame.astype(dict.fromkeys(counts, "Int64"))
            packing = {"method": "gzip", "mtime": 1, "compresslevel": LEVEL}
            compression = packing if str(path).endswith(".gz") else None
            frame.to_csv(temporary, sep="\t", index=False, compression=compression)


def _plain(frame, schema):
    """Return a table that `table_text` writes as pandas would write the frame, or None.

    Values of another type than their column's are not written alike.
    """
    if not isinstance(frame, pa.Table):
        frame = frame.reindex(columns=schema.names)
        if not all(_is_plain(frame[field.name], field.type) for field in schema):
            return None
    try:
        return as_table(frame, schema)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return None


def _is_plain(values, type_):
    if pa.types.is_floating(type_):
        return values.dtype == np.float64
    return not pa.types.is_boolean(type_) or values.dtype in ("bool", "boolean")


def stacked(frames, schema):
    """Put frames or tables of one contract below one another, as a `pyarrow.Table`."""
    tables = [as_table(frame, schema) for frame in frames]
    tables = [table.replace_schema_metadata() for table in tables]
    return pa.concat_tables(tables).unify_dictionaries()


def read_tsv(path, schema):
    """Read a table that `write_tsv` wrote, with the types of its contract."""
    types = {
        field.name: "boolean" if pa.types.is_boolean(field.type) else str
        for field in schema
        if not _is_number(field.type)
    }
    try:
        frame = pd.read_csv(
            path,
            sep="\t",
            keep_default_na=False,
            na_values=[""],
            dtype=types,
            float_precision="round_trip",
        )
    except (*DAMAGED, ValueError) as error:
        raise InputError(f"{path}: not a whole table ({error})") from None
    if missing := [name for name in schema.names if name not in frame.columns]:
        raise InputError(f"{path}: lacks the columns {', '.join(missing)}")
    return as_table(frame, schema).to_pandas()


def read_tsvs(paths, schema):
    """Read several tables of one contract as `read_tsv`, one below the other."""
    return stacked([read_tsv(path, schema) for path in paths], schema).to_pandas()


def _is_number(type_):
    return pa.types.is_integer(type_) or pa.types.is_floating(type_)


def dropped(frame, stage, reason, value=None):
    """Describe rows that a stage leaves out, in the columns of the dropped table.

    Parameters
    ----------
    frame : pandas.DataFrame
        The rows, with ``variant_id`` and, where known, ``source_line``.
    stage : str
        The stage that drops them.
    reason : str or pandas.Series
        One word for all of them, or one per row.
    value : str or pandas.Series, optional
        The offending value.
    """

    def aligned(values):
        is_series = isinstance(values, pd.Series)
        return values.reindex(frame.index) if is_series else values

    result = pd.DataFrame(index=frame.index, columns=DROPPED.names)
    result = result.assign(stage=stage, reason=aligned(reason))
    for name in ("variant_id", "source_line"):
        if name in frame:
            result[name] = frame[name]
    if value is not None:
        result["value"] = aligned(value)
        result["value"] = result["value"].astype(str)
    result["source_line"] = result["source_line"].astype("Int64")
    return result.reset_index(drop=True)
