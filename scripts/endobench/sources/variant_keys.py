"""Variants of a table's rows, whichever keys the table identifies them by."""

from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from endobench.core.errors import InputError
from endobench.core.number_text import is_missing
from endobench.genome.chromosomes import chromosome_name
from endobench.genome.variant_ids import (
    read_variant_ids,
    read_variant_keys,
    split_gtex_ids,
)
from endobench.genome.variants import make_variant_ids
from endobench.sources.rsids import fill_alleles, read_alleles

_ALLELES = ["chrom", "pos", "ref", "alt"]
# A base T of a column in which R found no other base.
_TRUE = "TRUE"
_IN_ARROW = {pa.string(): pd.ArrowDtype(pa.string())}


class Partners(NamedTuple):
    """Tables that complete another one.

    Attributes
    ----------
    alleles : rsids.Alleles, optional
        A VCF with the alleles of variants that are named by rsID or position only.
    joined : read.Parsed, optional
        Effects to join to a table that has none. Their variants also give the alleles
        of a table of positions.
    """

    alleles: object = None
    joined: object = None


NO_PARTNERS = Partners()


def unique_variants(path, table, layout, build, lines, partners=NO_PARTNERS):
    """Return the unique variants of a table.

    Parameters
    ----------
    path : str or path-like
        For error messages.
    table : pyarrow.Table
    layout : published_formats.Format
    build : str
        A key of `variants.ID_SUFFIX`.
    lines : numpy.ndarray of int
        The line of each row.
    partners : Partners

    Returns
    -------
    codes : numpy.ndarray of int, shape (n_rows,)
        The code of the variant of each row.
    variants : pandas.DataFrame
        In the columns of `columns.VARIANTS`, indexed by code.
    bad : pandas.Series of str
        Why a variant cannot be used, or missing.

    Raises
    ------
    InputError
        If an id is on another build or not in the form of the format (with its line),
        or if the alleles are unknown.
    """
    columns = layout.columns
    if "variant_id" in columns:
        name = columns["variant_id"]
        encoded = table[name].combine_chunks().dictionary_encode()
        codes = encoded.indices.to_numpy(zero_copy_only=False)
        split = split_gtex_ids(encoded.dictionary, build)
        if split is not None:
            # Strings stay in Arrow, since Python objects for a large table need much
            # memory.
            variants = split.to_pandas(types_mapper=_IN_ARROW.get)
            bad = pd.Series(pd.NA, index=variants.index, dtype="string")
            is_equal = (variants["ref"] == variants["alt"]).to_numpy(dtype=bool)
            bad[is_equal] = "alleles_equal"
            return codes, variants, bad
        variants = read_variant_ids(
            path, encoded, build, name, lines, is_strict=layout.is_strict
        )
        bad = pd.Series(pd.NA, index=variants.index, dtype="string")
        bad[variants["chrom"].isna()] = "no_variant_id"
    elif "ref" in columns:
        codes, variants = _by_row(table, columns, _ALLELES)
        bad = pd.Series(pd.NA, index=variants.index, dtype="string")
    else:
        codes, variants, bad, build = _from_keys(path, table, columns, build, partners)
    if "variant_id" not in columns:
        variants["chrom"] = _named(path, columns, codes, variants, lines, build)
    for name in ("ref", "alt"):
        variants[name] = variants[name].str.upper()
        is_logical = (variants[name] == _TRUE).to_numpy(dtype=bool, na_value=False)
        if is_logical.any():
            row = np.isin(codes, variants.index[is_logical]).argmax()
            column = columns.get("variant_id") or columns.get(name, name)
            raise InputError(
                f"{path}: line {lines[row]}: column {column!r}: allele {_TRUE}, which R"
                " makes of the base T; read alleles as text (R: colClasses ="
                ' "character") and write the table again'
            )
    bad = bad.fillna(_defects(variants, layout.has_dashes))
    given = variants["variant_id"] if "variant_id" in variants else None
    is_known = variants["ref"].notna()
    variants["pos"] = variants["pos"].fillna(0).astype("int64")
    variants["variant_id"] = make_variant_ids(variants, build).where(is_known, given)
    return _as_one(codes, variants, bad)


