"""Text above and below the tracks of a locus."""

import numpy as np
import pandas as pd

from endobench.design.scorers import SITE_OUTPUTS, is_by_gene, is_signed, output_of
from endobench.figures.captions import p_value
from endobench.figures.text import shortened
from endobench.genome.gene_ids import (
    IN_TISSUE,
    genes_of,
    without_tissue,
    without_versions,
)
from endobench.genome.gtf import named

_MOST_BASES = 12
# Scores that have a name of their own.
_WORDS = {
    "RNA_SEQ": "log fold change",
    "RNA_SEQ_ACTIVE": "expression",
    "SPLICE_SITES": "splice site change",
    "SPLICE_SITE_USAGE": "splice site usage change",
    "POLYADENYLATION": "polyadenylation change",
}
# Most characters of a feature's name.
_LONGEST = 30


def title_of(row, names=None, exons=None, span=None):
    """Return the title of a variant: its position, gene, effect and score.

    For a gene that is not drawn, its distance follows if it is known.

    Parameters
    ----------
    row : pandas.Series
        In the columns of `columns.LOCI`.
    names : pandas.Series, optional
        See `gtf.gene_names`.
    exons : pandas.DataFrame, optional
        See `gtf.read_exons`.
    span : alphagenome.data.genome.Interval, optional
        The interval that is drawn; needed with exons.
    """
    parts = [place_of(row)]
    if pd.notna(row["feature_id"]):
        away = "" if exons is None else _away(row, exons, span)
        parts.append(_feature(_gene_of(row), names) + away)
    for name, word in (("effect", "effect"), ("score", _score_word(row))):
        if pd.notna(row[name]):
            parts.append(f"{word} {_number(row[name], _sign_of(name, row) + '.3g')}")
    return ", ".join(parts)


def _sign_of(name, row):
    """Return the sign in the format of a number; the sizes of changes have none."""
    return "" if name == "score" and not is_signed(str(row["scorer"])) else "+"


def _gene_of(row):
    """Return the gene whose score a locus has, or its feature if scores are of variants."""
    return row["feature_id"] if pd.isna(row["gene_id"]) else row["gene_id"]


def _score_word(row):
    """Return what a score is, in a word."""
    return _WORDS.get(row["scorer"], "score")


def _away(row, exons, span):
    """Return the distance of a variant from its gene if this is not drawn; else nothing."""
    [gene] = genes_of(without_tissue([str(_gene_of(row))]))
    is_own = without_versions(exons["gene_id"]) == gene
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
    """Return position and alleles of a variant, long alleles with their length."""
    alleles = f"{_bases(row['ref'])}>{_bases(row['alt'])}"
    return f"{row['chrom']}:{int(row['pos']):,} {alleles}"


def _bases(allele):
    if len(allele) <= _MOST_BASES:
        return allele
    return f"{allele[:4]}… ({len(allele):,} bp)"


def _feature(feature_id, names):
    """Return the name of a gene, with its tissue, or the id of any other feature."""
    [name] = named([str(feature_id)], names)
    if name is None:
        name = str(feature_id)
    else:
        _, separator, tissue = str(feature_id).partition(IN_TISSUE)
        name += separator + tissue
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
    return [shortened(line, width_in) for line in lines]


def _held(row, names):
    """Return effect and score of a variant in a dataset."""
    if pd.isna(row["dataset"]):
        return "requested; not in any dataset of this run"
    parts = [str(row["dataset"])]
    if pd.notna(row["feature_id"]):
        parts[0] += f": {_feature(row['feature_id'], names)}"
    known = {"effect": [], "score": []}
    if pd.notna(row["effect_se"]):
        known["effect"].append(f"s.e. {_number(row['effect_se'], '.2g')}")
    if pd.notna(row["p_value"]):
        known["effect"].append(p_value(row["p_value"]))
    if pd.notna(row["quantile"]):
        form = _sign_of("score", row) + ".5f"
        known["score"].append(f"quantile {_number(row['quantile'], form)}")
    words = {"score": _score_word(row)}
    for name, more in known.items():
        if pd.notna(row[name]):
            beside = f" ({', '.join(more)})" if more else ""
            word = words.get(name, name)
            form = _sign_of(name, row) + ".3g"
            parts.append(f"{word} {_number(row[name], form)}{beside}")
    return ", ".join(parts)


def source_of(row, tracks, width_in):
    """Return the lines that say where the tracks come from."""
    has_gaps = any(np.isnan(values).any() for values in tracks["values"])
    missing = "; gaps: bases that ALT lacks" if has_gaps else ""
    resolution_bp = tracks["resolution_bp"].iloc[0]
    if is_by_gene(row["scorer"]):
        joined = "maxima" if output_of(row["scorer"]) in SITE_OUTPUTS else "means"
        missing += f"; {joined} of {resolution_bp} bp" if resolution_bp > 1 else ""
        missing += "; shaded: exons of the scored gene"
    lines = [
        f"ALT in REF coordinates{missing}; tracks {row['track_set']}, {row['scorer']},"
        f" window {int(row['window_bp']):,} bp",
        f"model {tracks['model'].iloc[0]}; signal as predicted, not rescaled",
    ]
    return [shortened(line, width_in) for line in lines]
