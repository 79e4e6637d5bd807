"""Rows of a table of effects: variants, features, numbers, and reasons to drop rows."""

import logging
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from endobench.core.columns import EFFECTS
from endobench.core.errors import InputError
from endobench.core.files import ahead
from endobench.core.logs import tell
from endobench.core.losses import dropped
from endobench.core.number_text import is_missing
from endobench.design.units import UNITS
from endobench.genome.gene_ids import IN_TISSUE
from endobench.sources.cells import CHOICE
from endobench.sources.column_types import types_of
from endobench.sources.derived import check_probabilities, complete
from endobench.sources.keep import keep_rows
from endobench.sources.published_formats import EQUIVALENTS, JOINED, NUMBERS
from endobench.sources.table_file import open_table, read_blocks, read_columns
from endobench.sources.variant_keys import NO_PARTNERS, unique_variants

log = logging.getLogger(__name__)

STAGE = "variants"
# MARCH1, SEPT2, DEC1 and OCT4 as Excel and others show them: 1-Mar, Mar-01, 01-Mar-2021,
# 2021/03/01, 3/1/2021, and with a time of day.
_MONTH = "(?i:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
_DAY, _YEAR, _TIME = "[0-9]{1,2}", "(?:[0-9]{2}){1,2}", "(?:[ T][0-9:.]+)?"
_DATES = (
    rf"{_DAY}-{_MONTH}(?:-{_YEAR})?",
    rf"{_MONTH}-{_YEAR}",
    rf"{_MONTH}-{_DAY}",
    rf"[0-9]{{4}}(?:[-/][0-9]{{2}}){{2}}{_TIME}",
    rf"{_DAY}/{_DAY}/{_YEAR}{_TIME}",
)
_DATE = rf"^(?:{'|'.join(_DATES)})$"


# Columns whose absence is not worth a warning.
_UNREMARKED = ("maf", "af", "allele_count", "ref_factor", "feature_max_p")


class Selection(NamedTuple):
    """What to take from a table of effects.

    Attributes
    ----------
    chromosomes : list of str, optional
        Rows on other chromosomes are dropped; by default, none.
    max_q_value : float, optional
        Rows with a larger q value are dropped (0.05 for significant genes of GTEx).
    effect_column : {"effect", "p_value"}
        The column to use as the effect. "p_value" repeats the mistake of the published
        study, to show its consequences.
    """

    chromosomes: list | None = None
    max_q_value: float | None = None
    effect_column: str = "effect"


ALL_ROWS = Selection()


class Rows(NamedTuple):
    """Rows of a table.

    Attributes
    ----------
    frame : pandas.DataFrame
        ``code`` (of the variant), ``source_line``, ``feature_id`` and numbers, by their
        names in `columns.EFFECTS`.
    variants : pandas.DataFrame
        Unique variants in the columns of `columns.VARIANTS`, indexed by code.
    reason : pandas.Series of category
        Why a row is dropped, or missing.
    value : pandas.Series of str
        The value for which a row was filtered out, else missing.
    """

    frame: pd.DataFrame
    variants: pd.DataFrame
    reason: pd.Series
    value: pd.Series


