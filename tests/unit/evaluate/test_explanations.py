import numpy as np
import pandas as pd
import pytest
from endobench.core.columns import (
    CONCLUSIONS,
    DIFFERENCES,
    EXPLANATION_TESTS,
    EXPLANATIONS,
    LADDER,
    METRICS,
)
from endobench.core.tables import as_table, read_tsv, write_tsv
from endobench.design.explanations import NAMES, TESTS
from endobench.evaluate.explanations import Tables, explain

DNASE, EXPRESSION = "DNASE-501-DIFF_LOG2_SUM", "RNA_SEQ"
WHOLE = "DNASE-all-DIFF_MEAN"
SUPPORTED = {"difference": 0.2, "ci_low": 0.1, "ci_high": 0.3, "p": 1e-4}
OPPOSITE = {"difference": -0.2, "ci_low": -0.3, "ci_high": -0.1, "p": 1e-4}
UNCLEAR = {"difference": 0.05, "ci_low": -0.1, "ci_high": 0.2, "p": 0.5}
SMALL = {"difference": 0.02, "ci_low": 0.01, "ci_high": 0.03, "p": 0.01}
EVERY = [
    (SUPPORTED, "supported"),
    (OPPOSITE, "contradicted"),
    (UNCLEAR, "cannot be told apart"),
    (SMALL, "contradicted"),
]


def metrics_of(*kinds, value=0.4, low=0.3, high=0.5, extra=()):
    """Return metrics of benchmarks ``(protocol, scorer, window_bp, track_set)``."""
    rows = [
        {
            "protocol": protocol,
            "scorer": scorer,
            "window_bp": window_bp,
            "track_set": track_set,
            "task": task,
            "predictor": "model",
            "stratum": "lead_per_feature",
            "metric": metric,
            "value": number,
            "ci_low": low,
            "ci_high": high,
            "n": 200,
        }
        for protocol, scorer, window_bp, track_set in kinds
        for task, metric, number in (("signed", "spearman", value), *extra)
    ]
    frame = pd.DataFrame(rows).assign(dataset="d", model="m")
    return frame.reindex(columns=METRICS.names)


def differences_of(*rows):
    named = {"task": "signed", "stratum": "lead_per_feature", "metric": "spearman"}
    named |= {"dataset": "d", "value_a": 0.3, "value_b": 0.5, "n_shared": 150}
    frame = pd.DataFrame([named | row for row in rows])
    return frame.reindex(columns=DIFFERENCES.names)


def pair_tests(*rows):
    named = {"dataset": "d", "protocol": "corrected", "stratum": "lead_per_feature"}
    frame = pd.DataFrame([named | row for row in rows])
    return frame.reindex(columns=EXPLANATION_TESTS.names)


EMPTY = {
    schema: schema.empty_table().to_pandas()
    for schema in (METRICS, DIFFERENCES, LADDER, EXPLANATION_TESTS)
}


def explained(metrics, differences=(), ladder=(), tests=(), **options):
    frames = [
        each if len(each) else empty
        for each, empty in zip(
            (metrics, differences, ladder, tests), EMPTY.values(), strict=True
        )
    ]
    found = explain(Tables(*frames), "d", "corrected", **options)
    assert as_table(found, EXPLANATIONS).num_rows == len(found)
    return found


def one(found, test):
    [row] = found[found["test"] == test].to_dict("records")
    return row


MAIN = ("corrected", DNASE, 16384, "K562")


def test_a_run_that_tests_nothing_says_how_to_test_everything(tmp_path):
    found = explained(metrics_of(MAIN))
    assert set(found["verdict"]) == {"not tested"}
    assert set(found["test"]) == {test.name for test in TESTS}
    assert list(dict.fromkeys(found["explanation"])) == [*NAMES]
    assert found.groupby("explanation")["is_primary"].sum().eq(1).all()
    firsts = found.drop_duplicates("explanation")
    assert firsts["is_primary"].all()
    assert (found["config"].notna() | found["evidence"].notna()).all()
    assert one(found, "handling")["config"] == (
        "protocol: [corrected, published];; datasets: [{name: d, ladder: true}]"
    )
    write_tsv(found, tmp_path / "explanations.tsv", EXPLANATIONS)
    assert len(read_tsv(tmp_path / "explanations.tsv", EXPLANATIONS)) == len(found)


