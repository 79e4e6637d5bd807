"""Tables of measured effects: one reader for all formats, columns by name."""

import difflib
import logging
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from endobench.columns import EFFECTS, VARIANTS
from endobench.errors import InputError
from endobench.files import DAMAGED, is_gzip, open_text
from endobench.formats import FORMATS, MISSING, NUMBERS, UNITS
from endobench.tables import dropped
from endobench.variants import (
    make_variant_ids,
    sort_variants,
    split_variant_ids,
)

log = logging.getLogger(__name__)

STAGE = "variants"


class Parsed(NamedTuple):
    """What a table of effects holds: every source row is in `effects` or `dropped`.

    Attributes
    ----------
    variants : pandas.DataFrame
        Unique variants, sorted by position, in the columns of `columns.VARIANTS`.
    effects : pandas.DataFrame
        One row per variant-feature pair, in the columns of `columns.EFFECTS`.
    dropped : pandas.DataFrame
        Rows left out, with the reason, in the columns of `columns.DROPPED`.
    n_rows : int
        Rows of the source.
    """

    variants: pd.DataFrame
    effects: pd.DataFrame
    dropped: pd.DataFrame
    n_rows: int


def read_effects(
    path,
    format_name,
    build="GRCh38",
    *,
    chromosomes=None,
    max_q_value=None,
    effect_column="effect",
    unit=None,
):
    """Read a published table of effects.

    Parameters
    ----------
    path : str or path-like
        Tab-separated text with a header, plain or gzip.
    format_name : str
        A key of `formats.FORMATS`.
    build : str
        The build that the source declares; a variant id that says another is an error.
    chromosomes : list of str, optional
        Those of the benchmark; rows elsewhere are dropped.
    max_q_value : float, optional
        Rows with a larger q value are dropped (GTEx's significant genes: 0.05).
    effect_column : {"effect", "p_value"}
        The column taken for the effect. Anything but "effect" is the published study's
        mistake, kept so that its cost can be shown.
    unit : str, optional
        A key of `formats.UNITS`, for a format that leaves it to the sheet. Effects that
        it does not allow are dropped.

    Returns
    -------
    Parsed

    Raises
    ------
    InputError
        If a column is missing, a number is none, a variant id is malformed or of
        another build, the file is empty or truncated, no row can be used, or the format
        has no q values or no such effect.
    """
    format_ = FORMATS[format_name]
    if effect_column not in format_.columns:
        raise InputError(
            f"{path}: a table of format {format_name} has no {effect_column} to take for"
            " the effect, as protocol published does; run protocol corrected alone"
        )
    if max_q_value is not None and "q_value" not in format_.columns:
        raise InputError(
            f"{path}: max_q_value is set, but a table of format {format_name} has no q"
            " values; remove it from the config or use gtex_egenes"
        )
    table = _read_columns(path, format_)
    n_rows = table.num_rows
    if n_rows == 0:
        raise InputError(f"{path}: holds a header and no rows")
    codes, variants, bad = _unique_variants(path, table, format_, build)
    bad[bad.isna() & (variants["ref"] == variants["alt"])] = "alleles_equal"

    frame = pd.DataFrame({"code": codes, "source_line": range(2, n_rows + 2)})
    for name in NUMBERS:
        if format_.columns.get(name) in table.column_names:
            frame[name] = table[format_.columns[name]].to_numpy()
    if format_.feature is None:
        feature = table[format_.columns["feature_id"]].combine_chunks()
        is_missing = pc.is_in(feature, pa.array(MISSING))
        encoded = pc.if_else(is_missing, None, feature).dictionary_encode()
        frame["feature_id"] = pd.Categorical.from_codes(
            encoded.indices.fill_null(-1).to_numpy(), encoded.dictionary.tolist()
        )
    else:
        frame["feature_id"] = pd.Categorical.from_codes(
            [0] * n_rows, categories=[format_.feature]
        )
    del table

    limits = UNITS[unit or format_.unit] if effect_column == "effect" else None
    reason = _reasons(
        frame, variants["chrom"], bad, chromosomes, max_q_value, effect_column, limits
    )
    ids = variants["variant_id"]
    kept = reason.isna()
    lost = frame[~kept]
    lost = dropped(
        lost.assign(variant_id=ids.to_numpy()[lost["code"]]),
        STAGE,
        reason[~kept],
        lost["effect"],
    )
    frame = frame[kept]
    if frame.empty:
        counts = reason.value_counts().items()
        reasons = ", ".join(f"{name} {count:,}" for name, count in counts)
        raise InputError(f"{path}: none of {n_rows:,} rows can be used: {reasons}")
    frame = frame.assign(
        effect=frame[effect_column],
        variant_id=ids.to_numpy()[frame["code"]],
        unit=unit or format_.unit if effect_column == "effect" else effect_column,
    )
    present = variants.loc[sorted(frame["code"].unique())]
    log.info(
        "%s: %d rows, kept %d pairs of %d unique variants",
        path,
        n_rows,
        len(frame),
        len(present),
    )
    return Parsed(
        sort_variants(present).reindex(columns=VARIANTS.names),
        frame.reindex(columns=EFFECTS.names).reset_index(drop=True),
        lost,
        n_rows,
    )


