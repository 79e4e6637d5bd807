"""Ids and sort order of variants."""

import pandas as pd

# Suffix of variant ids by build. GTEx uses b37 in v7 and b38 since v8; mm10 is GRCm38.
ID_SUFFIX = {"GRCh38": "b38", "hg19": "b37", "hg18": "b36", "mm10": "b38", "mm9": "b37"}


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
    suffix = ID_SUFFIX[build]
    parts = (variants[name].tolist() for name in ("chrom", "pos", "ref", "alt"))
    # Python joins strings several times as fast as pandas adds columns of them.
    ids = [
        f"{chrom}_{pos}_{ref}_{alt}_{suffix}"
        for chrom, pos, ref, alt in zip(*parts, strict=True)
    ]
    return pd.Series(ids, variants.index, dtype=object)