def test_effects_on_no_gene_have_no_readout_of_expression():
    found = explained(metrics_of(MAIN), has_genes=False)
    row = one(found, "scorer")
    assert pd.isna(row["config"]) and row["evidence"] == "needs effects on genes"


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


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [(1, 4, "supported"), (20, 37, "contradicted"), (3, 30, "cannot be told apart")],
)
def test_the_own_rank_must_be_better_than_the_middle(low, high, verdict):
    numbers = {"value": (low + high) / 2, "ci_low": low, "ci_high": high, "p": 0.001}
    rule = {"null": 19.0, "least": 1.8, "test": "tissue_rank"}
    whole = rule | {"stratum": "all_pairs", "ci_low": 1, "ci_high": 1, "value": 1}
    tests = pair_tests(rule | numbers, whole)
    row = one(explained(metrics_of(MAIN), tests=tests), "tissue_rank")
    assert row["verdict"] == verdict and row["ci_low"] == low
    assert "below 19;" in row["rule"] and "above 17.2" in row["rule"]


@pytest.mark.parametrize(
    ("test", "low", "high", "verdict"),
    [
        ("handling", 0.1, 0.3, "supported"),
        ("handling", -0.3, -0.1, "contradicted"),
        ("sign_by_size", 0.1, 0.3, "supported"),
        ("sign_by_size", -0.3, 0.3, "cannot be told apart"),
        ("rank_by_size", -0.3, 0.02, "contradicted"),
        ("accessibility", 0.1, 0.2, "supported"),
        # The model is as good as a second cohort.
        ("replicate", -0.1, 0.02, "supported"),
        ("replicate", 0.2, 0.3, "contradicted"),
        ("replicate", 0.0, 0.3, "cannot be told apart"),
        ("direction", 0.0, 0.3, "supported"),
        ("direction", 0.6, 0.8, "contradicted"),
        ("direction", 0.4, 0.8, "cannot be told apart"),
    ],
)
def test_tests_on_pairs_are_judged_by_their_rules(test, low, high, verdict):
    numbers = {"value": (low + high) / 2, "ci_low": low, "ci_high": high, "p": 1e-6}
    found = explained(metrics_of(MAIN), tests=pair_tests({"test": test} | numbers))
    row = one(found, test)
    assert row["verdict"] == verdict and row["value"] == numbers["value"]


def test_a_test_that_is_not_primary_must_pass_adjustment():
    steps = ["column", "build", "checks", "unique", "lead"]
    ladder = pd.DataFrame(
        {
            "dataset": "d",
            "step": range(1, 6),
            "name": steps,
            "change": steps,
            "metric": "spearman",
            "difference": 0.2,
            "difference_low": 0.01,
            "difference_high": 0.4,
            "difference_p": [0.04, 0.9, 0.9, 0.9, 0.9],
            "n_shared": 50,
        }
    ).reindex(columns=LADDER.names)
    found = explained(metrics_of(MAIN), ladder=ladder)
    row = one(found, "step_column")
    assert row["p"] == 0.04 and row["p_adjusted"] == pytest.approx(0.2)
    assert row["verdict"] == "cannot be told apart"
    alone = explained(metrics_of(MAIN), ladder=ladder.iloc[:1])
    assert one(alone, "step_column")["verdict"] == "supported"


