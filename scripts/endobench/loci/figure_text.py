"""What stands above and below the tracks of a locus, in words."""

import numpy as np
import pandas as pd

from endobench.figures.canvas import text_width
from endobench.genome.gtf import named, without_version

_MOST_BASES = 12
# Of a feature's name, in letters.
_LONGEST = 30


def title_of(row, names=None, exons=None, span=None):
    """Return the title of a variant: where it is, its gene, effect and score.

    Of a gene that is not drawn it says how far it is, where that is known.

    Parameters
    ----------
    row : pandas.Series
        In the columns of `columns.LOCI`.
    names : pandas.Series, optional
        See `genes.gene_names`.
    exons : pandas.DataFrame, optional
        See `genes.read_exons`.
    span : alphagenome.data.genome.Interval, optional
        What is drawn; needed with exons.
    """
    parts = [place_of(row)]
    if pd.notna(row["feature_id"]):
        away = "" if exons is None else _away(row, exons, span)
        parts.append(_feature(row["feature_id"], names) + away)
    for name in ("effect", "score"):
        if pd.notna(row[name]):
            parts.append(f"{name} {_number(row[name], '+.3g')}")
    return ", ".join(parts)


def _away(row, exons, span):
    """Say how far a variant's gene is from it, if it lies beyond what is drawn."""
    is_own = exons["gene_id"].map(without_version) == without_version(
        str(row["feature_id"])
    )
    own = exons[is_own & (exons["chrom"].astype(str) == row["chrom"])]
    if own.empty:
        return ""
    start, end, first = own["start"].min(), own["end"].max(), int(row["pos"]) - 1
    if start < span.end and end > span.start:
        return ""
    far_bp = start - first if start >= span.end else first - end + 1
    far = f"{far_bp / 1000:,.1f} kb" if far_bp >= 1000 else f"{far_bp} bp"
    return f" ({far} from the variant)"


def _number(value, form):
    return f"{value:{form}}".replace("-", "−")


def place_of(row):
    """Return a variant as a reader writes it, long alleles by their length."""
    alleles = f"{_bases(row['ref'])}>{_bases(row['alt'])}"
    return f"{row['chrom']}:{int(row['pos']):,} {alleles}"


def _bases(allele):
    if len(allele) <= _MOST_BASES:
        return allele
    return f"{allele[:4]}… ({len(allele):,} bp)"


def _feature(feature_id, names):
    """Return the name of a feature that is a gene, else its id."""
    [name] = named([str(feature_id)], names)
    name = name or str(feature_id)
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"


def heads_of(rows, names, width_in):
    """Return a line for each dataset that holds a variant, cut to a width in inches.

    Parameters
    ----------
    rows : pandas.DataFrame
        Of one variant, in the columns of `columns.LOCI`.
    names : pandas.Series or None
    width_in : float
    """
    lines = [_held(row, names) for _, row in rows.iterrows()]
    return [cut(line, width_in) for line in lines]


def _held(row, names):
    """Say what a dataset has of a variant."""
    if pd.isna(row["dataset"]):
        return "asked for; in no dataset of this run"
    parts = [str(row["dataset"])]
    if pd.notna(row["feature_id"]):
        parts[0] += f": {_feature(row['feature_id'], names)}"
    for name, more in (
        ("effect", {"effect_se": ("s.e.", ".2g"), "p_value": ("p", ".1e")}),
        ("score", {"quantile": ("quantile", "+.5f")}),
    ):
        if pd.notna(row[name]):
            known = [
                f"{what} {_number(row[key], form)}"
                for key, (what, form) in more.items()
                if pd.notna(row[key])
            ]
            beside = f" ({', '.join(known)})" if known else ""
            parts.append(f"{name} {_number(row[name], '+.3g')}{beside}")
    return ", ".join(parts)


def source_of(row, tracks, width_in):
    """Return lines that say whose tracks these are."""
    has_gaps = any(np.isnan(values).any() for values in tracks["values"])
    missing = "; gaps are bases that ALT lacks" if has_gaps else ""
    lines = [
        f"ALT in REF's coordinates{missing}; set {row['track_set']}, {row['scorer']},"
        f" window {int(row['window_bp']):,} bp",
        f"model {tracks['model'].iloc[0]}; signal as the model gives it",
    ]
    return [cut(line, width_in) for line in lines]


def cut(line, width_in):
    """Cut a line of seven points to a width in inches."""
    short = line
    while text_width([short]) * 7 / 8 > width_in:
        line = line[:-1]
        short = f"{line.rstrip()}…"
    return short
