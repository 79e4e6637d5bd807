import functools

import numpy as np
import pandas as pd
import pytest
import scipy.stats
from endobench.benchmark.strata import is_lead, strata
from endobench.core.columns import DIFFERENCES, GATES, METRICS
from endobench.core.errors import InputError
from endobench.core.tables import as_table, read_tsv, write_tsv
from endobench.evaluate.conclusion import conclusions_of
from endobench.evaluate.measure import measure
from frames import benchmark, blocks_of, choices_of, exchanged, rows_of

PAIRS_, ANNOTATIONS_ = benchmark(n_chromosomes=1)
# Few strata make the tests fast.
PAIRS_ = PAIRS_.assign(
    maf=0.2 + 0.6 * PAIRS_["maf"], distance=PAIRS_["distance"].clip(-9000, 9000)
)
ANNOTATIONS_["fold"] = None
CLASSES = ["p_value", 0.1, 0.2]
WHOLE = ("lead_per_feature", "all_pairs")
SOME = (*WHOLE, "effect_over_0.5")
INTERVALS = ["ci_low", "ci_high", "analytic_low", "analytic_high", "n_eff"]
KEYS = ["task", "stratum", "predictor", "metric"]
FIRST = ("signed", "lead_per_feature", "model", "spearman")
NO_GATES = pd.DataFrame(columns=GATES.names)


def measured(
    pairs=PAIRS_,
    annotations=ANNOTATIONS_,
    control=None,
    n_threads=1,
    strata=SOME,
    **changes,
):
    """Return metrics and differences, whose columns are checked."""
    metrics, differences = measure(
        pairs,
        annotations,
        blocks_of(),
        choices_of(strata=strata, **changes),
        dataset="d",
        protocol="corrected",
        control=control,
        n_threads=n_threads,
    )
    assert as_table(metrics, METRICS).num_rows == len(metrics)
    assert as_table(differences, DIFFERENCES).num_rows == len(differences)
    assert not metrics.duplicated(KEYS).any()
    assert metrics[["n", "n_variants"]].notna().all(axis=None)
    return metrics, differences


@functools.cache
def plain():
    return measured()


@functools.cache
def classified():
    return measured(classes=CLASSES, is_primary=False)


def at(metrics, *key):
    """Return the rows of a task and a stratum, or the one of a predictor and metric."""
    for name, value in zip(KEYS, key, strict=False):
        metrics = metrics[metrics[name] == value]
    return metrics.squeeze() if len(key) == len(KEYS) else metrics


def hypotheses(metrics):
    return metrics[metrics["task"].isin(["signed", "magnitude", "unsigned"])]


def test_every_stratum_is_measured_and_counted():
    pairs, annotations = benchmark()
    metrics, _ = measured(pairs, annotations, strata=())
    expected = {
        name: int(mask.sum())
        for name, mask in strata(pairs, annotations, [0.5]).items()
    }
    assert {"chromosome_chr3", "fold_fold1", "effect_over_0.5"} <= set(expected)
    found = metrics[(metrics["task"] == "signed") & (metrics["predictor"] == "model")]
    found = found[found["metric"] == "spearman"].set_index("stratum")["n"]
    assert found.to_dict() == expected
    assert metrics["n_variants"].max() == len(pairs)


def test_every_estimate_has_its_intervals():
    found = hypotheses(plain()[0])
    found = found[found["stratum"].isin(WHOLE) & (found["predictor"] != "gc_change")]
    assert found[["value", *INTERVALS, "n_blocks", "p"]].notna().all(axis=None)
    assert (found["ci_low"] <= found["value"]).all()
    assert (found["value"] <= found["ci_high"]).all()
    assert (found["n_eff"] <= found["n"]).all()
    estimates = hypotheses(plain()[0]).dropna(subset="ci_low")
    assert estimates[["analytic_low", "analytic_high", "n_eff"]].notna().all(axis=None)


def test_values_are_those_of_scipy():
    metrics, _ = plain()
    rows = PAIRS_[is_lead(PAIRS_)]
    found = at(metrics, "signed", "lead_per_feature", "model", "spearman")
    expected = scipy.stats.spearmanr(rows["effect"], rows["raw"]).statistic
    assert found["value"] == pytest.approx(expected)
    found = at(metrics, "magnitude", "lead_per_feature", "model", "spearman")
    expected = scipy.stats.spearmanr(*rows[["effect", "raw"]].abs().to_numpy().T)
    assert found["value"] == pytest.approx(expected.statistic)