def test_steps_of_the_ladder_belong_to_their_explanations():
    names = ["published", "column", "tracks", "mask", "flanks", "new"]
    ladder = pd.DataFrame(
        {
            "dataset": "d",
            "step": range(6),
            "name": names,
            "change": names,
            "metric": "spearman",
            "difference": 0.2,
        }
    ).reindex(columns=LADDER.names)
    found = explained(metrics_of(MAIN), ladder=ladder)
    found = found[found["test"].str.startswith("step_")].set_index("test")
    assert found["explanation"].to_dict() == {
        "step_column": "data handling",
        "step_mask": "context",
        "step_flanks": "context",
        "step_tracks": "cell type",
    }
    assert not found["is_primary"].any()


@pytest.mark.parametrize(
    ("reliability", "low", "high", "verdict"),
    [
        (0.25, 0.46, 0.55, "supported"),
        (0.81, 0.3, 0.5, "contradicted"),
        (0.25, 0.3, 0.5, "cannot be told apart"),
    ],
)
def test_noise_explains_what_the_model_lacks_to_the_ceiling(
    reliability, low, high, verdict
):
    extra = [("ceiling", "reliability", reliability)]
    found = explained(
        metrics_of(MAIN, value=(low + high) / 2, low=low, high=high, extra=extra)
    )
    row = one(found, "ceiling")
    assert row["verdict"] == verdict
    assert row["value"] == pytest.approx(np.sqrt(reliability) - (low + high) / 2)
    assert row["ci_low"] == pytest.approx(np.sqrt(reliability) - high)


@pytest.mark.parametrize(
    ("least", "low", "high", "verdict"),
    [
        (0.3, -0.1, 0.2, "supported"),
        (np.nan, -0.1, 0.2, "supported"),
        (0.08, -0.1, 0.05, "contradicted"),
        (0.3, 0.1, 0.5, "contradicted"),
        (0.3, -0.5, -0.1, "contradicted"),
        (0.3, np.nan, np.nan, "cannot be told apart"),
    ],
)
def test_power_explains_a_lack_of_agreement_only(least, low, high, verdict):
    extra = [("power", "detectable_spearman", least)]
    found = explained(metrics_of(MAIN, value=0.1, low=low, high=high, extra=extra))
    assert one(found, "power")["verdict"] == verdict


def test_other_datasets_do_not_count():
    other = differences_of(
        {"a": "mismatched_tracks", "b": "model", "protocol": "corrected"}
        | {"comparison": "baseline"}
        | SUPPORTED
    ).assign(dataset="another")
    found = explained(metrics_of(MAIN), other)
    assert one(found, "tissue")["verdict"] == "not tested"


def test_a_long_window_that_was_left_out_is_one_that_the_chromosomes_hold():
    metrics = metrics_of(MAIN)
    for options, expected in (({}, 1_048_576), ({"long_bp": 131_072}, 131_072)):
        found = explained(metrics, **options)
        assert one(found, "window")["config"] == f"window_bp: [16384, {expected}]"
        assert one(found, "scorer")["config"].endswith(f";; window_bp: {expected}")


def refused(protocol):
    row = {"dataset": "d", "protocol": protocol, "is_reportable": "no"}
    row["why"] = "failing gates: orientation; exception: x"
    return pd.DataFrame([row]).reindex(columns=CONCLUSIONS.names)


LONG = ("corrected.long", DNASE, 131_072, "K562")
OF_WINDOWS = {"comparison": "protocol", "a": "corrected", "b": "corrected.long"}


@pytest.mark.parametrize("protocol", ["corrected", "corrected.long"])
def test_a_test_that_rests_on_failing_gates_decides_nothing(protocol):
    metrics = metrics_of(MAIN, LONG)
    differences = differences_of({**OF_WINDOWS, **SUPPORTED})
    sound = explained(metrics, differences, conclusions=refused("published"))
    assert one(sound, "window")["verdict"] == "supported"
    found = explained(metrics, differences, conclusions=refused(protocol))
    row = one(found, "window")
    assert row["verdict"] == "cannot be told apart"
    assert row["evidence"].startswith(f"{protocol} has failing gates: orientation; ")
    # What was not tested stays so.
    assert one(found, "handling")["verdict"] == "not tested"
