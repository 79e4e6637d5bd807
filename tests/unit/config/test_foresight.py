import pytest
from endobench.config.foresight import MIN_CHROMOSOMES, shortcomings
from endobench.stats.bootstrap import MIN_BLOCKS


@pytest.mark.parametrize(
    ("ld_blocks", "chromosomes", "n"),
    [
        ("none", ["chr1"], 1),
        ("none", ["chr1", "chr2"], 1),
        ("none", ["chr1", "chr2", "chr3"], 0),
        ("blocks", ["chr1"], 0),
    ],
)
def test_few_chromosomes_without_blocks_gives_no_interval(ld_blocks, chromosomes, n):
    found = shortcomings({"ld_blocks": ld_blocks, "chromosomes": chromosomes})
    assert len(found) == n
    assert all("'ld_blocks'" in each for each in found)


def test_an_interval_needs_as_many_blocks_here_as_there():
    assert MIN_CHROMOSOMES == MIN_BLOCKS