def test_tasks_are_not_mixed():
    metrics, _ = classified()
    of_task = metrics.groupby("task")["predictor"].agg(set)
    baselines = {"model", "motif_change", "gc_change"}
    unsigned = baselines | {"gc_content", "distance", "maf"}
    assert of_task["signed"] == baselines | {"mismatched_tracks"}
    assert of_task["magnitude"] == of_task["unsigned"] == unsigned
    names = metrics.groupby("task")["metric"].agg(set)
    assert names["unsigned"] == {"auroc", "auprc"} and names["magnitude"] == {
        "spearman"
    }
    strata_of = metrics.groupby("task")["stratum"].agg(set)
    assert strata_of["unsigned"] == {"matched_negatives", "all_pairs"}
    for task in ("chance", "ceiling", "power"):
        assert strata_of[task] == set(WHOLE)


def test_the_signed_task_covers_positives_only():
    metrics, _ = classified()
    n = int((PAIRS_["p_value"] <= 0.1).sum())
    assert at(metrics, "signed", "all_pairs", "model", "spearman")["n"] == n
    counts = at(metrics, "count", "matched_negatives").set_index("metric")["value"]
    total = counts["positives"] + counts["negatives"]
    assert counts["prevalence"] == pytest.approx(counts["positives"] / total)
    found = at(metrics, "unsigned", "matched_negatives", "model", "auroc")
    assert found["n"] == total
    # Published values cover all pairs of either class.
    found = at(metrics, "unsigned", "all_pairs", "model", "auroc")
    is_known = (PAIRS_["p_value"] <= 0.1) | (PAIRS_["p_value"] >= 0.2)
    assert found["n"] == is_known.sum() > total
    counts = at(metrics, "count", "all_pairs").set_index("metric")["value"]
    assert counts["prevalence"] == pytest.approx(n / is_known.sum())


def test_one_row_is_primary_if_the_protocol_is():
    found = plain()[0]
    found = found[found["is_primary"]]
    assert rows_of(found, *KEYS) == [FIRST]
    assert not classified()[0]["is_primary"].any()


def test_all_p_values_but_the_primary_one_are_adjusted():
    metrics, _ = plain()
    is_adjusted = metrics["p_adjusted"].notna()
    found = metrics[is_adjusted]
    assert (found["p_adjusted"] >= found["p"]).all()
    assert set(found["task"]) == {"signed", "magnitude"}
    assert not found["is_primary"].any()
    assert "mismatched_tracks" not in set(found["predictor"])
    rest = hypotheses(metrics[~is_adjusted & metrics["p"].notna()])
    assert set(rest.loc[~rest["is_primary"], "predictor"]) == {"mismatched_tracks"}
    expected = scipy.stats.false_discovery_control(found["p"].astype(float))
    np.testing.assert_allclose(found["p_adjusted"], expected)
    assert at(classified()[0], *FIRST)["p_adjusted"] > 0


def test_the_order_of_rows_changes_nothing():
    rng = np.random.default_rng(2)
    pairs, annotations = (
        each.iloc[rng.permutation(len(each))] for each in (PAIRS_, ANNOTATIONS_)
    )
    for found, expected in zip(measured(pairs, annotations), plain(), strict=True):
        pd.testing.assert_frame_equal(found, expected)


def test_several_threads_give_the_rows_of_one():
    for one, several in zip(plain(), measured(n_threads=3), strict=True):
        pd.testing.assert_frame_equal(one, several, check_exact=True)


def test_exchanging_ref_and_alt_changes_no_metric():
    found, differences = measured(*exchanged(PAIRS_, ANNOTATIONS_))
    expected = plain()[0]
    is_signed = expected["task"].isin(["signed", "magnitude"])
    pd.testing.assert_frame_equal(found[is_signed], expected[is_signed])
    pd.testing.assert_frame_equal(differences, plain()[1])


def test_effects_are_relative_to_their_null():
    shifted = PAIRS_.assign(effect=PAIRS_["effect"] + 0.5)
    found = hypotheses(measured(shifted, null=0.5)[0])
    columns = ["value", "ci_low", "ci_high", "p", "n"]
    pd.testing.assert_frame_equal(found[columns], hypotheses(plain()[0])[columns])


