"""Tables of measured effects: one reader for all formats, columns by name."""

import logging
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from endobench.columns import EFFECTS, VARIANTS
from endobench.declared import CHOICE, COMPARISONS
from endobench.derived import complete
from endobench.errors import InputError
from endobench.formats import JOINED, MISSING, NUMBERS, OTHER_WORDS, UNITS
from endobench.loci import unique_variants
from endobench.table_file import open_table, read_columns
from endobench.tables import dropped
from endobench.variants import sort_variants

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
        Rows of the source that are the dataset's.
    """

    variants: pd.DataFrame
    effects: pd.DataFrame
    dropped: pd.DataFrame
    n_rows: int


def read_effects(
    path,
    source,
    *,
    alleles=None,
    joined=None,
    chromosomes=None,
    max_q_value=None,
    effect_column="effect",
):
    """Read a published table of effects.

    Effects of REF or of the first allele are turned around the unit's null, so that they
    are the second allele's minus the first one's. Whether the first allele is the
    genome's is not looked at (see `effects.load_effects`).

    Parameters
    ----------
    path : str or path-like
        Text with a header, Parquet, Feather or VCF, by its content; plain or gzip.
    source : formats.Source
        How it is to be read.
    alleles : rsids.Alleles, optional
        A VCF with the alleles of a table that has none.
    joined : Parsed, optional
        Where the effects of a table come from that has none.
    chromosomes : list of str, optional
        Those of the benchmark; rows elsewhere are dropped.
    max_q_value : float, optional
        Rows with a larger q value are dropped (GTEx's significant genes: 0.05).
    effect_column : {"effect", "p_value"}
        The column taken for the effect. Anything but "effect" is the published study's
        mistake, kept so that its cost can be shown.

    Returns
    -------
    Parsed

    Raises
    ------
    InputError
        If a column is missing, a number is none, a variant id is malformed or of
        another build, the file is empty or truncated, no row can be used, or the format
        has no q values, no alleles or no such effect.
    """
    layout = source.layout
    if layout.is_joined and joined is None:
        raise InputError(
            f"{path}: a table of format {source.format} has no effects; name the row of"
            " the sheet that has them under its column 'effects_from'"
        )
    _check_numbers(path, source, source.numbers, max_q_value, effect_column)
    table_file = open_table(path, layout.header)
    layout = _without_absent(layout, table_file)
    table = read_columns(table_file, _types(layout, source.keep))
    lines = np.arange(table.num_rows) + table_file.first_line
    if table.num_rows == 0:
        raise InputError(f"{path}: holds a header and no rows")
    table, lines, filtered = _keep(path, table, lines, source.keep)
    codes, variants, bad = unique_variants(
        path, table, layout, source.build, lines, alleles, joined
    )
    frame = pd.DataFrame({"code": codes, "source_line": lines})
    for name in (*NUMBERS, *OTHER_WORDS):
        if name in layout.columns:
            frame[name] = table[layout.columns[name]].to_numpy()
    frame["feature_id"] = _features(table, layout)
    n_rows = table.num_rows
    del table

    frame, reason = complete(frame, layout.unit == "label")
    if source.effect_allele in ("REF", "allele1"):
        frame["effect"] = 2 * source.null - frame["effect"]
    if layout.is_joined:
        frame = _with_effects_of(frame, variants, joined)
    _check_numbers(path, source, frame, max_q_value, effect_column)
    limits = UNITS[layout.unit] if effect_column == "effect" else None
    reason = _reasons(
        frame,
        bad.reset_index(drop=True).take(codes).reset_index(drop=True),
        filtered["reason"].fillna(reason),
        chromosomes if chromosomes is None else ~variants["chrom"].isin(chromosomes),
        max_q_value,
        effect_column,
        limits,
    )
    ids = variants["variant_id"].to_numpy()
    kept = reason.isna()
    lost = frame[~kept]
    value = lost["effect"].astype(object)
    is_filtered = reason[~kept] == "filtered"
    value[is_filtered] = filtered["value"][~kept][is_filtered]
    lost = dropped(lost.assign(variant_id=ids[lost["code"]]), STAGE, reason, value)
    frame = frame[kept]
    if frame.empty:
        counts = reason.value_counts().items()
        reasons = ", ".join(f"{name} {count:,}" for name, count in counts)
        raise InputError(f"{path}: none of {n_rows:,} rows can be used: {reasons}")
    frame = frame.assign(
        effect=frame[effect_column],
        variant_id=ids[frame["code"]],
        unit=layout.unit if effect_column == "effect" else effect_column,
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


def _check_numbers(path, source, names, max_q_value, effect_column):
    if effect_column not in names:
        advice = "; declare its column under 'columns' of the sheet"
        if effect_column != "effect":
            advice = (
                " for the effect, as protocol published does; run protocol corrected"
            )
            advice = f" to take{advice} alone"
        raise InputError(
            f"{path}: a table of format {source.format} has no {effect_column}{advice}"
        )
    if max_q_value is not None and "q_value" not in names:
        raise InputError(
            f"{path}: max_q_value is set, but a table of format {source.format} has no q"
            " values; remove it from the config or use gtex_egenes"
        )


def _without_absent(layout, table_file):
    absent = [name for name in layout.optional if name in layout.columns]
    absent = [name for name in absent if layout.columns[name] not in table_file.names]
    columns = {k: v for k, v in layout.columns.items() if k not in absent}
    # A frequency is there as either of the two.
    told = [name for name in absent if name not in ("maf", "af")]
    if not {"maf", "af"} & set(columns) and {"maf", "af"} & set(absent):
        told.insert(0, "maf")
    if told:
        log.warning("%s: has no column for %s", table_file.path, ", ".join(told))
    return layout._replace(columns=columns)


def _types(layout, keep):
    """Return the columns to be read, and as what."""
    types = {}
    for name, column in layout.columns.items():
        is_number = name in NUMBERS or name in OTHER_WORDS
        type_ = pa.float64() if is_number else pa.string()
        types.setdefault(column, pa.int64() if name == "pos" else type_)
    for column, sign, _ in keep:
        types.setdefault(column, pa.string() if sign == CHOICE else pa.float64())
    return types


def _keep(path, table, lines, keep):
    """Return the dataset's rows, their lines, and why some of them are left out."""
    n_rows = table.num_rows
    for name, _, value in (term for term in keep if term[1] == CHOICE):
        texts = table[name]
        # A column that is also read as a number is compared as one.
        try:
            wanted = pa.scalar(value).cast(texts.type)
        except pa.ArrowInvalid:
            raise InputError(
                f"{path}: keep: {value!r} is not a number, as column {name!r} has them"
            ) from None
        is_chosen = pc.fill_null(pc.equal(texts, wanted), False)
        if not pc.any(is_chosen).as_py():
            found = ", ".join(map(str, pc.unique(texts)[:5].to_pylist()))
            raise InputError(
                f"{path}: keep: no row has {value!r} in column {name!r} (found: {found})"
            )
        table = table.filter(is_chosen)
        lines = lines[is_chosen.to_numpy()]
    if table.num_rows < n_rows:
        log.info("%s: %d of %d rows are the dataset's", path, len(lines), n_rows)
    filtered = pd.DataFrame(
        pd.NA, index=range(len(lines)), columns=["reason", "value"], dtype="string"
    )
    for name, sign, value in (term for term in keep if term[1] != CHOICE):
        numbers = pd.to_numeric(table[name].to_pandas(), errors="coerce")
        is_out = ~(COMPARISONS[sign](numbers, float(value)) & numbers.notna())
        is_out &= filtered["reason"].isna()
        filtered.loc[is_out, "reason"] = "filtered"
        filtered.loc[is_out, "value"] = f"{name} " + numbers[is_out].astype(str)
    return table, lines, filtered


def _features(table, layout):
    """Return the feature of every row, missing where the table has none there."""
    if "feature_id" not in layout.columns:
        return pd.Categorical.from_codes(
            [0] * table.num_rows, categories=[layout.feature]
        )
    feature = table[layout.columns["feature_id"]].combine_chunks()
    is_missing = pc.is_in(feature, pa.array(MISSING))
    encoded = pc.if_else(is_missing, None, feature).dictionary_encode()
    return pd.Categorical.from_codes(
        encoded.indices.fill_null(-1).to_numpy(), encoded.dictionary.tolist()
    )


def _with_effects_of(frame, variants, joined):
    """Join what another table has measured of the same variant and feature."""
    theirs = joined.effects[["variant_id", "feature_id", *JOINED]]
    mine = pd.DataFrame(
        {
            "variant_id": variants["variant_id"].to_numpy()[frame["code"]],
            "feature_id": frame["feature_id"].astype(object),
        }
    )
    theirs = theirs.assign(feature_id=theirs["feature_id"].astype(object))
    found = mine.merge(
        theirs, on=["variant_id", "feature_id"], how="left", indicator=True
    )
    frame = frame.drop(columns=[name for name in JOINED if name in frame])
    return frame.assign(
        **{name: found[name].to_numpy() for name in JOINED},
        is_joined=(found["_merge"] == "both").to_numpy(),
    )


def _reasons(frame, reason, others, elsewhere, max_q_value, effect_column, limits):
    """Return why each row is dropped, or NA: the first reason that holds."""
    if elsewhere is not None:
        is_elsewhere = elsewhere.to_numpy()[frame["code"]]
        reason = reason.mask(reason.isna() & is_elsewhere, "chromosome_not_requested")
    reason = reason.fillna(others)

    def drop(where, why):
        reason[reason.isna() & where] = why

    if max_q_value is not None:
        drop(~(frame["q_value"] <= max_q_value), "q_value_over_limit")
    if "is_joined" in frame:
        drop(~frame["is_joined"], "not_in_effects_from")
    is_number = np.isfinite(frame["effect"]) & np.isfinite(frame[effect_column])
    drop(~is_number, "effect_missing")
    if limits is not None:
        is_possible = frame["effect"].between(limits.low, limits.high)
        drop(~is_possible, "effect_out_of_range")
    if "effect_se" in frame:
        drop(frame["effect_se"] <= 0, "standard_error_not_positive")
    drop(frame["feature_id"].isna(), "feature_missing")
    usable = frame[reason.isna()].rename(columns={"code": "variant_id"})
    return reason.fillna(repeats(usable).reindex(frame.index))


def repeats(effects):
    """Say which pairs stand there again.

    Parameters
    ----------
    effects : pandas.DataFrame
        With ``variant_id`` and ``feature_id``.

    Returns
    -------
    pandas.Series of str
        "duplicate" of an equal pair but the first, "conflicting_duplicate" of all pairs
        that say different numbers of one thing, else missing.
    """
    keys = ["variant_id", "feature_id"]
    reason = pd.Series(pd.NA, index=effects.index, dtype="string")
    repeated = effects.duplicated(keys, keep=False)
    if repeated.any():
        values = [name for name in NUMBERS if name in effects]
        same = effects[repeated].groupby(keys, observed=True)[values]
        conflict = same.transform("nunique", dropna=False).gt(1).any(axis=1)
        reason[conflict.index[conflict]] = "conflicting_duplicate"
        again = effects[reason.isna()].duplicated(keys)
        reason[again.index[again]] = "duplicate"
    return reason
