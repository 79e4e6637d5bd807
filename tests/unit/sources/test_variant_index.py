import numpy as np
import pandas as pd
import pyarrow as pa
from endobench.genome.variants import make_variant_ids, sort_variants
from endobench.sources import variant_index as module
from endobench.sources.variant_index import VariantIndex
from hypothesis import given, settings
from hypothesis import strategies as st

PAIRS = st.lists(
    st.tuples(
        st.sampled_from(["chr1", "chr2", "chr10", "chrX"]),
        st.sampled_from([5, 6, 65_536, 65_537, 900_000, 248_000_000]),
        st.sampled_from([("A", "G"), ("A", "AT"), ("AT", "A"), ("G", "A")]),
        st.sampled_from(["g1", "g2"]),
    ),
    min_size=1,
    max_size=20,
)


def taken(pairs, n_blocks, folder, without=()):
    """Add pairs in blocks, and read back variants and repeated lines."""
    frame = pd.DataFrame(pairs, columns=["chrom", "pos", "alleles", "feature_id"])
    frame["ref"], frame["alt"] = zip(*frame["alleles"], strict=True)
    frame["source_line"] = np.arange(len(frame)) + 2
    with VariantIndex(folder) as index:
        for rows in np.array_split(np.arange(len(frame)), n_blocks):
            block = frame.iloc[rows].reset_index(drop=True)
            pairs = block.assign(code=np.arange(len(block)))
            index.add(block, pairs.astype({"feature_id": "category"}))
        parts = list(index.variants(without))
    variants = (
        pa.concat_tables(part for part, _ in parts).unify_dictionaries().to_pandas()
    )
    return frame, variants, sorted(np.concatenate([lines for _, lines in parts]))


@given(
    pairs=PAIRS,
    n_blocks=st.integers(1, 4),
    stretch=st.sampled_from([1, 3, 1000]),
    max_alleles=st.sampled_from([0, module._MAX_ALLELES]),
)
@settings(max_examples=30)
def test_variants_are_those_of_all_rows_sorted(
    tmp_path_factory, pairs, n_blocks, stretch, max_alleles
):
    folder = tmp_path_factory.getbasetemp()
    before = module._STRETCH_PAIRS, module._MAX_ALLELES
    module._STRETCH_PAIRS, module._MAX_ALLELES = stretch, max_alleles
    try:
        frame, variants, repeated = taken(pairs, n_blocks, folder)
    finally:
        module._STRETCH_PAIRS, module._MAX_ALLELES = before
    keys = ["chrom", "pos", "ref", "alt"]
    expected = sort_variants(frame.drop_duplicates(keys)[keys]).astype({"chrom": str})
    pd.testing.assert_frame_equal(
        variants[keys].astype({"chrom": str}), expected, check_dtype=False
    )
    assert variants["variant_id"].tolist() == make_variant_ids(expected).tolist()
    is_repeated = frame.duplicated([*keys, "feature_id"], keep=False)
    assert repeated == frame["source_line"][is_repeated].tolist()


def test_a_variant_is_dropped_with_its_last_pair(tmp_path):
    pairs = [("chr1", 7, ("A", "G"), "g1"), ("chr1", 7, ("A", "G"), "g2")]
    pairs += [("chr2", 9, ("A", "G"), "g1")]
    _, variants, _ = taken(pairs, 2, tmp_path, without=[2, 4])
    assert variants["variant_id"].tolist() == ["chr1_7_A_G_b38"]


def test_nothing_is_left_behind(tmp_path):
    taken([("chr1", 7, ("A", "G"), "g1")], 1, tmp_path)
    assert list(tmp_path.iterdir()) == []
    with VariantIndex(tmp_path) as index:
        assert list(index.variants()) == []
    assert list(tmp_path.iterdir()) == []