@functools.cache
def other():
    """Return a benchmark with a control, one more pair, and other baselines."""
    pairs = pd.concat([PAIRS_, PAIRS_.iloc[:1].assign(feature_id="x")])
    place = np.arange(len(pairs)) % len(PAIRS_)
    pairs = pairs.assign(
        shift_bp=np.where(place < 3, -7, 0),
        route=np.where(place < 5, "atlas", "model"),
    )
    known = ANNOTATIONS_["gc_change"].where(ANNOTATIONS_.index >= 30)
    annotations = ANNOTATIONS_.assign(motif_change=PAIRS_["raw"], gc_change=known)
    return measured(pairs, annotations, PAIRS_.iloc[:60].assign(model="control/other"))


def test_a_baseline_equal_to_the_model_has_no_difference():
    _, differences = other()
    same = differences[differences["a"] == "motif_change"]
    assert len(same) == 4
    assert (same[["difference", "ci_low", "ci_high"]] == 0).all(axis=None)
    assert (same["p"] == 1).all()


def test_a_baseline_known_for_some_pairs_is_compared_on_these():
    metrics, differences = other()
    rows = at(metrics, "signed", "all_pairs")
    rows = rows[rows["metric"] == "spearman"].set_index("predictor")["n"]
    assert rows["gc_change"] == rows["gc_change/model"] == 90 and rows["model"] == 121
    found = differences[differences["a"] == "gc_change"]
    found = found[found["stratum"] == "all_pairs"]
    assert (found[["n_a", "n_b", "n_shared"]] == 90).all(axis=None)


def test_moved_windows_and_scores_of_the_atlas_are_counted_by_variant():
    counts = at(other()[0], "count", "all_pairs").set_index("metric")
    assert counts.loc["moved_windows", "value"] == 3
    assert counts.loc["from_atlas", "value"] == 5
    assert set(counts["n"]) == {121} and set(counts["n_variants"]) == {120}


def test_a_control_is_measured_over_its_own_pairs():
    found = at(other()[0], "control", "all_effects", "other", "spearman")
    assert (found["n"], found["n_variants"]) == (60, 60) and found["ci_low"] > 0
    assert found["model"] == "m" and np.isnan(found["p_adjusted"])
    metrics, _ = measured(control=PAIRS_.iloc[:0])
    pd.testing.assert_frame_equal(metrics, plain()[0])


def test_scores_are_compared_with_the_motif_changes_of_all_variants():
    found = at(plain()[0], "control", "all_pairs", "sequence", "spearman")
    assert found["n"] == found["n_variants"] == 120 and found["ci_low"] > 0
    # A variant with two pairs counts once.
    again = at(other()[0], "control", "all_pairs", "sequence", "spearman")
    assert again["n"] == 120
    unknown, _ = measured(annotations=ANNOTATIONS_.assign(motif_change=np.nan))
    assert "sequence" not in set(unknown["predictor"])


def test_the_numbers_of_a_conclusion_take_all_resamples():
    quick, differences = plain()
    found, again = measured(n_resamples=1000)
    is_whole = found["stratum"].isin(WHOLE) & (found["predictor"] == "model")
    is_whole = (found["task"] == "signed") & is_whole
    is_whole |= (found["task"] == "control") & (found["predictor"] == "sequence")
    # These follow from the primary number, without resamples of their own.
    is_derived = found["task"].isin(["ceiling", "power"])
    values = ["value", "n", "n_blocks", "analytic_low", "analytic_high"]
    pd.testing.assert_frame_equal(
        found.loc[is_whole, values], quick.loc[is_whole, values]
    )
    # The jackknife, which resamples nothing, may decide the width of Pearson's interval.
    is_resampled = is_whole & (found["metric"] != "pearson")
    low = found["ci_low"] != quick["ci_low"]
    assert low[is_resampled].all()
    rest = ~is_whole & ~is_derived
    columns = found.columns.drop("p_adjusted")
    pd.testing.assert_frame_equal(found.loc[rest, columns], quick.loc[rest, columns])
    pd.testing.assert_frame_equal(again, differences)


