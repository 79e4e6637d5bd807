"""Lifting positions to the build of the genome with a UCSC chain file.

Positions without exactly one target are dropped, with the reason.
"""

import contextlib
import logging
import pathlib
import tempfile
from collections import deque

import numpy as np
import pandas as pd
from liftover import ChainFile

from endobench.core.errors import InputError
from endobench.core.files import (
    DAMAGED,
    has_byte_order_mark,
    open_bytes,
    open_text,
    why_damaged,
)
from endobench.core.losses import Losses, dropped
from endobench.genome.chromosomes import chromosome_name
from endobench.genome.variants import make_variant_ids, sort_variants

log = logging.getLogger(__name__)

_COMPLEMENT = str.maketrans("ACGT", "TGCA")


def lift_positions(chrom, pos, chain_path):
    """Lift single positions.

    Parameters
    ----------
    chrom : sequence of str
        Names with ``chr``.
    pos : sequence of int
        1-based positions on the source build of the chain.
    chain_path : str or path-like
        UCSC chain file, plain or gzip.

    Returns
    -------
    pandas.DataFrame
        ``chrom``, ``pos`` (1-based), ``strand`` and ``reason``, one row per position.
        `reason` is None if there is exactly one target, else "unmapped" or "ambiguous".

    Raises
    ------
    InputError
        If the file is not a complete chain file.
    """
    chain = _open_chain(chain_path)
    known = {chromosome_name(name): name for name in list(chain.keys())}
    rows = []
    for name, position in zip(chrom, pos, strict=True):
        targets = chain.query(known[name], int(position)) if name in known else []
        if len(targets) == 1:
            target, place, strand = targets[0][:3]
            rows.append((chromosome_name(target), place, strand, None))
        else:
            reason = "ambiguous" if targets else "unmapped"
            rows.append((None, -1, None, reason))
    lifted = pd.DataFrame(rows, columns=["chrom", "pos", "strand", "reason"])
    return lifted.astype({"pos": "int64"})


def _open_chain(path):
    try:
        with open_text(path) as file:
            filled = (text.strip() for text in file if text.strip())
            first = next(filled, "")
            last = deque(filled, maxlen=1) or [first]
        last, chain = last[0], None
        if first.startswith(("chain ", "#")):
            if len(last.split()) != 1 and not last.startswith("#"):
                raise InputError(
                    f"{path}: not a complete UCSC chain file, since it ends with"
                    f" {last[:40]!r} instead of the size of the last block"
                )
            with _without_mark(path) as plain:
                chain = ChainFile(str(plain), one_based=True)
    except InputError:
        raise
    except (*DAMAGED, ValueError) as error:
        raise InputError(
            f"{path}: not a complete UCSC chain file ({why_damaged(error, path)})"
        ) from None
    if not chain or not chain.keys():
        raise InputError(
            f"{path}: not a UCSC chain file, since line 1 is {first[:40]!r}"
        )
    return chain


@contextlib.contextmanager
def _without_mark(path):
    """Provide a copy of a file without its byte order mark, if it has one."""
    if not has_byte_order_mark(path):
        yield path
        return
    with tempfile.TemporaryDirectory() as folder, open_bytes(path) as file:
        copy = pathlib.Path(folder) / "plain.chain"
        copy.write_bytes(file.read())
        yield copy


def lift_variants(variants, chain_path):
    """Lift variants and update their ids.

    The alleles of a variant that lands on the opposite strand are reverse-complemented.
    Indels on the opposite strand are dropped, since their anchor base would change.

    Parameters
    ----------
    variants : pandas.DataFrame
        In the columns of `columns.VARIANTS`, on the source build of the chain.
    chain_path : str or path-like

    Returns
    -------
    kept : pandas.DataFrame
        In the columns of `columns.VARIANTS` on the target build, and ``lifted_from``,
        the id on the source build.
    lost : pandas.DataFrame
        In the columns of `columns.DROPPED`.
    """
    lifted = lift_positions(variants["chrom"], variants["pos"], chain_path)
    lifted.index = variants.index
    reason = lifted["reason"].astype("object")
    is_reverse = lifted["strand"] == "-"
    is_equal_length = variants["ref"].str.len() == variants["alt"].str.len()
    reason[is_reverse & ~is_equal_length] = "indel_on_other_strand"
    end = lift_positions(
        variants["chrom"], variants["pos"] + variants["ref"].str.len() - 1, chain_path
    )
    end.index = variants.index
    span = (end["pos"] - lifted["pos"]).abs() + 1
    is_whole = (
        (end["chrom"] == lifted["chrom"])
        & (end["strand"] == lifted["strand"])
        & (span == variants["ref"].str.len())
    )
    reason[reason.isna() & ~is_whole] = "split"

    kept = variants[reason.isna()].copy()
    target = lifted.loc[kept.index]
    kept["lifted_from"] = kept["variant_id"]
    kept["chrom"] = target["chrom"]
    kept["pos"] = np.minimum(target["pos"], end.loc[kept.index, "pos"])
    flip = target["strand"] == "-"
    for name in ("ref", "alt"):
        kept.loc[flip, name] = [
            allele.translate(_COMPLEMENT)[::-1] for allele in kept.loc[flip, name]
        ]
    kept["variant_id"] = make_variant_ids(kept)
    is_merged = kept["variant_id"].duplicated(keep=False)
    at_source = kept.assign(variant_id=kept["lifted_from"])
    lost = pd.concat(
        [
            dropped(variants[reason.notna()], "liftover", reason.dropna()),
            dropped(
                at_source[is_merged], "liftover", "several_to_one", kept["variant_id"]
            ),
        ],
        ignore_index=True,
    )
    log.info("lifted %d of %d variants", (~is_merged).sum(), len(variants))
    return sort_variants(kept[~is_merged]), lost


