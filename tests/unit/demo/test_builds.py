import numpy as np
import pandas as pd
from endobench.demo.builds import (
    Segment,
    chain_text,
    draw_layout,
    old_peaks,
    old_sequence,
)
from endobench.genome.liftover import lift_positions

NEW = "ACGTTGCAAC" * 3
LAYOUT = [
    Segment("old_only", 0, 4),
    Segment("same", 0, 10),
    Segment("same", 12, 20),
    Segment("inverted", 20, 30),
]


def test_the_older_build_is_its_segments_in_order():
    old = old_sequence(np.random.default_rng(1), NEW, LAYOUT)
    reverse = NEW[20:30].translate(str.maketrans("ACGT", "TGCA"))[::-1]
    assert old[4:14] == NEW[:10]
    assert old[14:22] == NEW[12:20]
    assert old[22:] == reverse


def test_the_chain_says_where_each_base_went(tmp_path):
    old = old_sequence(np.random.default_rng(1), NEW, LAYOUT)
    path = tmp_path / "chain"
    path.write_text(chain_text({"chr1": LAYOUT}, {"chr1": NEW}, {"chr1": old}))
    lifted = lift_positions(["chr1"] * len(old), range(1, len(old) + 1), path)
    assert lifted["reason"].tolist() == ["unmapped"] * 4 + [None] * 28
    assert lifted["pos"].tolist()[4:] == [
        *range(1, 11),
        *range(13, 21),
        *range(30, 20, -1),
    ]
    assert set(lifted["strand"][22:]) == {"-"}


def test_peaks_keep_their_width_on_the_older_build():
    elements = pd.DataFrame(
        [("chr1", 2, 8), ("chr1", 8, 13), ("chr1", 22, 28)],
        columns=["chrom", "start", "end"],
    )
    peaks = old_peaks(np.random.default_rng(1), elements, {"chr1": LAYOUT})
    places = set(zip(peaks["start"], peaks["end"], strict=True))
    # The element that spans a gap is lost.
    assert {(6, 12), (24, 30)} < places
    assert len(peaks) == 3


def test_a_layout_covers_the_newer_build_but_for_its_gaps():
    segments = draw_layout(np.random.default_rng(2), 200_000)
    kept = [each for each in segments if each.kind != "old_only"]
    assert all(one.end <= two.start for one, two in zip(kept, kept[1:], strict=False))
    covered = sum(each.end - each.start for each in kept)
    assert 190_000 < covered < 200_000
    assert {each.kind for each in segments} == {"same", "inverted", "old_only"}