def test_the_model_is_compared_with_every_baseline():
    _, differences = classified()
    assert set(differences["b"]) == {"model"}
    assert differences.groupby("task").size().to_dict() == {
        "magnitude": 10,
        "signed": 6,
        "unsigned": 20,
    }
    np.testing.assert_allclose(
        differences["difference"], differences["value_b"] - differences["value_a"]
    )
    assert (differences["n_a"] == differences["n_b"]).all()


def test_the_spike_in_is_detected_and_the_sham_is_not():
    found = at(plain()[0], "control", "all_pairs").set_index("predictor")["value"]
    assert found["spike_in"] > 0.8 and found["sham"] < 0.12


@functools.cache
def unsigned():
    return measured(classes=CLASSES, is_signed=False)


def test_without_a_known_effect_allele_nothing_reads_a_sign():
    metrics, differences = unsigned()
    tasks = {"magnitude", "unsigned", "chance", "control", "power", "count"}
    assert set(metrics["task"]) == tasks
    assert set(differences["task"]) == {"magnitude", "unsigned"}
    assert "sign_flip_by_block" not in set(metrics["predictor"])
    assert "mismatched_tracks" in set(
        at(metrics, "magnitude", "all_pairs")["predictor"]
    )
    is_same = classified()[0]["task"] == "unsigned"
    columns = ["stratum", "predictor", "metric", "value", "ci_low", "n"]
    pd.testing.assert_frame_equal(
        at(metrics, "unsigned")[columns].reset_index(drop=True),
        classified()[0].loc[is_same, columns].reset_index(drop=True),
    )
    first = metrics[metrics["is_primary"]]
    assert rows_of(first, *KEYS) == [("magnitude", *FIRST[1:])]
    value = at(classified()[0], "magnitude", *FIRST[1:])["value"]
    assert first["value"].item() == value


def test_without_a_known_effect_allele_signs_do_not_matter():
    rng = np.random.default_rng(5)
    signs = rng.choice([-1.0, 1.0], (2, len(PAIRS_)))
    turned = PAIRS_.assign(
        effect=PAIRS_["effect"] * signs[0],
        raw=PAIRS_["raw"] * signs[1],
        raw_mismatched=PAIRS_["raw_mismatched"] * signs[1],
    )
    found = measured(turned, classes=CLASSES, is_signed=False)
    # Scores follow the sequence with their sign, whatever the effects.
    kept = [each["predictor"] != "sequence" for each in (found[0], unsigned()[0])]
    pd.testing.assert_frame_equal(found[0][kept[0]], unsigned()[0][kept[1]])
    pd.testing.assert_frame_equal(found[1], unsigned()[1])


def labelled(**changes):
    """Return pairs whose effect is a label."""
    label = (PAIRS_["p_value"] <= 0.1).astype(float)
    changes = {"effect": label, "label": label, "p_value": np.nan} | changes
    return PAIRS_.assign(unit="label", effect_se=np.nan, **changes)


LABELS = {"classes": ["label", 1, 0], "is_signed": False}


def test_labels_have_the_unsigned_task_only():
    control = labelled(model="control/other")
    metrics, differences = measured(labelled(), control=control, **LABELS)
    assert set(metrics["task"]) == {"unsigned", "control", "count"}
    assert set(differences["task"]) == {"unsigned"}
    first = metrics[metrics["is_primary"]]
    names = ("unsigned", "matched_negatives", "model", "auroc")
    assert rows_of(first, *KEYS) == [names]
    found = at(metrics, "control", "all_effects").set_index("metric")
    assert list(found.index) == ["auroc", "auprc"]
    whole = at(metrics, "unsigned", "all_pairs", "model", "auroc")
    assert found.loc["auroc", "value"] == whole["value"]
    for stratum in ("matched_negatives", "all_pairs"):
        counted = set(at(metrics, "count", stratum)["metric"])
        assert counted >= {"prevalence", "moved_windows", "from_atlas"}


def test_labels_without_classes_are_an_error():
    with pytest.raises(InputError, match="effects of d have unit label, which needs"):
        measured(labelled(), is_signed=False)