def _read_columns(path, format_):
    header = _header(path)
    absent = [name for name in format_.optional if name in format_.columns]
    absent = [name for name in absent if format_.columns[name] not in header]
    if absent:
        log.warning("%s: has no column for %s", path, ", ".join(absent))
        columns = {k: v for k, v in format_.columns.items() if k not in absent}
        format_ = format_._replace(columns=columns)
    wanted = list(dict.fromkeys(format_.columns.values()))
    _check_header(path, header, wanted)
    names = {file_name: name for name, file_name in format_.columns.items()}
    numeric = {name for name in wanted if names[name] in NUMBERS}
    types = {
        name: pa.float64()
        if name in numeric
        else pa.int64()
        if names[name] == "pos"
        else pa.string()
        for name in wanted
    }
    try:
        with pa.input_stream(
            path, compression="gzip" if is_gzip(path) else None
        ) as stream:
            return pyarrow.csv.read_csv(
                stream,
                # No quotes and no skipped lines: a row of the file is a row of the table.
                parse_options=pyarrow.csv.ParseOptions(
                    delimiter="\t", quote_char=False, ignore_empty_lines=False
                ),
                convert_options=pyarrow.csv.ConvertOptions(
                    include_columns=wanted, column_types=types, null_values=MISSING
                ),
            )
    except pa.ArrowInvalid as error:
        raise InputError(_locate(path, types, str(error))) from None
    except OSError as error:
        raise InputError(
            f"{path}: cannot be read to its end ({error}); is the file truncated?"
        ) from None


def _header(path):
    try:
        with open_text(path) as file:
            header = file.readline().rstrip("\r\n").split("\t")
    except DAMAGED as error:
        raise InputError(f"{path}: not a readable text table ({error})") from None
    if header == [""]:
        raise InputError(f"{path}: is empty; a header and rows are expected")
    return header


def _check_header(path, header, wanted):
    for name in wanted:
        if name not in header:
            others = [each for each in header if each not in wanted]
            near = difflib.get_close_matches(name, others, n=1)
            hint = f"; did {near[0]!r} replace it?" if near else ""
            if len(header) == 1:
                hint = "; columns are separated by tabs"
            raise InputError(
                f"{path}: line 1: column {name!r} is missing{hint}"
                f" (found: {', '.join(header)})"
            )
        if header.count(name) > 1:
            raise InputError(f"{path}: line 1: column {name!r} stands there twice")


def _locate(path, types, message):
    """Say in which line the text is that Arrow could not convert."""
    line = 1
    try:
        with open_text(path) as file:
            header = file.readline().rstrip("\r\n").split("\t")
            for line, text in enumerate(file, start=2):
                if defect := _defect(header, text, types):
                    return f"{path}: line {line}: {defect}"
    except DAMAGED as error:
        return f"{path}: not readable as text after line {line} ({error})"
    return f"{path}: {message}"


