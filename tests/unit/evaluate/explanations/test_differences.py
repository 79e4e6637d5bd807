import pandas as pd
import pytest
from explaining import (
    DNASE,
    EVERY,
    EXPRESSION,
    MAIN,
    SUPPORTED,
    UNCLEAR,
    WHOLE,
    differences_of,
    explained,
    metrics_of,
    one,
)


def flipped(numbers):
    """Return a difference as the table has it in the other direction."""
    return {
        "difference": -numbers["difference"],
        "ci_low": -numbers["ci_high"],
        "ci_high": -numbers["ci_low"],
        "p": numbers["p"],
        "value_a": 0.5,
        "value_b": 0.3,
    }


# Of two benchmarks, the second is the one whose advantage supports the explanation.
PAIRS = [
    ("scorer", (DNASE, 131072, "K562"), (EXPRESSION, 131072, "K562")),
    ("window", (DNASE, 16384, "K562"), (DNASE, 131072, "K562")),
    ("mask", (WHOLE, 16384, "K562"), (DNASE, 16384, "K562")),
]


@pytest.mark.parametrize(("numbers", "verdict"), EVERY)
@pytest.mark.parametrize(("test", "worse", "better"), PAIRS)
@pytest.mark.parametrize("is_first", [True, False])
def test_two_benchmarks_that_differ_in_one_thing_are_a_test(
    numbers, verdict, test, worse, better, is_first
):
    first, second = (better, worse) if is_first else (worse, better)
    names = {"a": "corrected.other", "b": "corrected", "protocol": "corrected"}
    named = names | {"comparison": "protocol"}
    # The table has the first benchmark minus the other one.
    values = numbers if is_first else flipped(numbers)
    found = explained(
        metrics_of(("corrected", *first), ("corrected.other", *second)),
        differences_of(named | values),
    )
    row = one(found, test)
    for name, column in (
        ("difference", "value"),
        ("ci_low", "ci_low"),
        ("ci_high", "ci_high"),
    ):
        assert row[column] == pytest.approx(numbers[name])
    assert row["verdict"] == verdict and row["n"] == 150
    assert row["is_primary"] == (test != "mask")
    assert pd.isna(row["config"])


@pytest.mark.parametrize(
    "other",
    [
        (DNASE, 131072, "HepG2"),
        (EXPRESSION, 131072, "K562"),
        (WHOLE, 131072, "K562"),
        (DNASE, 16384, "HepG2"),
    ],
)
def test_benchmarks_that_differ_in_more_or_in_tracks_are_no_test(other):
    names = {"a": "corrected.other", "b": "corrected", "protocol": "corrected"}
    found = explained(
        metrics_of(MAIN, ("corrected.other", *other)),
        differences_of(names | {"comparison": "protocol"} | SUPPORTED),
    )
    assert set(found["verdict"]) == {"not tested"}


def test_a_protocol_and_a_window_changed_together_are_no_test():
    names = {"a": "published", "b": "corrected", "protocol": "corrected"}
    found = explained(
        metrics_of(MAIN, ("published", DNASE, 2048, "K562")),
        differences_of(names | {"comparison": "protocol"} | SUPPORTED),
    )
    assert set(found["verdict"]) == {"not tested"}


def test_the_longest_window_and_the_signed_readout_are_primary():
    others = [
        ("corrected.a", DNASE, 131072, "K562"),
        ("corrected.b", DNASE, 1048576, "K562"),
        ("corrected.c", "RNA_SEQ_ACTIVE", 16384, "K562"),
        ("corrected.d", EXPRESSION, 16384, "K562"),
    ]
    named = {"b": "corrected", "comparison": "protocol", "protocol": "corrected"}
    tasks = {"corrected.c": "magnitude"}
    found = explained(
        metrics_of(MAIN, *others),
        differences_of(
            *(
                named | {"a": name, "task": tasks.get(name, "signed")} | SUPPORTED
                for name, *_ in others
            )
        ),
    )
    for test, least in (("window", "1048576"), ("scorer", f"{EXPRESSION} ")):
        rows = found[found["test"] == test]
        assert len(rows) == 2
        [primary] = rows[rows["is_primary"]].to_dict("records")
        assert least in primary["evidence"]


@pytest.mark.parametrize("low", [0.0, -0.01])
def test_evidence_tells_of_windows_that_are_equal(low):
    none = {"difference": 0.0, "ci_low": low, "ci_high": 0.0, "p": 1.0}
    of_benchmarks = {"comparison": "protocol", "protocol": "corrected.other"}
    of_benchmarks |= {"a": "corrected.other", "b": "corrected"}
    of_table = {"comparison": "window", "protocol": "corrected"}
    of_table |= {"a": "16384bp", "b": "131072bp"}
    for names in (of_benchmarks, of_table):
        found = explained(
            metrics_of(MAIN, ("corrected.other", DNASE, 131072, "K562")),
            differences_of(names | none),
        )
        assert ("ignores the window" in one(found, "window")["evidence"]) == (low == 0)


@pytest.mark.parametrize(("numbers", "verdict"), EVERY)
@pytest.mark.parametrize("own_bp", [2048, 131072])
def test_windows_of_a_table_are_a_test(numbers, verdict, own_bp):
    named = {"comparison": "window", "protocol": "corrected", "b": f"{own_bp}bp"}
    # Where the own window is the shorter one, the table has it minus the longer one.
    longer = numbers if own_bp > 16384 else flipped(numbers)
    rows = [
        named | {"a": "16384bp"} | longer,
        named | {"a": "16384bp", "stratum": "all_pairs"} | UNCLEAR,
    ]
    row = one(explained(metrics_of(MAIN), differences_of(*rows)), "window")
    assert row["verdict"] == verdict and row["is_primary"]
    assert row["value"] == pytest.approx(numbers["difference"])


@pytest.mark.parametrize(("numbers", "verdict"), EVERY)
def test_matched_tracks_are_compared_with_mismatched_ones(numbers, verdict):
    names = {"a": "mismatched_tracks", "b": "model", "protocol": "corrected"}
    rows = [
        names | {"comparison": "baseline"} | numbers,
        names | {"comparison": "baseline", "stratum": "all_pairs"} | SUPPORTED,
        names | {"comparison": "baseline", "protocol": "published"} | SUPPORTED,
        names | {"comparison": "baseline", "a": "motif_change"} | SUPPORTED,
    ]
    row = one(explained(metrics_of(MAIN), differences_of(*rows)), "tissue")
    assert row["verdict"] == verdict and row["is_primary"]
    assert row["value"] == numbers["difference"]


@pytest.mark.parametrize(("n_shared", "is_few"), [(100, False), (99, True)])
def test_a_comparison_of_few_pairs_says_of_how_many(n_shared, is_few):
    longer = "corrected.long"
    metrics = metrics_of(MAIN, (longer, DNASE, 131_072, "K562"))
    metrics.loc[metrics["protocol"] == longer, "n"] = 120
    names = {"a": longer, "b": "corrected", "comparison": "protocol"}
    found = explained(
        metrics, differences_of(names | flipped(SUPPORTED) | {"n_shared": n_shared})
    )
    evidence = one(found, "window")["evidence"]
    assert evidence.endswith("; on 99 of the 200 pairs of corrected") == is_few