def test_a_published_value_is_compared_with_the_number_of_the_model():
    published = {"pearson": 0.5, "auprc": 0.25}
    pairs = PAIRS_.assign(source_id=PAIRS_["variant_id"])
    metrics, differences = measure(
        pairs,
        ANNOTATIONS_,
        blocks_of(),
        choices_of(strata=SOME, classes=CLASSES, published=published),
        dataset="d",
        protocol="corrected",
    )
    assert as_table(metrics, METRICS).num_rows == len(metrics)
    assert as_table(differences, DIFFERENCES).num_rows == len(differences)
    rows = at(metrics, "published").set_index("metric")
    assert rows["value"].to_dict() == published
    assert set(rows["stratum"]) == {"all_pairs"}
    # No other number changes.
    rest = metrics[metrics["task"] != "published"].drop(columns="is_primary")
    expected = classified()[0].drop(columns="is_primary")
    columns = rest.columns.drop("p_adjusted")
    pd.testing.assert_frame_equal(rest[columns], expected[columns], check_dtype=False)
    found = differences[differences["comparison"] == "published"].set_index("metric")
    mine = at(metrics, "unsigned", "all_pairs", "model", "auprc")
    assert found.loc["auprc", "difference"] == mine["value"] - 0.25
    assert found["p"].isna().all()


def test_p_values_taken_for_effects_are_no_agreement():
    published = PAIRS_.assign(effect=PAIRS_["p_value"], unit="p_value")
    metrics, _ = measured(published)
    assert np.isnan(at(metrics, "signed", "all_pairs", "model", "sign_auroc")["value"])
    assert at(metrics, "ceiling", "all_pairs")["value"].isna().all()
    assert set(conclusions_of(metrics, NO_GATES)["finding"]) == {"no_agreement"}


EDGES = {
    "nothing but alleles": (
        {
            "distance": np.nan,
            "maf": np.nan,
            "p_value": np.nan,
            "effect_se": np.nan,
            "raw_mismatched": np.nan,
            "shift_bp": np.nan,
            "route": "table",
        },
        {"motif_change": np.nan, "gc_content": np.nan, "fold": None},
    ),
    "constant effect": ({"effect": 0.3}, {}),
    "constant score": ({"raw": 0.0}, {}),
    "perfect": ({"raw": PAIRS_["effect"]}, {}),
    "no class": ({"p_value": 0.15}, {}),
    "no positive": ({"p_value": 0.9}, {}),
    "no negative": ({"p_value": 1e-6}, {}),
    "one positive": ({"p_value": np.where(PAIRS_.index, 0.9, 1e-6)}, {}),
}
CLASSIFIED = ("no class", "no positive", "no negative", "one positive")


@pytest.mark.parametrize("edge", EDGES)
def test_undefined_values_are_missing_and_there_is_a_conclusion(edge):
    of_pairs, of_annotations = EDGES[edge]
    classes = CLASSES if edge in CLASSIFIED else []
    pairs, annotations = (
        PAIRS_.assign(**of_pairs),
        ANNOTATIONS_.assign(**of_annotations),
    )
    metrics, _ = measured(pairs, annotations, strata=(), classes=classes)
    assert metrics["is_primary"].sum() == 1
    conclusions = conclusions_of(metrics, NO_GATES)
    assert conclusions["stratum"].tolist() == list(WHOLE)
    is_defined = edge in ("nothing but alleles", "no negative")
    assert (conclusions["finding"] == "undefined").all() != is_defined


@pytest.mark.parametrize("n", [1, 3, 24])
def test_few_pairs_are_counted(n):
    metrics, _ = measured(PAIRS_.iloc[:n], strata=())
    row = at(metrics, "signed", "all_pairs", "model", "spearman")
    assert row["n"] == n and np.isnan(row["value"]) == (n < 4)
    conclusions = conclusions_of(metrics, NO_GATES)
    assert conclusions["why"].iloc[1].startswith("no interval") == (n < 4)


def test_one_block_has_values_and_no_intervals():
    metrics, _ = measured(PAIRS_[PAIRS_["variant_id"].str.startswith("chr1_10")])
    metrics = hypotheses(metrics)
    assert metrics["ci_low"].isna().all()


def test_counts_are_written_as_integers(tmp_path):
    metrics, _ = plain()
    write_tsv(metrics, tmp_path / "metrics.tsv", METRICS)
    text = pd.read_csv(tmp_path / "metrics.tsv", sep="\t", dtype=str)
    counts = text[["n", "n_variants", "n_blocks"]].melt()["value"]
    assert counts.dropna().str.isdigit().all()
    read = read_tsv(tmp_path / "metrics.tsv", METRICS)
    np.testing.assert_array_equal(read["value"], metrics["value"])
