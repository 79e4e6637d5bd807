"""Small frames for tests, written as variant ids."""

import pandas as pd
import pysam
from endobench.columns import VARIANTS


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
