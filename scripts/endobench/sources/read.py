"""Reading tables of measured effects, into memory or into files."""

import logging
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from endobench.core.columns import DROPPED, EFFECTS, VARIANTS
from endobench.core.files import ahead, atomic_path
from endobench.core.losses import Losses, dropped
from endobench.core.tables import as_table, read_frames, table_writer, write_table
from endobench.genome.variants import sort_variants
from endobench.sources.repeats import repeats
from endobench.sources.rows import ALL_ROWS, STAGE, EffectTable
from endobench.sources.variant_index import VariantIndex
from endobench.sources.variant_keys import NO_PARTNERS

log = logging.getLogger(__name__)


class Parsed(NamedTuple):
    """Contents of a table of effects.

    Attributes
    ----------
    variants : pandas.DataFrame
        Unique variants, sorted by position, in the columns of `columns.VARIANTS`.
    effects : pandas.DataFrame
        One row per variant-feature pair, in the columns of `columns.EFFECTS`.
    dropped : pandas.DataFrame
        Dropped rows with the reason, in the columns of `columns.DROPPED`.
    n_rows : int
        Rows of the dataset in the source, all of which are in `effects` or `dropped`.
    """

    variants: pd.DataFrame
    effects: pd.DataFrame
    dropped: pd.DataFrame
    n_rows: int


def read_effects(path, source, selection=ALL_ROWS, partners=NO_PARTNERS):
    """Read a published table of effects.

    Effects of REF or of the first allele are reflected about the null of the unit, so
    that all are the second allele minus the first. Whether the first allele is the
    reference allele is not checked (see `load.load_effects`).

    Parameters
    ----------
    path : str or path-like
        Text with a header (plain or gzip), Parquet, Feather or VCF, recognised by its
        content.
    source : formats.Source
        How to read it.
    selection : rows.Selection
        Which rows to keep, and which column to use as the effect.
    partners : variant_keys.Partners
        Tables with the alleles or effects that this one lacks.

    Returns
    -------
    Parsed

    Raises
    ------
    InputError
        If a column is missing, a value is not a number, a variant id is malformed or on
        another build, the file is empty or truncated, no row can be used, or the table
        lacks the q values, alleles or effects that are needed.
    """
    table = EffectTable(path, source, selection, partners)
    rows = table.read()
    n_rows, frame, reason = len(rows.frame), rows.frame, rows.reason
    usable = frame[reason.isna()].rename(columns={"code": "variant_id"})
    again = repeats(usable).reindex(frame.index)
    reason = reason.astype(object).where(reason.notna(), again)
    rows = rows._replace(reason=reason)
    effects = table.kept(rows).to_pandas()
    lost = table.lost(rows)
    if effects.empty:
        losses = Losses()
        losses.add(lost)
        losses.conclude(path, n_rows)
    present = rows.variants.loc[sorted(frame["code"][reason.isna()].unique())]
    present = present.astype(dict.fromkeys(["variant_id", "ref", "alt"], object))
    _log_kept(path, n_rows, len(effects), len(present))
    return Parsed(
        sort_variants(present).reindex(columns=VARIANTS.names),
        effects,
        lost,
        n_rows,
    )


def write_effects(path, source, effects, variants, lost, selection=ALL_ROWS):
    """Read a table of any size, and write what `read_effects` returns.

    Text is read block by block, so that memory does not grow with its size but only with
    the number of repeated pairs.

    Parameters
    ----------
    path, source, selection
        As for `read_effects`.
    effects, variants, lost : path-like
        Output of `effects`, `variants` and `dropped` of `Parsed`, as Parquet.

    Raises
    ------
    InputError
        As `read_effects`.
    """
    table = EffectTable(path, source, selection)
    n_rows, losses = 0, Losses()
    with (
        atomic_path(effects) as effects_path,
        atomic_path(variants) as variants_path,
        atomic_path(lost) as lost_path,
        VariantIndex(effects_path.parent, source.build) as index,
    ):
        with (
            table_writer(effects_path, EFFECTS) as effects_file,
            table_writer(lost_path, DROPPED) as lost_file,
            # Exited first, so that everything is written before the files are closed.
            ThreadPoolExecutor(1) as thread,
        ):
            writing = thread.submit(tuple)
            for rows in ahead(table.read_blocks()):
                is_kept = rows.reason.isna()
                # A table that loses no row still has a part.
                if n_rows == 0 or not is_kept.all():
                    lost_rows = table.lost(rows)
                    losses.add(lost_rows)
                    lost_file.write_table(as_table(lost_rows, DROPPED))
                n_rows += len(is_kept)
                writing.result()
                writing = thread.submit(_write_kept, effects_file, table, rows)
                pairs = rows.frame[["code", "feature_id", "source_line"]]
                index.add(rows.variants, pairs[is_kept])
            writing.result()
        repeated = _write_variants(index, variants_path)
        if len(repeated):
            again = _leave_out(repeated, effects_path, lost_path)
            losses.add(again)
            _write_variants(index, variants_path, again["source_line"].to_numpy())
        losses.conclude(path, n_rows)
        n_kept = n_rows - losses.n_lost
        _log_kept(path, n_rows, n_kept, pq.read_metadata(variants_path).num_rows)


def _write_kept(file, table, rows):
    file.write_table(table.kept(rows))


def _write_variants(index, path, without=()):
    """Write the unique variants, and return the lines of repeated pairs."""
    repeated = [np.empty(0, dtype=np.int64)]
    with table_writer(path, VARIANTS) as file:
        for variants, lines in ahead(index.variants(without)):
            file.write_table(variants)
            repeated.append(lines)
    return np.concatenate(repeated)


def _leave_out(repeated, effects_path, lost_path):
    """Drop repeated pairs from the written effects, and return the dropped rows."""
    chosen = [("source_line", "in", repeated.tolist())]
    frame = read_frames([effects_path], EFFECTS, chosen)
    frame = frame.sort_values("source_line", ignore_index=True, kind="stable")
    reason = repeats(frame)
    again = frame[reason.notna()]
    again = dropped(again, STAGE, reason, again["effect"])
    before = read_frames([lost_path], DROPPED)
    lost = pd.concat([part for part in (before, again) if len(part)])
    write_table(lost.sort_values("source_line", kind="stable"), lost_path, DROPPED)
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


def _log_kept(path, n_rows, n_pairs, n_variants):
    log.info(
        "%s: kept %d pairs of %d unique variants from %d rows",
        path,
        n_pairs,
        n_variants,
        n_rows,
    )
