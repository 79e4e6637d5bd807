"""Reading and writing the tables of the workflow, checked against their schemas."""

import contextlib

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from endobench.core.errors import InputError
from endobench.core.files import DAMAGED, atomic_path
from endobench.core.table_text import LEVEL, write_text


def as_table(frame, schema):
    """Convert a frame to an Arrow table with a schema of `core.columns`.

    Parameters
    ----------
    frame : pandas.DataFrame or pyarrow.Table
        Columns that are not in the schema are dropped; missing ones are filled with
        nulls.
    schema : pyarrow.Schema
        Names, order and types of the columns.

    Raises
    ------
    pyarrow.ArrowInvalid
        If a value does not fit the type of its column.
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
    # Arrow converts a column of nulls to strings or lists only if its dtype is object.
    empty = [
        field.name
        for field, dtype in zip(schema, frame.dtypes, strict=True)
        if not pd.api.types.is_object_dtype(dtype)
        and not _is_number(field.type)
        and frame[field.name].isna().all()
    ]
    if empty:
        # `frame.astype` takes apart all columns to convert some.
        frame = frame.assign(**{name: frame[name].astype(object) for name in empty})
    return pa.Table.from_pandas(frame, schema=schema, preserve_index=False)


def _cast(column, type_):
    """Cast a column, decoding a dictionary whose values have another type."""
    if pa.types.is_dictionary(column.type) and column.type != type_:
        column = column.cast(column.type.value_type)
    if pa.types.is_dictionary(type_) and not pa.types.is_dictionary(column.type):
        column = column.cast(type_.value_type).dictionary_encode()
    return column.cast(type_)


def write_table(frame, path, schema, **notes):
    """Write a frame as Parquet with the columns of a schema, completely or not at all.

    Parameters
    ----------
    frame : pandas.DataFrame
    path : str or path-like
    schema : pyarrow.Schema
    **notes : str
        Written as metadata of the file, unless empty.
    """
    table = as_table(frame, schema)
    if notes := {key: text for key, text in notes.items() if text}:
        table = table.replace_schema_metadata(
            {**(table.schema.metadata or {}), **notes}
        )
    with (
        atomic_path(path) as temporary,
        table_writer(temporary, table.schema) as writer,
    ):
        writer.write_table(table)


def table_writer(path, schema):
    """Open a Parquet file with a given schema, to be written part by part."""
    names = [field.name for field in schema if pa.types.is_dictionary(field.type)]
    # Dictionaries of nearly unique values cost more time than they save space.
    names += ["feature_id", "ref", "alt", "unit"]
    return pq.ParquetWriter(
        path,
        schema,
        compression="zstd",
        use_dictionary=names,
        # Rows are looked up by this column alone; extremes of others take time.
        write_statistics=["source_line"],
    )


def read_table(path, schema, columns=None, filters=None):
    """Read a Parquet table that this workflow wrote.

    Parameters
    ----------
    path : str or path-like
    schema : pyarrow.Schema
        The columns that the file must have.
    columns : list of str, optional
        The columns to read; by default all of the schema.
    filters : list of tuple, optional
        The rows to read, as for `pyarrow.parquet.read_table`.

    Raises
    ------
    InputError
        If the file is not a complete Parquet file or lacks a column of the schema.
    """
    wanted = list(columns or schema.names)
    try:
        found = pq.read_schema(path).names
        if missing := [name for name in wanted if name not in found]:
            raise InputError(f"{path}: missing columns: {', '.join(missing)}")
        return pq.read_table(path, columns=wanted, filters=filters)
    except (pa.ArrowInvalid, OSError) as error:
        raise InputError(f"{path}: not a complete Parquet file ({error})") from None


def read_parts(path, schema, columns=None, encoded=()):
    """Yield the row groups of a Parquet table of this workflow, as Arrow tables.

    Parameters
    ----------
    path : str or path-like
    schema : pyarrow.Schema
        The columns that the file must have.
    columns : list of str, optional
        The columns to read; by default all of the schema.
    encoded : list of str, optional
        String columns to return as dictionaries, the form in which most are stored.

    Raises
    ------
    InputError
        As `read_table`.
    """
    with reading_parts(path, schema, columns, encoded) as (n_parts, read):
        for number in range(n_parts):
            yield read(number)


@contextlib.contextmanager
def reading_parts(path, schema, columns=None, encoded=()):
    """Open a Parquet table of this workflow to read any of its row groups.

    Parameters
    ----------
    path, schema, columns, encoded
        As for `read_parts`.

    Yields
    ------
    n_parts : int
    read : callable
        From the number of a row group, and optionally its columns, to a `pyarrow.Table`.

    Raises
    ------
    InputError
        As `read_table`.
    """
    wanted = list(columns or schema.names)
    try:
        with pq.ParquetFile(path, read_dictionary=list(encoded)) as file:
            found = file.schema_arrow.names
            if missing := [name for name in wanted if name not in found]:
                raise InputError(f"{path}: missing columns: {', '.join(missing)}")

            def read(number, columns=wanted):
                return file.read_row_group(number, columns=columns)

            yield file.num_row_groups, read
    except (pa.ArrowInvalid, OSError) as error:
        raise InputError(f"{path}: not a complete Parquet file ({error})") from None


def read_chromosomes(path, schema):
    """Yield each chromosome of a Parquet table, with its rows as a frame.

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
    frame = read_table(path, schema, columns).unify_dictionaries().to_pandas()
    # Return the memory that reading needed.
    pa.default_memory_pool().release_unused()
    return frame