def _defect(header, text, types):
    """Say what is wrong with a line, or None."""
    fields = text.rstrip("\r\n").split("\t")
    if len(fields) != len(header):
        return (
            f"{len(fields)} fields where the header has {len(header)};"
            " is the file truncated?"
        )
    for name, type_ in types.items():
        value = fields[header.index(name)]
        if type_ == pa.string() or value in MISSING:
            continue
        try:
            # Python reads 1_000 as a number, Arrow does not.
            (float if type_ == pa.float64() else int)(value.replace("_", "?"))
        except ValueError:
            return f"column {name!r}: {value!r} is not a number"
    return None


def _unique_variants(path, table, format_, build):
    """Return each row's code, the unique variants by code, and each code's defect."""
    if "variant_id" in format_.columns:
        name = format_.columns["variant_id"]
        encoded = table[name].combine_chunks().dictionary_encode()
        codes = encoded.indices.to_numpy(zero_copy_only=False)
        variants = split_variant_ids(path, encoded, build, name)
        return codes, variants, pd.Series(pd.NA, index=variants.index, dtype="string")
    columns = format_.columns
    rows = pd.DataFrame(
        {name: table[columns[name]].to_pandas() for name in ("chrom", "pos")}
    )
    for name in ("ref", "alt"):
        rows[name] = table[columns[name]].to_pandas().str.upper()
    codes = rows.groupby(list(rows.columns), sort=False, dropna=False).ngroup()
    variants = rows.loc[~codes.duplicated()]
    is_prefixed = variants["chrom"].str.startswith("chr")
    if not is_prefixed.all():
        row = variants.index[~is_prefixed][0]
        raise InputError(
            f"{path}: line {row + 2}: column {columns['chrom']!r}:"
            f" {variants.loc[row, 'chrom']!r} is no chromosome of this benchmark,"
            " 'chr1' is expected"
        )
    variants = variants.reset_index(drop=True)
    is_sequence = variants["ref"].str.fullmatch("[ACGT]+") & variants[
        "alt"
    ].str.fullmatch("[ACGT]+")
    bad = pd.Series(pd.NA, index=variants.index, dtype="string")
    bad[~is_sequence.fillna(False).astype(bool)] = "allele_not_ACGT"
    bad[variants["pos"] < 1] = "position_below_1"
    bad[variants["pos"].isna()] = "position_missing"
    variants["pos"] = variants["pos"].fillna(0).astype("int64")
    variants["variant_id"] = make_variant_ids(variants, build)
    return codes.to_numpy(), variants, bad


def _reasons(frame, chrom, bad, chromosomes, max_q_value, effect_column, limits):
    """Return why each row is dropped, or NA: the first reason that holds."""
    reason = bad.reset_index(drop=True).take(frame["code"]).reset_index(drop=True)

    def drop(where, why):
        reason[reason.isna() & where] = why

    if chromosomes is not None:
        elsewhere = ~chrom.isin(chromosomes).to_numpy()[frame["code"]]
        drop(elsewhere, "chromosome_not_requested")
    if max_q_value is not None:
        drop(~(frame["q_value"] <= max_q_value), "q_value_over_limit")
    is_number = np.isfinite(frame["effect"]) & np.isfinite(frame[effect_column])
    drop(~is_number, "effect_missing")
    if limits is not None:
        is_possible = frame["effect"].between(limits.low, limits.high)
        drop(~is_possible, "effect_out_of_range")
    if "effect_se" in frame:
        drop(frame["effect_se"] <= 0, "standard_error_not_positive")
    drop(frame["feature_id"].isna(), "feature_missing")
    keys = ["code", "feature_id"]
    repeated = frame.duplicated(keys, keep=False) & reason.isna()
    if repeated.any():
        values = [name for name in NUMBERS if name in frame]
        same = frame[repeated].groupby(keys, observed=True)[values]
        conflict = same.transform("nunique", dropna=False).gt(1).any(axis=1)
        drop(conflict.reindex(frame.index, fill_value=False), "conflicting_duplicate")
        again = frame[reason.isna()].duplicated(keys)
        drop(again.reindex(frame.index, fill_value=False), "duplicate")
    return reason
