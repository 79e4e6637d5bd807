import pandas as pd
import pyarrow.parquet as pq
from endobench.sources.formats import Source
from endobench.sources.read import read_effects, write_effects
from endobench.sources.repeats import repeats
from frames import rows_of

FINE_MAPPED = (
    "molecular_trait_id\tcs_id\tvariant\tpip\tpvalue\tbeta\tse\tz\n"
    + "".join(
        f"g{gene}\tL{number}\tchr1_{5 + gene}_A_G\t{pip}\t0.5\t{beta}\t0.125\t1\n"
        for gene, number, pip, beta in [
            (1, 1, 0.25, 0.5),
            (1, 2, 0.75, 0.5),
            (2, 1, 0.5, 0.5),
            (3, 1, 0.5, 0.5),
            (3, 2, 0.75, -0.5),
        ]
    )
)


def reasons_of(*rows):
    names = ["variant_id", "feature_id", "effect", "pip"]
    return repeats(pd.DataFrame(rows, columns=names)).fillna("").tolist()


def test_equal_pairs_are_kept_once_and_conflicting_ones_not_at_all():
    assert reasons_of(
        ("v1", "g1", 0.5, None), ("v1", "g2", 0.5, None), ("v1", "g1", 0.5, None)
    ) == ["", "", "duplicate"]
    assert (
        reasons_of(("v1", "g1", 0.5, None), ("v1", "g1", None, None))
        == ["conflicting_duplicate"] * 2
    )


def test_of_pairs_that_differ_in_their_pip_the_largest_is_kept():
    several = "in_several_credible_sets"
    assert reasons_of(
        ("v1", "g1", 0.5, 0.2), ("v1", "g1", 0.5, 0.7), ("v1", "g1", 0.5, None)
    ) == [several, "", several]
    # Of equal ones, the first.
    assert reasons_of(("v1", "g1", 0.5, 0.7), ("v1", "g1", 0.5, 0.7)) == [
        "",
        "duplicate",
    ]
    assert (
        reasons_of(("v1", "g1", 0.5, 0.7), ("v1", "g1", -0.5, 0.2))
        == ["conflicting_duplicate"] * 2
    )


def test_a_variant_in_two_credible_sets_is_kept_with_the_larger_pip(tmp_path):
    (tmp_path / "t").write_text(FINE_MAPPED)
    source = Source("eqtl_catalogue")
    found = read_effects(tmp_path / "t", source)
    assert rows_of(found.effects, "feature_id", "pip") == [("g1", 0.75), ("g2", 0.5)]
    reasons = ["conflicting_duplicate"] * 2 + ["in_several_credible_sets"]
    assert sorted(found.dropped["reason"]) == reasons
    paths = [tmp_path / "new" / name for name in ("e", "v", "l")]
    write_effects(tmp_path / "t", source, *paths)
    assert pq.read_table(paths[0])["pip"].to_pylist() == [0.75, 0.5]
    assert sorted(pq.read_table(paths[2])["reason"].to_pylist()) == reasons
