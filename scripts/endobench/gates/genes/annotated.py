"""Where scored genes lie: their strand, and their exons inside the window."""

import numpy as np


def placed_pairs(pairs, genes):
    """Add strand and share of exonic bases in the window, from the annotation.

    Parameters
    ----------
    pairs : pandas.DataFrame
        In the columns of `columns.PAIRS`, with ``scored_gene``.
    genes : pandas.DataFrame or None
        In the columns of `columns.GENES`.

    Returns
    -------
    pandas.DataFrame or None
        Pairs of known genes with ``strand`` and ``exonic_share``; None without an
        annotation.
    """
    if genes is None or genes.empty:
        return None
    names = ["gene_id", "strand", "exon_start", "exon_end"]
    known = genes.drop_duplicates("gene_id")[names]
    placed = pairs.merge(known, left_on="scored_gene", right_on="gene_id")
    window_bp = placed["window_bp"].to_numpy(dtype=float)
    shift = placed["shift_bp"].fillna(0).to_numpy(dtype=float)
    start = _positions(placed["variant_id"]) - window_bp / 2 + shift
    return placed.assign(
        exonic_share=[
            _share_inside(np.asarray(low), np.asarray(high), begin, begin + length)
            for low, high, begin, length in zip(
                placed["exon_start"], placed["exon_end"], start, window_bp, strict=True
            )
        ]
    )


def distances(others, genes):
    """Return the distance of each variant to the nearest start of a gene.

    Parameters
    ----------
    others : pandas.DataFrame
        ``variant_id``, and the gene as ``feature_id``.
    genes : pandas.DataFrame
        In the columns of `columns.GENES`.

    Returns
    -------
    list of float
        Missing where the annotation lacks the gene.
    """
    starts = genes.drop_duplicates("gene_id").set_index("gene_id")["tss"]
    unique = others[["variant_id", "feature_id"]]
    tss = unique["feature_id"].map(starts)
    pos = _positions(unique["variant_id"])
    return [
        np.nan
        if each is np.nan or each is None
        else np.abs(np.asarray(each) - at).min()
        for each, at in zip(tss, pos, strict=True)
    ]


def _positions(variant_ids):
    """Return the 1-based position of each variant."""
    found = variant_ids.astype("string").str.extract(r"_([0-9]+)_[^_]+_[^_]+_")[0]
    return found.astype(float).to_numpy()


def _share_inside(low, high, start, end):
    """Return the share of exonic bases in a window; missing without exons."""
    total = (high - low).sum()
    if not total:
        return np.nan
    return (
        np.clip(np.minimum(high, end) - np.maximum(low, start), 0, None).sum() / total
    )
