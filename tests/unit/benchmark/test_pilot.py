import numpy as np
import pandas as pd
import pytest
from endobench.benchmark.pilot import Pilot
from endobench.core.columns import PILOT
from endobench.core.errors import InputError
from endobench.core.tables import as_table
from frames import blocks_of

BLOCKS = blocks_of(size_bp=50_000)


def variants(n=2_000, seed=1):
    rng = np.random.default_rng(seed)
    chrom = rng.choice(["chr1", "chr2", "chr3"], n)
    pos = rng.integers(1, 2_000_000, n)
    names = [f"{each}_{at}_A_G" for each, at in zip(chrom, pos, strict=True)]
    return pd.DataFrame({"variant_id": names, "chrom": chrom, "pos": pos})


def ids(n_variants, seed=1, rows=None):
    rows = variants() if rows is None else rows
    pilot = Pilot.of_variants(rows, BLOCKS, n_variants, seed)
    return set(rows["variant_id"][pilot.holds(rows, BLOCKS)])


def test_a_pilot_holds_about_as_many_variants_in_whole_blocks():
    rows = variants()
    pilot = Pilot.of_variants(rows, BLOCKS, 300, 1)
    n = pilot.holds(rows, BLOCKS).sum()
    assert 300 <= n < 300 + pilot.blocks["n_variants"].max()
    assert n == pilot.blocks.loc[pilot.blocks["is_chosen"], "n_variants"].sum()
    assert as_table(pilot.blocks, PILOT).num_rows == len(pilot.blocks)


def test_a_larger_pilot_holds_a_smaller_one():
    sizes = [100, 300, 1_000]
    found = [ids(n) for n in sizes]
    assert found[0] < found[1] < found[2]
    assert ids(10**6) == set(variants()["variant_id"])


def test_a_pilot_depends_on_the_seed_and_not_on_the_order_of_variants():
    rows = variants()
    twice = pd.concat([rows.iloc[::-1], rows], ignore_index=True)
    assert ids(300, rows=twice) == ids(300)
    assert ids(300, seed=2) != ids(300)


def test_a_pilot_says_what_it_can_find():
    few, many = (
        Pilot.of_variants(variants(), BLOCKS, n, 1).in_words() for n in (100, 1_500)
    )
    assert "of 2,000 variants, in" in few
    least = [float(text.split("correlation of ")[1][:4]) for text in (few, many)]
    assert 0 < least[1] < least[0] < 1


def test_a_pilot_too_small_for_an_interval_is_refused():
    with pytest.raises(InputError, match="key 'pilot': 2 variants are in"):
        Pilot.of_variants(variants(), BLOCKS, 2, 1)
