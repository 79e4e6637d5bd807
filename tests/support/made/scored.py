"""Scored pairs of a small benchmark, and the genome of its variants."""

import pandas as pd
from endobench.core.columns import PAIRS
from endobench.core.tables import as_table

# 1-based: A at 1, 11, 21..., C at 2, 12... The chromosomes are not in text order.
SEQUENCE = "ACGTTGCAGG" * 20
GENOME = {"chr1": SEQUENCE, "chr2": SEQUENCE, "chr10": SEQUENCE}
# Users may give features any name.
FEATURE = "peak;1=a, b%2C|\tü"
ROWS = [
    ("chr1_11_A_G_b38", "g1", 0.1, 1e-5, 0.2006274312),
    ("chr1_11_A_G_b38", FEATURE, -0.3, 1e-120, 0.2006274312),
    ("chr1_11_A_T_b38", "g1", 0.1, 1e-5, -0.75),
    ("chr1_12_CGT_C_b38", "g3", 1 / 3, 0.5, -1.25),
    ("chr1_21_AC_GT_b38", "g3", 0.2, 0.0, 1e-9),
    ("chr2_5_T_C_b38", "g4", -0.2, 1e-4, -0.01),
    ("chr10_3_G_GA_b38", "g5", 0.4, 1e-3, 12345.678),
]


# Pairs of two variants with genes: the first has scores of two, one of which has two
# features.
BY_GENE = [
    ("chr1_11_A_G_b38", "chr1:5:9:clu_1:ENSG02.1", 0.3, 1e-4, -0.75, "ENSG02"),
    ("chr1_11_A_G_b38", "ENSG01.7", 0.1, 1e-9, 0.5, "ENSG01"),
    ("chr1_11_A_G_b38", "chr1:5:7:clu_1:ENSG02.1", -0.2, 1e-7, -0.75, "ENSG02"),
    ("chr1_12_CGT_C_b38", "ENSG01.7", 0.4, 1e-3, 0.25, "ENSG01"),
]


def pairs_by_gene(scorer="RNA_SEQ", **changes):
    """Return the pairs of `BY_GENE`."""
    *rows, genes = zip(*BY_GENE, strict=True)
    rows = list(zip(*rows, strict=True))
    return pairs_of(rows, scored_gene=list(genes), scorer=scorer, **changes)


def pairs_of(rows=ROWS, **changes):
    """Return pairs from rows of ``variant_id, feature_id, effect, p_value, raw``."""
    names = ["variant_id", "feature_id", "effect", "p_value", "raw"]
    frame = pd.DataFrame(rows, columns=names)
    same = {
        "source_id": frame["variant_id"],
        "source_line": range(2, len(rows) + 2),
        "effect_se": 0.1,
        "unit": "slope",
        "track_set": "K562",
        "n_tracks": 1,
        "scorer": "DNASE-501-DIFF_LOG2_SUM",
        "window_bp": 16_384,
        "model": "alphagenome/default",
        "route": "model",
        "in_peak": True,
    }
    return as_table(frame.assign(**(same | changes)), PAIRS).to_pandas()