def read_rows(path, schema, name, values):
    """Read the rows in which a column has one of the given values, and that column.

    Parameters
    ----------
    path : str or path-like
        A Parquet table of this workflow. It is read one row group at a time.
    schema : pyarrow.Schema
    name : str
        A string column.
    values : array-like of str

    Returns
    -------
    rows : pyarrow.Table
    column : pyarrow.ChunkedArray of str
        The values of the column in all rows of the file.
    """
    wanted = pa.array(values, pa.string(), from_pandas=True)
    parts, columns = [schema.empty_table()], [pa.chunked_array([], pa.string())]
    part = None
    for part in read_parts(path, schema):
        parts.append(part.filter(pc.is_in(part[name], wanted)))
        columns.append(part[name])
    # Return the memory that reading needed.
    del part
    pa.default_memory_pool().release_unused()
    rows = pa.concat_tables(part.replace_schema_metadata() for part in parts)
    chunks = [chunk for column in columns for chunk in column.chunks]
    return rows.unify_dictionaries(), pa.chunked_array(chunks, pa.string())


def read_frames(paths, schema, filters=None, columns=None):
    """Read several Parquet tables of one schema and concatenate them as a frame.

    `filters` and `columns` select rows and columns as in `read_table`.
    """
    if columns:
        schema = pa.schema([schema.field(name) for name in columns])
    if not paths:
        return schema.empty_table().to_pandas()
    parts = [
        as_table(read_table(path, schema, filters=filters), schema) for path in paths
    ]
    frame = pa.concat_tables(parts).unify_dictionaries().to_pandas()
    # The dictionaries also hold the values of rows that were filtered out.
    for name in frame.select_dtypes("category"):
        frame[name] = frame[name].cat.remove_unused_categories()
    return frame


def write_tsv(frame, path, schema):
    """Write a table as tab-separated text (gzip by suffix), completely or not at all.

    Missing values are empty. Floats take the shortest form that reads back unchanged.

    Parameters
    ----------
    frame : pandas.DataFrame or pyarrow.Table
    path : str or path-like
    schema : pyarrow.Schema
    """
    with atomic_path(path) as temporary:
        table = _plain(frame, schema)
        if table is None or not write_text(table, temporary):
            if isinstance(frame, pa.Table):
                frame = frame.to_pandas()
            frame = frame.reindex(columns=schema.names)
            # Otherwise counts become 754.0 if one of them is missing.
            counts = [field.name for field in schema if pa.types.is_integer(field.type)]
            frame = frame.astype(dict.fromkeys(counts, "Int64"))
            packing = {"method": "gzip", "mtime": 1, "compresslevel": LEVEL}
            compression = packing if str(path).endswith(".gz") else None
            frame.to_csv(temporary, sep="\t", index=False, compression=compression)


def _plain(frame, schema):
    """Return a table that `table_text` writes exactly as pandas would, or None.

    It would not if values have another type than their column in the schema.
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
    if not pa.types.is_boolean(type_) or values.dtype in ("bool", "boolean"):
        return True
    # So are objects if they are nothing but booleans and missing values.
    is_object = values.dtype == object
    return values.isna().all() or (
        is_object and pd.api.types.infer_dtype(values, skipna=True) == "boolean"
    )


def stacked(frames, schema):
    """Concatenate frames or tables of one schema, as a `pyarrow.Table`."""
    tables = [as_table(frame, schema) for frame in frames]
    tables = [table.replace_schema_metadata() for table in tables]
    return pa.concat_tables(tables or [schema.empty_table()]).unify_dictionaries()


def read_tsv(path, schema):
    """Read a table that `write_tsv` wrote, with the types of its schema."""
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
        raise InputError(f"{path}: not a complete table ({error})") from None
    if missing := [name for name in schema.names if name not in frame.columns]:
        raise InputError(f"{path}: missing columns: {', '.join(missing)}")
    return as_table(frame, schema).to_pandas()


def read_tsvs(paths, schema):
    """Read several tables of one schema as `read_tsv` does, and concatenate them."""
    return stacked([read_tsv(path, schema) for path in paths], schema).to_pandas()


def _is_number(type_):
    return pa.types.is_integer(type_) or pa.types.is_floating(type_)