def _by_row(table, columns, names):
    rows = pd.DataFrame({name: table[columns[name]].to_pandas() for name in names})
    codes = rows.groupby(names, sort=False, dropna=False).ngroup().to_numpy()
    variants = rows.loc[~pd.Series(codes).duplicated().to_numpy()]
    return codes, variants.reset_index(drop=True)


def _from_keys(path, table, columns, build, partners):
    """Look up the alleles of rsIDs or positions; also return the build of the result."""
    alleles, joined = partners
    names = [name for name in ("rsid", "chrom", "pos") if name in columns]
    if "locus" in columns:
        encoded = table[columns["locus"]].combine_chunks().dictionary_encode()
        codes, keys = encoded.indices.to_numpy(), read_variant_keys(encoded)
        name = encoded.dictionary.to_pandas()
    else:
        codes, keys = _by_row(table, columns, names)
        name = keys[names].astype(str).agg(":".join, axis=1)
    if alleles is None and joined is None:
        raise InputError(
            f"{path}: no column gives the alleles, which an rsID or a position does not"
            " determine; declare ref and alt under 'columns' of the sheet, or name the"
            " row of a VCF with the alleles under 'alleles'"
        )
    if "rsid" in keys and (alleles is None or keys["rsid"].isna().all()):
        keys = keys.drop(columns="rsid")
    if alleles is not None and "rsid" not in keys and alleles.build != build:
        raise InputError(
            f"{path}: positions on {build} cannot be looked up in a VCF on"
            f" {alleles.build} (rsIDs can); name a VCF on {build} under 'alleles' of the"
            " sheet"
        )
    if alleles is None:
        known = joined.variants.astype({"chrom": str})
    else:
        known, build = read_alleles(alleles, keys), alleles.build
    variants, bad = fill_alleles(keys, known)
    return codes, variants.assign(variant_id=name), bad, build


def _named(path, columns, codes, variants, lines, build):
    """Return the chromosomes by their names in this workflow."""
    names = variants["chrom"].astype(object)
    unique = names.dropna().unique()
    absent = is_missing(pa.array(unique, pa.string())).to_pylist()
    known = {}
    for given in (
        name for name, is_no in zip(unique, absent, strict=True) if not is_no
    ):
        try:
            known[given] = chromosome_name(str(given), build)
        except InputError as error:
            code = variants.index[names == given][0]
            line = lines[(codes == code).argmax()]
            column = columns.get("chrom", columns.get("locus"))
            raise InputError(
                f"{path}: line {line}: column {column!r}: {error}"
            ) from None
    return names.map(known)


def _defects(variants, has_dashes):
    bad = pd.Series(pd.NA, index=variants.index, dtype="string")
    is_sequence = variants["ref"].str.fullmatch("[ACGT]+", na=False).astype(bool)
    form = "[ACGT]+|-" if has_dashes else "[ACGT]+"
    is_sequence &= variants["alt"].str.fullmatch(form, na=False).astype(bool)
    bad[variants["ref"] == variants["alt"]] = "alleles_equal"
    bad[~is_sequence] = "allele_not_ACGT"
    bad[variants["alt"].str.contains(",", na=False).astype(bool)] = "several_alleles"
    bad[variants["pos"] < 1] = "position_below_1"
    bad[variants["pos"].isna()] = "position_missing"
    bad[variants["chrom"].isna()] = "chromosome_missing"
    return bad


def _as_one(codes, variants, bad):
    """Give several spellings of one variant the same code."""
    ids = variants["variant_id"].where(bad.isna())
    if not ids.dropna().duplicated().any():
        return codes, variants, bad
    first = ids.reset_index().dropna().groupby("variant_id")["index"].transform("min")
    same = pd.Series(variants.index, index=variants.index)
    same[first.index] = first
    return same.to_numpy()[codes], variants, bad
