"""Small frames for tests, written as variant ids."""

import numpy as np
import pandas as pd
import pysam
from endobench.columns import SCORES, VARIANTS

# Variants as a source gives them, and normalised.
VARIANT_IDS = ["chr1_10_A_G_b38", "chr1_20_AC_A_b38", "chr2_30_C_T_b38"]
ALIGNED_IDS = ["chr1_10_A_G_b38", "chr1_17_GA_G_b38", "chr2_30_C_T_b38"]


def variants_of(*ids):
    """Return variants, in the columns of `columns.VARIANTS`, of their ids."""
    rows = [(each, *each.split("_")[:4]) for each in ids]
    frame = pd.DataFrame(rows, columns=VARIANTS.names)
    return frame.astype({"pos": "int64", "chrom": "category"})


def rows_of(frame, *columns):
    """Return the given columns of a frame as a list of tuples, to compare with."""
    return list(frame[list(columns)].itertuples(index=False, name=None))


def fasta(folder, **chromosomes):
    """Write an indexed FASTA file."""
    path = folder / "genome.fa"
    path.with_name("genome.fa.fai").unlink(missing_ok=True)
    path.write_text("".join(f">{name}\n{text}\n" for name, text in chromosomes.items()))
    pysam.faidx(str(path))
    return path


def pairs_of_models(*models):
    """Return one row per model."""
    return pd.DataFrame({"model": pd.Series(models, dtype="object")})


def effects_of(*rows):
    effects = pd.DataFrame(rows, columns=["variant_id", "feature_id", "effect"])
    return effects.assign(source_line=range(2, len(rows) + 2))


def shards_of(source_ids=VARIANT_IDS, variant_ids=ALIGNED_IDS):
    frame = pd.DataFrame({"variant_id": variant_ids, "source_id": source_ids})
    return frame.assign(shift_bp=range(len(frame)))


def scores_of(*source_ids):
    frame = pd.DataFrame({"source_id": source_ids, "variant_id": source_ids})
    frame = frame.assign(raw=np.arange(len(frame)) / 4, model="m", route="model")
    return frame.reindex(columns=SCORES.names)
