"""Ids and sort order of variants."""

import re

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from endobench.core.errors import InputError

# Suffix of variant ids by build. GTEx uses b37 in v7 and b38 since v8; mm10 is GRCm38.
ID_SUFFIX = {"GRCh38": "b38", "hg19": "b37", "hg18": "b36", "mm10": "b38", "mm9": "b37"}
# Other names of a build in the ids of published tables.
_OTHER_NAMES = {
    "GRCh38": {"hg38"},
    "hg19": {"GRCh37"},
    "hg18": set(),
    "mm10": {"GRCm38"},
    "mm9": set(),
}


def sort_variants(variants):
    """Sort by chromosome, position and alleles, whatever the order of the input."""
    chrom = variants["chrom"].astype("category")
    chrom = chrom.cat.set_categories(sorted(chrom.cat.categories))
    return variants.assign(chrom=chrom).sort_values(
        ["chrom", "pos", "ref", "alt"], ignore_index=True, kind="stable"
    )


def make_variant_ids(variants, build="GRCh38"):
    """Return the GTEx variant id of each row, ``chrom_pos_ref_alt_b38``.

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


def split_variant_ids(path, encoded, build, name, lines=None):
    """Split GTEx variant ids, ``chr1_12345_A_G_b38``, into their parts.

    Parameters
    ----------
    path : str or path-like
        The table, for error messages.
    encoded : pyarrow.DictionaryArray
        The id of each row of the table.
    build : str
        The build of all ids, a key of `ID_SUFFIX`.
    name : str
        The column, for error messages.
    lines : numpy.ndarray of int, optional
        The line of each row; by default 2, 3 and so on.

    Returns
    -------
    pandas.DataFrame
        ``variant_id, chrom, pos`` (1-based), ``ref, alt``; one row per unique id, in
        the order of the dictionary.

    Raises
    ------
    InputError
        If an id is malformed or on another build. The message gives its line.
    """
    return parse_variant_ids(path, encoded, build, name, lines).to_pandas()


def parse_variant_ids(path, encoded, build, name, lines=None):
    """Split variant ids as `split_variant_ids` does, into an Arrow table.

    Returns
    -------
    pyarrow.Table
    """
    ids, suffix = encoded.dictionary, ID_SUFFIX[build]
    parts = _fields(ids, suffix)
    if parts is None:
        parts = _matched(ids)
        _check_matched(path, encoded, parts, build, name, lines)
    return _variants(ids, parts)


def _fields(ids, suffix):
    """Return the parts between underscores, or None if an id may be malformed.

    This takes half the time of `_matched`, which is needed to explain an error.
    """
    fields = pc.split_pattern(ids, "_")
    if len(ids) == 0 or not pc.all(pc.equal(pc.list_value_length(fields), 5)).as_py():
        return None
    first = np.arange(0, 5 * len(ids), 5)
    chrom, pos, ref, alt, end = (
        fields.flatten().take(pa.array(first + place)) for place in range(5)
    )
    is_form = [
        pc.match_substring_regex(pc.unique(chrom), r"^chr[0-9A-Za-z.]+$"),
        pc.match_substring_regex(pos, r"^[1-9][0-9]{0,8}$"),
        pc.match_substring_regex(pc.unique(ref), r"^[ACGT]+$"),
        pc.match_substring_regex(pc.unique(alt), r"^[ACGT]+$"),
        pc.equal(end, suffix),
    ]
    if not all(pc.all(each).as_py() for each in is_form):
        return None
    return {"chrom": chrom, "pos": pos, "ref": ref, "alt": alt}


def _matched(ids):
    parts = pc.extract_regex(
        ids,
        r"^(?P<chrom>chr[0-9A-Za-z._]+)_(?P<pos>[1-9][0-9]{0,8})"
        r"_(?P<ref>[ACGT]+)_(?P<alt>[ACGT]+)_(?P<suffix>b[0-9]+)$",
    )
    names = ("chrom", "pos", "ref", "alt", "suffix")
    return {name: pc.struct_field(parts, name) for name in names}


def _check_matched(path, encoded, parts, build, name, lines):
    ids, suffix = encoded.dictionary, ID_SUFFIX[build]
    # A malformed id has no suffix either.
    wrong = pc.fill_null(pc.not_equal(parts["suffix"], suffix), True)
    code = pc.index(wrong, True).as_py()
    if code < 0:
        return
    value = ids[code].as_py()
    expected = f"chr1_12345_A_G_{suffix}"
    what = "is not a variant id"
    if re.search("_[acgtACGT]*[acgt]", value):
        what = "has alleles in lower case"
    others = tuple(f"_{other}" for other in {*ID_SUFFIX.values()} - {suffix})
    if value.endswith(others):
        what = _on_another_build(build)
    line = _line_of(encoded, code, lines)
    raise InputError(
        f"{path}: line {line}: column {name!r}: {value!r} {what}; expected an id such"
        f" as {expected}"
    )


def read_variant_ids(path, encoded, build, name, lines=None):
    """Split ids of other forms, such as ``1:12345:A:G`` and ``chr1_12345_A_G_hg38``.

    Parameters
    ----------
    path, encoded, build, name, lines
        As for `split_variant_ids`.

    Returns
    -------
    pandas.DataFrame
        As from `split_variant_ids`. The parts of a malformed id are missing.

    Raises
    ------
    InputError
        If an id names another build. The message gives its line.
    """
    ids = encoded.dictionary
    parts = pc.extract_regex(
        pc.cast(ids, pa.string()),
        r"^(?P<chrom>(?:chr)?[0-9A-Za-z.]+)[:_](?P<pos>[1-9][0-9]{0,8})"
        r"[:_](?P<ref>[A-Za-z*-]+)[:_](?P<alt>[A-Za-z*-]+)"
        r"(?:[:_](?P<suffix>(?:b|hg|mm|GRC[hm])[0-9]+))?$",
    )
    suffix = pc.struct_field(parts, "suffix")
    names = ("chrom", "pos", "ref", "alt")
    parts = {name: pc.struct_field(parts, name) for name in names}
    known = ["", ID_SUFFIX[build], build, *_OTHER_NAMES[build]]
    is_other = pc.invert(pc.is_in(suffix, pa.array([*known, None], pa.string())))
    code = pc.index(is_other, True).as_py()
    if code >= 0:
        line = _line_of(encoded, code, lines)
        raise InputError(
            f"{path}: line {line}: column {name!r}: {ids[code].as_py()!r}"
            f" {_on_another_build(build)}"
        )
    return _variants(ids, parts).to_pandas()


def read_variant_keys(encoded):
    """Split variant keys without alleles, such as ``chr1:12345_rs6789``.

    Parameters
    ----------
    encoded : pyarrow.DictionaryArray
        The key of each row of a table.

    Returns
    -------
    pandas.DataFrame
        ``chrom, pos`` (1-based) and ``rsid``, one row per unique key; missing if the
        key is malformed or has no rsID.
    """
    parts = pc.extract_regex(
        encoded.dictionary,
        r"^(?P<chrom>(?:chr)?[0-9A-Za-z.]+)[:_](?P<pos>[1-9][0-9]{0,8})"
        r"(?:[:_](?P<rsid>rs[0-9]+))?$",
    )
    rsid = pc.struct_field(parts, "rsid").to_pandas()
    return pd.DataFrame(
        {
            "chrom": pc.struct_field(parts, "chrom").to_pandas(),
            "pos": pc.struct_field(parts, "pos").cast(pa.int64()).to_pandas(),
            "rsid": rsid.where(rsid != ""),
        }
    )


def with_chr(chrom):
    """Return chromosome names (a Series), adding the prefix ``chr`` if missing."""
    is_bare = chrom.notna() & ~chrom.str.startswith("chr", na=False)
    return chrom.mask(is_bare, "chr" + chrom.astype(str))


def _variants(ids, parts):
    return pa.table(
        {
            "variant_id": ids,
            "chrom": parts["chrom"].dictionary_encode(),
            "pos": parts["pos"].cast(pa.int64()),
            "ref": parts["ref"],
            "alt": parts["alt"],
        }
    )


def _on_another_build(build):
    return f"is not on {build}, the declared build of this table"


def _line_of(encoded, code, lines):
    row = pc.index(encoded.indices, pa.scalar(code, pa.int32())).as_py()
    return row + 2 if lines is None else lines[row]