class EffectTable:
    """A table of effects, to be read as a whole or block by block.

    Parameters
    ----------
    path : str or path-like
    source : formats.Source
    selection : Selection
    partners : variant_keys.Partners

    Raises
    ------
    InputError
        If a column is missing, or the table lacks what the selection needs.
    """

    def __init__(self, path, source, selection=ALL_ROWS, partners=NO_PARTNERS):
        layout = source.layout
        if layout.is_joined and partners.joined is None:
            raise InputError(
                f"{path}: a table of format {source.format} has no effects; name the row"
                " with its effects under 'effects_from' of the sheet"
            )
        self.path, self.source = path, source
        self._told = set()
        self._selection, self._partners = selection, partners
        self._check_numbers(source.numbers)
        self._file = open_table(path, layout.header)
        self._layout = _without_absent(layout, self._file)
        self._types = types_of(path, self._layout, source.keep)
        column = selection.effect_column
        self.unit = layout.unit if column == "effect" else column

    def read(self):
        """Return all rows as `Rows`."""
        table = read_columns(self._file, self._types)
        if table.num_rows == 0:
            raise self._no_rows()
        return self._rows(table, np.arange(table.num_rows) + self._file.first_line)

    def read_blocks(self):
        """Yield `Rows`, one block of lines at a time if the table is text.

        A variant may appear in several blocks. A table is a single block if another
        table completes it, or if a value that must occur selects its rows.
        """
        is_one = any(partner is not None for partner in self._partners)
        if is_one or any(sign == CHOICE for _, sign, _ in self.source.keep):
            yield self.read()
            return
        first = line = self._file.first_line
        for table in ahead(read_blocks(self._file, self._types)):
            if table.num_rows:
                yield self._rows(table, np.arange(table.num_rows) + line)
            line += table.num_rows
        if line == first:
            raise self._no_rows()

    def lost(self, rows):
        """Return the dropped rows, in the columns of `columns.DROPPED`."""
        is_lost = rows.reason.notna()
        frame = rows.frame[is_lost]
        filtered = rows.value[is_lost].astype(object)
        value = filtered.where(filtered.notna(), frame["effect"])
        ids = rows.variants["variant_id"].take(frame["code"]).astype(object)
        frame = frame.assign(variant_id=ids.to_numpy())
        return dropped(frame, STAGE, rows.reason[is_lost], value)

    def kept(self, rows):
        """Return the kept rows as an Arrow table, in the columns of `columns.EFFECTS`."""
        is_kept = rows.reason.isna()
        frame = rows.frame if is_kept.all() else rows.frame[is_kept]
        ids = pa.array(rows.variants["variant_id"], pa.string())
        columns = {
            "variant_id": ids.take(pa.array(frame["code"].to_numpy())),
            "unit": pa.DictionaryArray.from_arrays(
                np.zeros(len(frame), dtype=np.int32), [self.unit]
            ),
        }
        sources = {"effect": self._selection.effect_column}
        for field in EFFECTS:
            if field.name not in columns:
                source = sources.get(field.name, field.name)
                columns[field.name] = (
                    pa.array(frame[source], from_pandas=True)
                    if source in frame
                    else pa.nulls(len(frame), field.type)
                )
        columns["feature_id"] = columns["feature_id"].cast(pa.string())
        return pa.table({name: columns[name] for name in EFFECTS.names}).cast(EFFECTS)

    def _no_rows(self):
        return InputError(f"{self.path}: has a header but no rows")

    def _check_numbers(self, names):
        path, source = self.path, self.source
        column = self._selection.effect_column
        if column not in names:
            advice = "; declare its column under 'columns' of the sheet"
            if column != "effect":
                advice = (
                    ", which protocol published uses as the effect; run protocol"
                    " corrected only"
                )
            raise InputError(
                f"{path}: a table of format {source.format} has no {column}{advice}"
            )
        if self._selection.max_q_value is not None and "q_value" not in names:
            raise InputError(
                f"{path}: max_q_value is set, but a table of format {source.format} has"
                " no q values; remove the key from the config or use format gtex_egenes"
            )

    def _rows(self, table, lines):
        layout, source = self._layout, self.source
        table, lines, filtered = keep_rows(self.path, table, lines, source.keep)
        codes, variants, bad = unique_variants(
            self.path, table, layout, source.build, lines, self._partners
        )
        frame = pd.DataFrame({"code": codes, "source_line": lines})
        for name in (*NUMBERS, *EQUIVALENTS):
            if name in layout.columns:
                frame[name] = table[layout.columns[name]].to_numpy()
        frame["feature_id"] = _features(table, layout)
        if "matched_set" in layout.columns:
            sets = table[layout.columns["matched_set"]].combine_chunks()
            sets = pc.if_else(is_missing(sets), pa.scalar(None, sets.type), sets)
            frame["matched_set"] = sets.to_pandas().astype("category")
        frame, underived = complete(frame, layout.unit == "label")
        if source.effect_allele in ("REF", "allele1"):
            frame["effect"] = 2 * source.null - frame["effect"]
        if layout.is_joined:
            frame = _with_effects_of(frame, variants, self._partners.joined)
        if "distance" in frame:
            pos = variants["pos"].to_numpy(dtype=float)[frame["code"]]
            frame["feature_pos"] = pos - frame["distance"]
        self._check_numbers(frame)
        check_probabilities(self.path, frame, layout.columns)
        self._tell_of_oddities(frame)
        reason = self._reasons(frame, variants, bad, filtered, underived)
        return Rows(frame, variants, reason, filtered["value"])

    def _tell_of_oddities(self, frame):
        """Warn once of values that another program has spoilt."""
        features = pa.array(frame["feature_id"].cat.categories, pa.string())
        dates = features.filter(pc.match_substring_regex(features, _DATE)).tolist()
        if dates:
            self._tell(
                f"features such as {', '.join(map(repr, dates[:3]))} look like gene names"
                " that Excel turned into dates; take the names from the original table"
            )
        if "p_value" in frame and (is_zero := frame["p_value"] == 0).any():
            line = frame["source_line"][is_zero].iloc[0]
            self._tell(
                f"p values of 0 (first in line {line}), too small for a 64-bit float; of"
                " several such variants of a feature, the one with the largest"
                f" {'z' if 'effect_se' in frame else 'effect'} leads"
            )

    def _tell(self, what):
        # A table of many blocks says each thing once.
        kind = what.split()[0]
        if kind not in self._told:
            self._told.add(kind)
            tell(log, "%s: %s", self.path, what)

    def _reasons(self, frame, variants, bad, filtered, underived):
        """Return the first reason to drop each row, or NA."""
        chromosomes, max_q_value, effect_column = self._selection
        codes, why = frame["code"].to_numpy(), _Reasons(len(frame))
        for word in bad.dropna().unique():
            why.drop((bad == word).to_numpy(dtype=bool, na_value=False)[codes], word)
        if chromosomes is not None:
            elsewhere = ~variants["chrom"].isin(chromosomes)
            why.drop(elsewhere.to_numpy()[codes], "chromosome_not_requested")
        for words in (filtered["reason"], underived):
            for word in words.dropna().unique():
                why.drop((words == word).to_numpy(dtype=bool, na_value=False), word)
        if max_q_value is not None:
            why.drop(~(frame["q_value"] <= max_q_value), "q_value_over_limit")
        if "is_joined" in frame:
            why.drop(~frame["is_joined"], "not_in_effects_from")
        needed = frame[["effect", effect_column]]
        why.drop(np.isinf(needed).any(axis=1), "effect_infinite")
        why.drop(needed.isna().any(axis=1), "effect_missing")
        if effect_column == "effect":
            limits = UNITS[self._layout.unit]
            is_possible = frame["effect"].between(limits.low, limits.high)
            why.drop(~is_possible, "effect_out_of_range")
        if "effect_se" in frame:
            why.drop(frame["effect_se"] <= 0, "standard_error_not_positive")
        why.drop(frame["feature_id"].isna(), "feature_missing")
        return why.series()


