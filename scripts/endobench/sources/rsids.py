"""Alleles from a VCF, for variants that a table names by rsID or position only."""

import logging
from typing import NamedTuple

import pandas as pd

from endobench.genome.variants import with_chr
from endobench.sources.table_file import open_vcf

log = logging.getLogger(__name__)

_ALLELES = ["chrom", "pos", "ref", "alt"]
# RefSeq accessions of chromosomes, which dbSNP uses: NC_000001.11 is chr1.
_REFSEQ = {f"NC_{number:06d}": f"chr{number}" for number in range(1, 23)}
_REFSEQ |= {"NC_000023": "chrX", "NC_000024": "chrY", "NC_012920": "chrM"}


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


def read_alleles(path, keys):
    """Read the records of a VCF with given rsIDs or positions.

    Parameters
    ----------
    path : str or path-like
        VCF, plain or compressed.
    keys : pandas.DataFrame
        The variant keys: ``rsid``, or ``chrom, pos`` (1-based).

    Returns
    -------
    pandas.DataFrame
        ``rsid, chrom, pos, ref, alt``. Several ALTs of a record are joined by commas.

    Raises
    ------
    InputError
        If the file is not a complete VCF.
    """
    by_rsid = "rsid" in keys
    wanted = set(keys["rsid"].dropna()) if by_rsid else set(_positions(keys))
    rows = []
    with open_vcf(path) as vcf:
        for record in vcf:
            chrom = record.chrom
            chrom = _REFSEQ.get(chrom.split(".")[0], chrom)
            chrom = chrom if chrom.startswith("chr") else f"chr{chrom}"
            found = (record.id or "").split(";") if by_rsid else [(chrom, record.pos)]
            alleles = (record.ref.upper(), ",".join(record.alts or ()).upper())
            rows += [
                (key if by_rsid else record.id, chrom, record.pos, *alleles)
                for key in found
                if key in wanted
            ]
    log.info("%s: %d records for %d variant keys", path, len(rows), len(wanted))
    return pd.DataFrame(rows, columns=["rsid", *_ALLELES])


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
    return list(zip(with_chr(frame["chrom"].astype(str)), frame["pos"], strict=True))
