"""Alleles of variants that a table names by rsID or position alone, from a VCF."""

import logging
from typing import NamedTuple

import pandas as pd

from endobench.genome.variants import with_chr
from endobench.sources.table_file import open_vcf

log = logging.getLogger(__name__)

# RefSeq's names of the chromosomes, which dbSNP uses: NC_000001.11 is chr1.
_REFSEQ = {f"NC_{number:06d}": f"chr{number}" for number in range(1, 23)}
_REFSEQ |= {"NC_000023": "chrX", "NC_000024": "chrY", "NC_012920": "chrM"}


class Alleles(NamedTuple):
    """A VCF that knows variants by their rsID.

    Attributes
    ----------
    path : str or path-like
    build : str
        Of its positions.
    """

    path: object
    build: str


def read_alleles(path, loci):
    """Read those variants of a VCF that are asked for.

    Parameters
    ----------
    path : str or path-like
        VCF, plain or compressed.
    loci : pandas.DataFrame
        With ``rsid``, or with ``chrom, pos`` (1-based).

    Returns
    -------
    pandas.DataFrame
        ``rsid, chrom, pos, ref, alt``; several ALTs of one record are joined by commas.

    Raises
    ------
    InputError
        If the file is no whole VCF.
    """
    by_rsid = "rsid" in loci
    wanted = set(loci["rsid"].dropna()) if by_rsid else set(_places(loci))
    rows = []
    with open_vcf(path) as vcf:
        for record in vcf:
            chrom = record.chrom
            chrom = _REFSEQ.get(chrom.split(".")[0], chrom)
            chrom = chrom if chrom.startswith("chr") else f"chr{chrom}"
            keys = (record.id or "").split(";") if by_rsid else [(chrom, record.pos)]
            alleles = (record.ref.upper(), ",".join(record.alts or ()).upper())
            rows += [
                (key if by_rsid else record.id, chrom, record.pos, *alleles)
                for key in keys
                if key in wanted
            ]
    log.info("%s: %d records of %d that are asked for", path, len(rows), len(wanted))
    return pd.DataFrame(rows, columns=["rsid", "chrom", "pos", "ref", "alt"])


def fill_alleles(loci, known):
    """Give each locus its REF and ALT.

    Parameters
    ----------
    loci : pandas.DataFrame
        With ``rsid``, or with ``chrom, pos``; one row each.
    known : pandas.DataFrame
        ``chrom, pos, ref, alt`` and, for loci with one, ``rsid``.

    Returns
    -------
    variants : pandas.DataFrame
        ``chrom, pos, ref, alt`` of each row of `loci`; an rsID is where `known` says.
    bad : pandas.Series of str
        Why a locus has no alleles, or missing.
    """
    by_rsid = "rsid" in loci
    unique = known.drop_duplicates(["chrom", "pos", "ref", "alt"] + ["rsid"] * by_rsid)
    if by_rsid:
        name, key = unique["rsid"], loci["rsid"]
    else:
        name, key = (
            pd.Series(_places(each), index=each.index, dtype=object)
            for each in (unique, loci)
        )
    is_several = name.duplicated(keep=False) | unique["alt"].str.contains(",")
    several = set(name[is_several])
    found = unique[~is_several].set_axis(pd.Index(name[~is_several], dtype=object))
    # A place is a tuple, which an index would take for one of several levels.
    rows = pd.Series(
        range(len(found)), index=list(found.index), dtype="int64"
    ).to_dict()
    position = key.map(lambda each: rows.get(each, -1)).astype("int64").to_numpy()
    bad = pd.Series(pd.NA, index=loci.index, dtype="string")
    bad[position < 0] = "rsid_unknown" if by_rsid else "position_unknown"
    bad[key.isin(several)] = "several_alleles"
    columns = found[["chrom", "pos", "ref", "alt"]].reset_index(drop=True)
    filled = columns.reindex(position).set_axis(loci.index)
    if "chrom" in loci:
        for column in ("chrom", "pos"):
            filled[column] = filled[column].fillna(loci[column])
    return filled, bad


def _places(frame):
    return list(zip(with_chr(frame["chrom"].astype(str)), frame["pos"], strict=True))
