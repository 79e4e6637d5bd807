"""A pilot: a sample of whole LD blocks, so that few calls give a first answer.

Blocks are taken in an order that depends on their names and the seed alone. A larger pilot
thus holds the smaller one, and nothing is asked twice.
"""

import hashlib
from typing import NamedTuple

import numpy as np
import pandas as pd

from endobench.core.errors import InputError
from endobench.stats.bootstrap import MIN_BLOCKS
from endobench.stats.ld_blocks import assign_blocks
from endobench.stats.power import detectable_spearman


class Pilot(NamedTuple):
    """The blocks of a pilot.

    Attributes
    ----------
    blocks : pandas.DataFrame
        In the columns of `columns.PILOT`: all blocks with variants, in the order in which
        they are taken.
    """

    blocks: pd.DataFrame

    @classmethod
    def of_variants(cls, variants, ld_blocks, n_variants, seed):
        """Choose blocks until they hold a number of variants.

        Parameters
        ----------
        variants : pandas.DataFrame
            ``variant_id, chrom, pos`` of all datasets, each variant once or more.
        ld_blocks : pandas.DataFrame
            See `ld_blocks.assign_blocks`.
        n_variants, seed : int

        Raises
        ------
        InputError
            If the chosen blocks are too few for an interval.
        """
        unique = variants.drop_duplicates("variant_id")
        names = assign_blocks(unique["chrom"].astype(str), unique["pos"], ld_blocks)
        counts = pd.Series(names).value_counts()
        order = sorted(counts.index, key=lambda name: _place_of(name, seed))
        counts = counts[order]
        before = counts.cumsum() - counts
        blocks = pd.DataFrame(
            {
                "block": order,
                "n_variants": counts.to_numpy(),
                "is_chosen": (before < n_variants).to_numpy(),
            }
        )
        n_chosen = int(blocks["is_chosen"].sum())
        if n_chosen < MIN_BLOCKS:
            raise InputError(
                f"key 'pilot': {n_variants} variants are in {n_chosen} LD blocks; an"
                f" interval needs {MIN_BLOCKS}, so ask for more variants"
            )
        return cls(blocks)

    def holds(self, rows, ld_blocks):
        """Return whether each variant is in the pilot, given ``chrom`` and ``pos``."""
        names = assign_blocks(rows["chrom"].astype(str), rows["pos"], ld_blocks)
        chosen = self.blocks.loc[self.blocks["is_chosen"], "block"]
        return np.isin(names, chosen.to_numpy(dtype=str))

    def in_words(self):
        """Return the size of the pilot, and what it can find, in one line."""
        chosen = self.blocks[self.blocks["is_chosen"]]
        n_variants, n_blocks = int(chosen["n_variants"].sum()), len(chosen)
        least = detectable_spearman(n_variants, n_blocks - 1)
        found = "no correlation can be found"
        if np.isfinite(least):
            found = (
                f"a Spearman correlation of {least:.2f} can be found at 80 % power, or a"
                " larger one if pairs of a block are not independent"
            )
        return (
            f"pilot: {n_variants:,} of {self.blocks['n_variants'].sum():,} variants, in"
            f" {n_blocks:,} of {len(self.blocks):,} LD blocks; {found}"
        )


def _place_of(name, seed):
    return hashlib.sha256(f"{seed} {name}".encode()).digest()
