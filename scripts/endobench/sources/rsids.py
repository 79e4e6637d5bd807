"""Alleles from a VCF, for variants that a table names by rsID or position only."""

import logging
from typing import NamedTuple

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from endobench.core.errors import InputError
from endobench.genome.chromosomes import chromosome_names
from endobench.sources.table_file import open_table, read_blocks
from endobench.sources.vcf_table import FIRST_LINE

log = logging.getLogger(__name__)

_ALLELES = ["chrom", "pos", "ref", "alt"]
_TYPES = {"POS": pa.int64()} | dict.fromkeys(("CHROM", "ID", "REF", "ALT"), pa.string())


class Alleles(NamedTuple):
    """A VCF with the alleles of variants, such as dbSNP.

    Attributes
    ----------
    path : str or path-like
    build : str
        Build of its positions.
    """

    path: object
    build: str


def read_alleles(alleles, keys):
    """Read the records of a VCF with given rsIDs or positions.

    Parameters
    ----------
    alleles : Alleles
    keys : pandas.DataFrame
        The variant keys: ``rsid``, or ``chrom, pos`` (1-based).

    Returns
    -------
    pandas.DataFrame
        ``rsid, chrom, pos, ref, alt``. Several ALTs of a record are joined by commas.

    Raises
    ------
    InputError
        If the file is not a complete VCF, or on another build.
    """
    path, build = alleles
    table_file = open_table(path)
    if table_file.kind != "vcf":
        raise InputError(
            f"{path}: not a complete VCF; expected the first line {FIRST_LINE}v4.2"
        )
    by_rsid = "rsid" in keys
    wanted = pa.array(keys["rsid" if by_rsid else "pos"].dropna().unique())
    if not by_rsid:
        # Positions are floats if one of them is missing.
        wanted = wanted.cast(pa.int64())
    parts = []
    for table in read_blocks(table_file, _TYPES):
        is_wanted = pc.is_in(table["ID" if by_rsid else "POS"], wanted)
        if by_rsid:
            is_several = pc.match_substring(table["ID"], ";")
            is_wanted = pc.or_(is_wanted, is_several)
        parts.append(table.filter(is_wanted))
    rows = pa.concat_tables(parts).to_pandas()
    rows = rows.set_axis(
        ["rsid" if name == "ID" else name.lower() for name in rows], axis=1
    )
    try:
        rows["chrom"] = chromosome_names(rows["chrom"], build)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    for name in ("ref", "alt"):
        rows[name] = rows[name].str.upper()
    if by_rsid:
        rows = rows.assign(rsid=rows["rsid"].str.split(";")).explode("rsid")
        rows = rows[rows["rsid"].isin(keys["rsid"])]
    else:
        places = set(_positions(keys))
        rows = rows[[place in places for place in _positions(rows)]]
    log.info("%s: %d records for %d variant keys", path, len(rows), len(keys))
    return rows[["rsid", *_ALLELES]].reset_index(drop=True)


def fill_alleles(keys, known):
    """Look up REF and ALT of each variant key.

    Parameters
    ----------
    keys : pandas.DataFrame
        Unique variant keys: ``rsid``, or ``chrom, pos``.
    known : pandas.DataFrame
        ``chrom, pos, ref, alt`` and, for keys with an rsID, ``rsid``.

    Returns
    -------
    variants : pandas.DataFrame
        ``chrom, pos, ref, alt`` of each row of `keys`. The position of an rsID is that
        in `known`.
    bad : pandas.Series of str
        Why a key has no alleles, or missing.
    """
    by_rsid = "rsid" in keys
    unique = known.drop_duplicates([*_ALLELES, *(["rsid"] if by_rsid else [])])
    if by_rsid:
        name, key = unique["rsid"], keys["rsid"]
    else:
        name, key = (
            pd.Series(_positions(each), index=each.index, dtype=object)
            for each in (unique, keys)
        )
    is_several = name.duplicated(keep=False) | unique["alt"].str.contains(",")
    several = set(name[is_several])
    found = unique[~is_several].set_axis(pd.Index(name[~is_several], dtype=object))
    # A position is a tuple, which an index would take for a key of several levels.
    rows = pd.Series(
        range(len(found)), index=list(found.index), dtype="int64"
    ).to_dict()
    position = key.map(lambda each: rows.get(each, -1)).astype("int64").to_numpy()
    bad = pd.Series(pd.NA, index=keys.index, dtype="string")
    bad[position < 0] = "rsid_unknown" if by_rsid else "position_unknown"
    bad[key.isin(several)] = "several_alleles"
    columns = found[_ALLELES].reset_index(drop=True)
    filled = columns.reindex(position).set_axis(keys.index)
    if "chrom" in keys:
        for column in ("chrom", "pos"):
            filled[column] = filled[column].fillna(keys[column])
    return filled, bad


def _positions(frame):
    chrom = chromosome_names(frame["chrom"].astype(str))
    return list(zip(chrom, frame["pos"], strict=True))