class _Reasons:
    """Why rows are dropped; the first of several reasons counts."""

    def __init__(self, n_rows):
        self._code, self._words = np.full(n_rows, -1, dtype=np.int8), []

    def drop(self, where, word):
        where = np.asarray(where) & (self._code < 0)
        if where.any():
            if word not in self._words:
                self._words.append(word)
            self._code[where] = self._words.index(word)

    def series(self):
        return pd.Series(pd.Categorical.from_codes(self._code, self._words))


def _without_absent(layout, table_file):
    absent = [name for name in layout.optional if name in layout.columns]
    absent = [name for name in absent if layout.columns[name] not in table_file.names]
    columns = {k: v for k, v in layout.columns.items() if k not in absent}
    # One of the two frequencies is enough.
    missing = [name for name in absent if name not in _UNREMARKED]
    if not {"maf", "af"} & set(columns) and {"maf", "af"} & set(absent):
        missing.insert(0, "maf")
    if missing:
        log.warning("%s: no column for %s", table_file.path, ", ".join(missing))
    return layout._replace(columns=columns)


def _features(table, layout):
    """Return the feature of each row, with its tissue if declared, or missing values."""
    if "feature_id" not in layout.columns:
        return pd.Categorical.from_codes(
            [0] * table.num_rows, categories=[layout.feature]
        )
    feature = table[layout.columns["feature_id"]].combine_chunks()
    if "tissue" in layout.columns:
        tissue = table[layout.columns["tissue"]].combine_chunks()
        named = pc.binary_join_element_wise(feature, tissue, IN_TISSUE)
        is_unnamed = pc.or_(is_missing(feature), is_missing(tissue))
        feature = pc.if_else(is_unnamed, pa.scalar(None, pa.string()), named)
    # Few names are missing, and they are looked up among the unique ones.
    encoded = feature.dictionary_encode()
    is_known = pc.invert(is_missing(encoded.dictionary)).to_numpy(zero_copy_only=False)
    codes = np.where(is_known, np.cumsum(is_known) - 1, -1).astype(np.int32)
    names = encoded.dictionary.filter(pa.array(is_known)).tolist()
    indices = encoded.indices.fill_null(-1).to_numpy()
    return pd.Categorical.from_codes(np.append(codes, np.int32(-1))[indices], names)


def _with_effects_of(frame, variants, joined):
    """Join the effects that another table has for the same variants and features."""
    theirs = joined.effects.reindex(columns=["variant_id", "feature_id", *JOINED])
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
