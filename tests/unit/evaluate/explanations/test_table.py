import numpy as np
import pandas as pd
import pytest
from endobench.core.columns import (
    CONCLUSIONS,
    CONTROLS,
    EXPLANATION_TESTS,
    EXPLANATIONS,
    LADDER,
)
from endobench.core.tables import read_tsv, write_tsv
from endobench.design.explanations import NAMES, TESTS
from explaining import (
    DNASE,
    EXPRESSION,
    MAIN,
    SUPPORTED,
    WHOLE,
    differences_of,
    explained,
    metrics_of,
    one,
)


def pair_tests(*rows):
    named = {"dataset": "d", "protocol": "corrected", "stratum": "lead_per_feature"}
    frame = pd.DataFrame([named | row for row in rows])
    return frame.reindex(columns=EXPLANATION_TESTS.names)


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


def untested_of(metrics):
    """Return whether a config makes each test that a run did not make."""
    found = explained(metrics).set_index("test")
    assert (found["config"].isna() == found["evidence"].notna()).all()
    return found["config"].notna(), found["evidence"]


def test_a_table_of_scores_is_told_of_no_key_that_only_a_model_reads():
    can_be_made, evidence = untested_of(metrics_of(("corrected", "table", 0, "table")))
    others = ["handling", "handling_against_rest", "replicate"]
    assert list(can_be_made.index[can_be_made]) == others
    assert evidence["scorer"] == (
        "needs a model that can be asked in place of a table of scores"
    )
    of_model, _ = untested_of(metrics_of(MAIN))
    assert of_model[["scorer", "window", "mask", "tissue", "tissue_rank"]].all()


def test_labels_and_effects_without_signs_are_told_of_no_test_of_others():
    metrics = metrics_of(MAIN)
    can_be_made, evidence = untested_of(metrics.assign(task="unsigned"))
    assert list(can_be_made.index[can_be_made]) == ["scorer", "window", "mask"]
    assert evidence["handling"] == "needs effects and scores with signs"
    assert evidence["tissue"] == "needs effects with sizes"
    can_be_made, _ = untested_of(metrics.assign(task="magnitude"))
    others = ["scorer", "window", "mask", "tissue", "tissue_rank"]
    assert list(can_be_made.index[can_be_made]) == others


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
        ("direction", 0.1, 0.3, "supported"),
        # Not even the largest scores are right, which has nothing to do with sizes.
        ("direction", 0.0, 0.3, "cannot be told apart"),
        ("direction", 0.6, 0.8, "contradicted"),
        ("direction", 0.4, 0.8, "cannot be told apart"),
    ],
)
def test_tests_on_pairs_are_judged_by_their_rules(test, low, high, verdict):
    numbers = {"value": (low + high) / 2, "ci_low": low, "ci_high": high, "p": 1e-6}
    found = explained(metrics_of(MAIN), tests=pair_tests({"test": test} | numbers))
    row = one(found, test)
    assert row["verdict"] == verdict and row["value"] == numbers["value"]


@pytest.mark.parametrize(
    ("null", "low", "high", "verdict"),
    [
        (0.055, 0.06, 0.2, "supported"),
        (0.055, 0.01, 0.2, "cannot be told apart"),
        (2.0, 0.3, 0.4, "cannot be told apart"),
        (2.0, -0.1, 0.04, "contradicted"),
    ],
)
def test_accessibility_must_exceed_what_noise_takes_away(null, low, high, verdict):
    numbers = {"value": (low + high) / 2, "ci_low": low, "ci_high": high, "p": 1e-6}
    rule = {"null": null, "least": 0.05 - null}
    tests = pair_tests({"test": "accessibility", **numbers, **rule})
    row = one(explained(metrics_of(MAIN), tests=tests), "accessibility")
    assert row["verdict"] == verdict
    assert f"above {null:g};" in row["rule"] and row["rule"].endswith("below 0.05")


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
        # Noise takes next to nothing away.
        (0.98, 0.96, 0.99, "contradicted"),
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
        # These pairs were enough to exclude what could be found in four of five tables.
        (0.102, -0.1, 0.08, "contradicted"),
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


def test_p_values_in_the_place_of_effects_explain_nothing():
    """A run of the published protocol alone has no other benchmark to explain."""
    published = ("published", *MAIN[1:])
    row = {"a": "mismatched_tracks", "b": "model", "protocol": "published"}
    frame = differences_of({**row, "comparison": "baseline", **SUPPORTED})
    given = metrics_of(published), frame
    found = explained(*given, main="published", conclusions=refused("published"))
    assert one(found, "tissue")["verdict"] == "cannot be told apart"
    assert one(explained(*given, main="published"), "tissue")["verdict"] == "supported"


@pytest.mark.parametrize("protocol", ["corrected", "corrected.long"])
def test_a_test_that_rests_on_failing_gates_decides_nothing(protocol):
    metrics = metrics_of(MAIN, ("corrected.long", DNASE, 131_072, "K562"))
    named = {"comparison": "protocol", "a": "corrected", "b": "corrected.long"}
    differences = differences_of({**named, **SUPPORTED})
    sound = explained(metrics, differences, conclusions=refused("published"))
    assert one(sound, "window")["verdict"] == "supported"
    found = explained(metrics, differences, conclusions=refused(protocol))
    row = one(found, "window")
    assert row["verdict"] == "cannot be told apart"
    assert row["evidence"].startswith(f"{protocol} has failing gates: orientation; ")
    # What was not tested stays so.
    assert one(found, "handling")["verdict"] == "not tested"


@pytest.mark.parametrize(
    ("scorer", "verdict"), [(DNASE, "cannot be told apart"), (WHOLE, "supported")]
)
def test_a_test_that_rests_on_a_failing_control_decides_nothing(scorer, verdict):
    """Scores of the wrong variants agree less, whatever the readout is good for."""
    other = f"corrected.{scorer}.16384bp.K562"
    metrics = metrics_of(MAIN, (other, scorer, 16384, "K562"))
    metrics.loc[metrics["protocol"] == "corrected", "scorer"] = EXPRESSION
    named = {"comparison": "protocol", "a": other, "b": "corrected"}
    conclusions = refused(other).assign(why="x", stratum="lead_per_feature")
    controls = conclusions.assign(control="sequence", state="fail", evidence="no motif")
    controls = controls.reindex(columns=CONTROLS.names)
    found = explained(
        metrics,
        differences_of({**named, **SUPPORTED}),
        conclusions=conclusions,
        controls=controls,
    )
    row = one(found, "scorer")
    assert row["verdict"] == verdict
    assert (f"{other} has a failing control (no motif); " in row["evidence"]) == (
        verdict == "cannot be told apart"
    )
