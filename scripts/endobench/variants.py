"""Variants: their ids and their order."""

import re

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from endobench.errors import InputError

# The suffix of a variant id for each build; GTEx wrote b37 in v7 and b38 since v8.
ID_SUFFIX = {"GRCh38": "b38", "hg19": "b37", "hg18": "b36"}


def sort_variants(variants):
    """Sort by chromosome, position and alleles, so that input order changes nothing."""
    chrom = variants["chrom"].astype("category")
    chrom = chrom.cat.set_categories(sorted(chrom.cat.categories))
    return variants.assign(chrom=chrom).sort_values(
        ["chrom", "pos", "ref", "alt"], ignore_index=True, kind="stable"
    )


def make_variant_ids(variants, build="GRCh38"):
    """Write the variant id of GTEx, ``chrom_pos_ref_alt_b38``, for each row.

    Parameters
    ----------
    variants : pandas.DataFrame
        Columns ``chrom, pos, ref, alt``; pos is 1-based.
    build : str
        A key of `ID_SUFFIX`.
    """
    return (
        variants["chrom"].astype(str)
        + "_"
        + variants["pos"].astype(str)
        + "_"
        + variants["ref"].astype(str)
        + "_"
        + variants["alt"].astype(str)
        + "_"
        + ID_SUFFIX[build]
    )


def split_variant_ids(path, encoded, build, name):
    """Take GTEx's variant ids apart, ``chr1_12345_A_G_b38``.

    Parameters
    ----------
    path : str or path-like
        The table, for error messages.
    encoded : pyarrow.DictionaryArray
        The id of every row of the table.
    build : str
        A key of `ID_SUFFIX`, which every id must be on.
    name : str
        The column, for error messages.

    Returns
    -------
    pandas.DataFrame
        ``variant_id, chrom, pos`` (1-based), ``ref, alt``; one row per unique id, in
        the order of the dictionary.

    Raises
    ------
    InputError
        With the line of the first id that is malformed or on another build.
    """
    ids = encoded.dictionary
    parts = pc.extract_regex(
        ids,
        r"^(?P<chrom>chr[0-9A-Za-z._]+)_(?P<pos>[1-9][0-9]{0,8})"
        r"_(?P<ref>[ACGT]+)_(?P<alt>[ACGT]+)_(?P<suffix>b[0-9]+)$",
    )
    suffix = ID_SUFFIX[build]
    wrong = pc.or_(
        pc.is_null(parts),
        pc.fill_null(pc.not_equal(pc.struct_field(parts, "suffix"), suffix), True),
    )
    code = pc.index(wrong, True).as_py()
    if code >= 0:
        value = ids[code].as_py()
        line = pc.index(encoded.indices, pa.scalar(code, pa.int32())).as_py() + 2
        expected = f"chr1_12345_A_G_{suffix}"
        what = "is no variant id"
        if re.search("_[acgtACGT]*[acgt]", value):
            what = "has alleles that are not in capitals"
        others = tuple(f"_{other}" for other in {*ID_SUFFIX.values()} - {suffix})
        if value.endswith(others):
            what = f"is not on {build}, the build declared for this table"
        raise InputError(
            f"{path}: line {line}: column {name!r}: {value!r} {what};"
            f" expected the form {expected}"
        )
    return pd.DataFrame(
        {
            "variant_id": ids.to_pandas(),
            "chrom": pc.struct_field(parts, "chrom").dictionary_encode().to_pandas(),
            "pos": pc.struct_field(parts, "pos").cast(pa.int64()).to_numpy(),
            "ref": pc.struct_field(parts, "ref").to_pandas(),
            "alt": pc.struct_field(parts, "alt").to_pandas(),
        }
    )
