import pandas as pd
import pytest
from endobench.benchmark.shared_pairs import PLACE, shared_pairs, shared_variants
from endobench.sources.published_formats import UNNAMED
from frames import rows_of


def variants_of(key, *variants):
    frame = pd.DataFrame(variants, columns=[key, *PLACE])
    return frame.astype({"pos": int})


OURS = variants_of(
    "variant_id",
    ("v1", "chr1", 10, "A", "G"),
    ("v2", "chr1", 20, "C", "T"),
    ("v3", "chr1", 30, "AC", "A"),
    ("v4", "chr1", 40, "A", "T"),
)


def test_variants_match_by_alleles_in_either_order():
    theirs = variants_of(
        "their_id",
        ("t1", "chr1", 10, "A", "G"),
        ("t2", "chr1", 20, "T", "C"),
        # An insertion is not a swapped deletion.
        ("t3", "chr1", 30, "A", "AC"),
        ("t4", "chr2", 40, "A", "T"),
    )
    found = shared_variants(OURS, theirs)
    expected = [("v1", "t1", False), ("v2", "t2", True)]
    assert rows_of(found, "variant_id", "their_id", "is_swapped") == expected
    by_id = shared_variants(OURS, theirs.assign(source_id=[None, None, "v3", "v1"]))
    found = rows_of(by_id, "variant_id", "their_id", "is_swapped")
    assert found == [*expected, ("v3", "t3", False)]


GENE, OTHER = "ENSG00000000001", "ENSG00000000002"
NONE = next(iter(UNNAMED))


@pytest.mark.parametrize(
    ("features", "expected"),
    [
        ([f"{GENE}.7", OTHER, OTHER], [("v1", 1)]),
        # Two versions of a gene: neither is chosen.
        ([f"{GENE}.7", f"{GENE}.8", OTHER], []),
        # Without features, t1 has two rows for one variant.
        ([NONE, NONE, NONE], [("v2", 3)]),
    ],
)
def test_genes_match_without_their_version(features, expected):
    ours = pd.DataFrame({"variant_id": ["v1", "v2"], "feature_id": f"{GENE}.2"})
    theirs = pd.DataFrame(
        {"their_id": ["t1", "t1", "t2"], "feature_id": features, "number": [1, 2, 3]}
    )
    matches = pd.DataFrame({"variant_id": ["v1", "v2"], "their_id": ["t1", "t2"]})
    found = shared_pairs(ours, theirs, matches)
    assert rows_of(found, "variant_id", "number") == expected
    assert set(found["feature_id"]) <= {f"{GENE}.2"}
