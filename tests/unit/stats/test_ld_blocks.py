import numpy as np
import pandas as pd
import pytest
from endobench.core.errors import InputError
from endobench.stats.ld_blocks import assign_blocks, overlap_earlier

BLOCKS = pd.DataFrame(
    [("chr2", 50, 60), ("chr1", 200, 300), ("chr1", 10, 100), ("chr1", 100, 150)],
    columns=["chrom", "start", "end"],
)


@pytest.mark.parametrize(
    ("chrom", "pos", "name"),
    [
        ("chr1", 10, "chr1:0-10 (gap)"),
        ("chr1", 11, "chr1:10-100"),
        ("chr1", 100, "chr1:10-100"),
        ("chr1", 101, "chr1:100-150"),
        ("chr1", 150, "chr1:100-150"),
        ("chr1", 151, "chr1:150-200 (gap)"),
        ("chr1", 200, "chr1:150-200 (gap)"),
        ("chr1", 300, "chr1:200-300"),
        ("chr1", 301, "chr1:300-end (gap)"),
        ("chr2", 55, "chr2:50-60"),
        ("chr3", 55, "chr3"),
    ],
)
def test_a_position_is_in_its_block_or_gap(chrom, pos, name):
    assert assign_blocks([chrom], [pos], BLOCKS).tolist() == [name]


def test_the_order_of_variants_and_of_blocks_does_not_matter():
    generator = np.random.default_rng(1)
    chrom = generator.choice(["chr1", "chr2", "chr3"], 200)
    pos = generator.integers(1, 350, 200)
    names = assign_blocks(pd.Series(chrom, dtype="category"), pos, BLOCKS)
    order = generator.permutation(200)
    shuffled = assign_blocks(chrom[order], pos[order], BLOCKS.iloc[::-1])
    assert (shuffled == names[order]).all()


@pytest.mark.parametrize("blocks", [None, BLOCKS.iloc[:0]])
def test_without_blocks_the_chromosome_is_the_unit(blocks):
    names = assign_blocks(["chr1", "chrX"], [5, 6], blocks)
    assert names.tolist() == ["chr1", "chrX"]


def test_no_variants_have_no_blocks():
    assert assign_blocks([], [], BLOCKS).shape == (0,)


def test_overlapping_blocks_are_named():
    blocks = pd.concat([BLOCKS, BLOCKS.iloc[[0]].assign(start=59, end=70)])
    with pytest.raises(InputError, match=r"chr2:59-70 overlaps chr2:50-60"):
        assign_blocks(["chr1"], [5], blocks)


def test_an_empty_block_is_named():
    with pytest.raises(InputError, match=r"chr1:5-5: its end must be after its start"):
        assign_blocks(
            ["chr1"], [5], BLOCKS.iloc[:1].assign(chrom="chr1", start=5, end=5)
        )


def test_blocks_that_overlap_an_earlier_kept_block_are_found():
    assert not overlap_earlier(BLOCKS).any()
    assert overlap_earlier(BLOCKS.iloc[:0]).empty
    more = [
        # Within a block, across its end, and within the one just left out.
        ("chr1", 20, 30),
        ("chr1", 290, 400),
        ("chr1", 350, 380),
        # On another chromosome, and adjacent to a block.
        ("chr3", 20, 30),
        ("chr2", 60, 61),
    ]
    blocks = pd.concat(
        [pd.DataFrame(more, columns=list(BLOCKS)), BLOCKS], ignore_index=True
    )
    found = overlap_earlier(blocks)
    assert found.index[found].tolist() == [0, 1]
    pd.testing.assert_series_equal(overlap_earlier(blocks[::-1]), found[::-1])
    assert assign_blocks(["chr1"], [360], blocks[~found]) == ["chr1:350-380"]
