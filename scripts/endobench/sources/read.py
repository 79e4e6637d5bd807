"""Tables of measured effects: one reader for all formats, columns by name."""

import logging
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from endobench.core.columns import DROPPED, EFFECTS, VARIANTS
from endobench.core.errors import InputError
from endobench.core.files import ahead, atomic_path
from endobench.core.tables import (
    as_table,
    dropped,
    read_frames,
    table_writer,
    write_table,
)
from endobench.genome.variants import sort_variants
from endobench.sources.rows import STAGE, EffectTable, repeats
from endobench.sources.variant_index import VariantIndex

log = logging.getLogger(__name__)


class Parsed(NamedTuple):
    """What a table of effects holds: every source row is in `effects` or `dropped`.

    Attributes
    ----------
    variants : pandas.DataFrame
        Unique variants, sorted by position, in the columns of `columns.VARIANTS`.
    effects : pandas.DataFrame
        One row per variant-feature pair, in the columns of `columns.EFFECTS`.
    dropped : pandas.DataFrame
        Rows left out, with the reason, in the columns of `columns.DROPPED`.
    n_rows : int
        Rows of the source that are the dataset's.
    """

    variants: pd.DataFrame
    effects: pd.DataFrame
    dropped: pd.DataFrame
    n_rows: int


def read_effects(path, source, **options):
    """Read a published table of effects.

    Effects of REF or of the first allele are turned around the unit's null, so that they
    are the second allele's minus the first one's. Whether the first allele is the
    genome's is not looked at (see `effects.load_effects`).

    Parameters
    ----------
    path : str or path-like
        Text with a header, Parquet, Feather or VCF, by its content; plain or gzip.
    source : formats.Source
        How it is to be read.
    alleles : rsids.Alleles, optional
        A VCF with the alleles of a table that has none.
    joined : Parsed, optional
        Where the effects of a table come from that has none.
    chromosomes : list of str, optional
        Those of the benchmark; rows elsewhere are dropped.
    max_q_value : float, optional
        Rows with a larger q value are dropped (GTEx's significant genes: 0.05).
    effect_column : {"effect", "p_value"}
        The column taken for the effect. Anything but "effect" is the published study's
        mistake, kept so that its cost can be shown.

    Returns
    -------
    Parsed

    Raises
    ------
    InputError
        If a column is missing, a number is none, a variant id is malformed or of
        another build, the file is empty or truncated, no row can be used, or the format
        has no q values, no alleles or no such effect.
    """
    table = EffectTable(path, source, **options)
    rows = table.read()
    n_rows, frame, reason = len(rows.frame), rows.frame, rows.reason
    usable = frame[reason.isna()].rename(columns={"code": "variant_id"})
    again = repeats(usable).reindex(frame.index)
    reason = reason.astype(object).where(reason.notna(), again)
    rows = rows._replace(reason=reason)
    effects = table.kept(rows).to_pandas()
    if effects.empty:
        raise _nothing_usable(path, n_rows, reason.value_counts().to_dict())
    present = rows.variants.loc[sorted(frame["code"][reason.isna()].unique())]
    present = present.astype(dict.fromkeys(["variant_id", "ref", "alt"], object))
    _log_kept(path, n_rows, len(effects), len(present))
    return Parsed(
        sort_variants(present).reindex(columns=VARIANTS.names),
        effects,
        table.lost(rows),
        n_rows,
    )


def write_effects(path, source, effects, variants, lost, **options):
    """Read a table of any size, and write what `read_effects` returns.

    A text is read block by block, so that memory does not grow with it. Memory does with
    the number of repeated pairs.

    Parameters
    ----------
    path, source
        As of `read_effects`.
    effects, variants, lost : path-like
        Where to write the attributes of `Parsed`, as Parquet.
    **options
        As of `read_effects`, but for `alleles` and `joined`.

    Raises
    ------
    InputError
        As by `read_effects`.
    """
    table = EffectTable(path, source, **options)
    n_rows, reasons = 0, Counter()
    with (
        atomic_path(effects) as effects_path,
        atomic_path(variants) as variants_path,
        atomic_path(lost) as lost_path,
        VariantIndex(effects_path.parent, source.build) as index,
    ):
        with (
            table_writer(effects_path, EFFECTS) as effects_file,
            table_writer(lost_path, DROPPED) as lost_file,
            # It leaves the scope first, with all that is to be written.
            ThreadPoolExecutor(1) as thread,
        ):
            writing = thread.submit(tuple)
            for rows in table.read_blocks():
                is_kept = rows.reason.isna()
                n_rows += len(is_kept)
                reasons.update(rows.reason.value_counts().to_dict())
                writing.result()
                writing = thread.submit(effects_file.write_table, table.kept(rows))
                lost_file.write_table(as_table(table.lost(rows), DROPPED))
                index.add(rows.variants, rows.frame[is_kept])
            writing.result()
        repeated = _write_variants(index, variants_path)
        if len(repeated):
            again = _leave_out(repeated, effects_path, lost_path)
            reasons.update(again["reason"].value_counts().to_dict())
            _write_variants(index, variants_path, again["source_line"].to_numpy())
        n_kept = n_rows - reasons.total()
        if not n_kept:
            raise _nothing_usable(path, n_rows, reasons)
        _log_kept(path, n_rows, n_kept, pq.read_metadata(variants_path).num_rows)


def _write_variants(index, path, without=()):
    """Write unique variants, and return the lines of repeated pairs."""
    repeated = [np.empty(0, dtype=np.int64)]
    with table_writer(path, VARIANTS) as file:
        for variants, lines in ahead(index.variants(without)):
            file.write_table(variants)
            repeated.append(lines)
    return np.concatenate(repeated)


def _leave_out(repeated, effects_path, lost_path):
    """Drop repeated pairs from effects that were written; return what was dropped."""
    chosen = [("source_line", "in", repeated.tolist())]
    frame = read_frames([effects_path], EFFECTS, chosen)
    frame = frame.sort_values("source_line", ignore_index=True)
    reason = repeats(frame)
    again = frame[reason.notna()]
    again = dropped(again, STAGE, reason, again["effect"])
    before = read_frames([lost_path], DROPPED)
    lost = pd.concat([part for part in (before, again) if len(part)])
    write_table(lost.sort_values("source_line"), lost_path, DROPPED)
    gone = pa.array(again["source_line"].to_numpy(dtype="int64"))
    kept_path = effects_path.with_suffix(".kept")
    with (
        pq.ParquetFile(effects_path) as source,
        table_writer(kept_path, EFFECTS) as target,
    ):
        for group in range(source.num_row_groups):
            part = source.read_row_group(group)
            is_gone = pc.is_in(part["source_line"], gone)
            target.write_table(part.filter(pc.invert(is_gone)))
    kept_path.replace(effects_path)
    return again


def _nothing_usable(path, n_rows, reasons):
    told = ", ".join(f"{name} {n:,}" for name, n in Counter(reasons).most_common())
    return InputError(f"{path}: none of {n_rows:,} rows can be used: {told}")


def _log_kept(path, n_rows, n_pairs, n_variants):
    log.info(
        "%s: %d rows, kept %d pairs of %d unique variants",
        *(path, n_rows, n_pairs, n_variants),
    )