def lift_effects(parsed, chain_path, chromosomes=None):
    """Lift the variants of a parsed table, and with them its variant-feature pairs.

    Parameters
    ----------
    parsed : read.Parsed
    chain_path : str or path-like
    chromosomes : list of str, optional
        Variants that land elsewhere are dropped; by default, none.

    Returns
    -------
    read.Parsed
    """
    variants, lost = lift_variants(parsed.variants, chain_path)
    if chromosomes is not None:
        is_elsewhere = ~variants["chrom"].isin(chromosomes)
        elsewhere = variants[is_elsewhere]
        elsewhere = dropped(
            elsewhere.assign(variant_id=elsewhere["lifted_from"]),
            "liftover",
            "chromosome_not_requested",
            elsewhere["chrom"],
        )
        lost = pd.concat([lost, elsewhere], ignore_index=True)
        variants = sort_variants(variants[~is_elsewhere])
    new_id = variants.set_index("lifted_from")["variant_id"]
    effects = parsed.effects
    effects = effects.assign(variant_id=effects["variant_id"].map(new_id))
    is_lost = effects["variant_id"].isna()
    pairs = parsed.effects.loc[is_lost, ["variant_id", "source_line"]]
    lost = pairs.merge(lost.drop(columns="source_line"), on="variant_id", how="left")
    return parsed._replace(
        variants=variants.drop(columns="lifted_from"),
        effects=effects[~is_lost].reset_index(drop=True),
        dropped=pd.concat([parsed.dropped, lost], ignore_index=True),
    )


def _named(intervals):
    """Name intervals by their place, for messages."""
    place = intervals[["chrom", "start", "end"]].astype(str)
    place = place["chrom"] + ":" + place["start"] + "-" + place["end"]
    return intervals.assign(variant_id=place)


def lift_intervals(intervals, chain_path, max_length_change=0.05):
    """Lift intervals by their two ends.

    Parameters
    ----------
    intervals : pandas.DataFrame
        ``chrom, start, end``, 0-based half-open.
    chain_path : str or path-like
    max_length_change : float
        Intervals whose length changes by more than this fraction are dropped, and so are
        those whose ends land on different chromosomes or strands. UCSC liftOver requires
        95 % of the bases by default.

    Returns
    -------
    kept : pandas.DataFrame
        The lifted intervals, with all other columns unchanged.
    reason : pandas.Series
        For each row of `intervals`, None or why it was dropped.

    Raises
    ------
    InputError
        If the chain cannot be read, or no interval can be lifted.
    """
    start = lift_positions(intervals["chrom"], intervals["start"] + 1, chain_path)
    end = lift_positions(intervals["chrom"], intervals["end"], chain_path)
    start.index = end.index = intervals.index
    reason = start["reason"].fillna(end["reason"]).astype("object")
    is_split = (start["chrom"] != end["chrom"]) | (start["strand"] != end["strand"])
    reason[reason.isna() & is_split] = "split"
    low = np.minimum(start["pos"], end["pos"])
    high = np.maximum(start["pos"], end["pos"])
    length = intervals["end"] - intervals["start"]
    is_changed = ((high - low + 1) - length).abs() > max_length_change * length
    reason[reason.isna() & is_changed] = "length_changed"
    is_kept = reason.isna()
    kept = intervals[is_kept].assign(
        chrom=start["chrom"][is_kept], start=low[is_kept] - 1, end=high[is_kept]
    )
    log.info("lifted %d of %d intervals", len(kept), len(intervals))
    losses = Losses()
    losses.add(_named(intervals.assign(reason=reason)[~is_kept]))
    losses.conclude(
        chain_path,
        len(intervals),
        "intervals can be lifted",
        "check the chromosome names and the declared build",
    )
    return kept.reset_index(drop=True), reason
