import numpy as np
import pandas as pd
import pytest
from drawings import REAL, STANDIN, bytes_of, conclusion_of, crowding, marks, words
from endobench.core.columns import METRICS
from endobench.design.models import STANDIN_MARK
from endobench.figures.strata import strata_forest_figure

STRATA = [
    "all_pairs",
    "lead_per_feature",
    "snv",
    "indel",
    "effect_over_0.25",
    "effect_tertile_1",
    "effect_tertile_2",
    "effect_tertile_3",
    "pip_under_0.1",
    "pip_0.1_to_0.9",
    "pip_over_0.9",
    "maf_under_0.05",
    "maf_0.05_to_0.2",
    "maf_over_0.2",
    "distance_under_10kb",
    "distance_10kb_to_100kb",
    "distance_over_100kb",
    "in_peak",
    "outside_peak",
    *(f"chromosome_chr{i}" for i in range(1, 23)),
    "fold_fold0",
    "fold_fold1",
    "held_out",
    "seen",
]
HEADS = [
    "overall",
    "effect size",
    "inclusion probability",
    "(MAF)",
    "distance to",
    "variant type",
    "open chromatin",
    "chromosome\n",
    "fold of",
]


def strata_of(strata=STRATA, model=REAL, task="signed", metric="spearman"):
    """Return the model's number in each stratum, beside what is not asked."""
    n = 5000 // (1 + np.arange(len(strata)))
    frame = pd.DataFrame({"stratum": strata, "value": 0.3 - 0.01 * np.arange(len(n))})
    frame = frame.assign(
        dataset="demo",
        protocol="corrected",
        model=model,
        track_set="K562",
        scorer="DNASE-501-DIFF_LOG2_SUM",
        window_bp=16384,
        task=task,
        metric=metric,
        predictor="model",
        ci_low=frame["value"] - 0.2,
        ci_high=frame["value"] + 0.2,
        p=0.001,
        p_adjusted=0.002,
        n=n,
        n_eff=n / 2,
        is_primary=False,
    )
    others = [
        frame.assign(predictor="distance", value=9.0),
        frame.assign(metric="pearson", value=9.0),
        frame.assign(task="ceiling", metric="reliability", value=9.0),
    ]
    return pd.concat([frame, *others]).reindex(columns=METRICS.names)


def test_every_stratum_is_legible_below_what_divides_it():
    figure = strata_forest_figure(strata_of(model=STANDIN), "demo: every stratum")
    assert crowding(figure) == []
    assert figure.get_figheight() < 13
    assert len(marks(figure, "value")) == len(STRATA)
    text = words(figure)
    assert STANDIN_MARK in text
    places = [text.index(head) for head in HEADS]
    assert places == sorted(places)
    assert text.index("all pairs\n") < text.index("effect size")
    for name in (
        "10 kb to 100 kb",
        "smallest third of effects",
        "chr22",
        "inside a peak",
    ):
        assert name in text
    assert "_chr" not in text


def test_a_row_tells_its_own_stratum():
    metrics = strata_of(["all_pairs", "lead_per_feature", "indel"])
    figure = strata_forest_figure(metrics)
    values = [line.get_xdata()[0] for line in marks(figure, "value")]
    # One variant per feature is on top.
    assert values == pytest.approx([0.29, 0.3, 0.28])
    text = words(figure)
    for count in ("5,000", "2,500", "1,250", "1,666", "833"):
        assert f"\n{count}" in text
    assert "16,384 bp, K562; corrected" in text.replace("\n", " ")


@pytest.mark.parametrize(
    ("task", "whole"), [("signed", "positives"), ("unsigned", "pairs")]
)
def test_all_pairs_of_classes_are_positives_unless_effects_are_labels(task, whole):
    metric = {"signed": "spearman", "unsigned": "auroc"}[task]
    metrics = strata_of(["all_pairs", "indel"], task=task, metric=metric)
    text = words(strata_forest_figure(metrics, has_classes=True))
    assert f"dotted line: all {whole}" in text
    assert text.count(f"all {whole}") == 2
    assert ("all pairs" in text) == (whole == "pairs")


def test_a_mark_is_open_where_adjusted_p_is_not_small():
    strata = ["lead_per_feature", "all_pairs", "snv", "indel"]
    metrics = strata_of(strata)
    metrics["p_adjusted"] = metrics["stratum"].map(
        {"all_pairs": 0.049, "snv": 0.05, "lead_per_feature": np.nan}
    )
    metrics["p"] = metrics["stratum"].map(
        {"all_pairs": 0.2, "snv": 0.001, "lead_per_feature": 0.01}
    )
    points = marks(strata_forest_figure(metrics), "value")
    # The last one has no p value at all, so that its interval decides.
    is_open = [line.get_markerfacecolor() == "white" for line in points]
    assert is_open == [False, False, True, False]
    metrics.loc[metrics["stratum"] == "indel", "ci_low"] = -0.01
    points = marks(strata_forest_figure(metrics), "value")
    assert points[-1].get_markerfacecolor() == "white"


def test_the_prespecified_number_is_marked():
    metrics = strata_of(["lead_per_feature", "all_pairs"])
    assert "prespecified" not in words(strata_forest_figure(metrics))
    metrics["is_primary"] = metrics["stratum"] == "lead_per_feature"
    text = words(strata_forest_figure(metrics)).replace("\n", " ")
    assert text.count("prespecified") == 1


@pytest.mark.parametrize(
    ("task", "metric", "label", "null"),
    [
        ("signed", "spearman", "Spearman correlation", 0),
        ("magnitude", "spearman", "Spearman correlation of sizes", 0),
        ("unsigned", "auroc", "auROC", 0.5),
    ],
)
def test_the_answers_task_decides_metric_and_null(task, metric, label, null):
    strata = ["matched_negatives", "all_pairs"]
    metrics = strata_of(strata, task=task, metric=metric)
    figure = strata_forest_figure(metrics)
    assert label in words(figure)
    axes = marks(figure, "value")[0].axes
    solid, dotted = (line.get_xdata()[0] for line in axes.lines[:2])
    assert solid == null
    # The guide is the value of all pairs.
    assert dotted == pytest.approx(0.29)


def test_few_pairs_are_a_small_mark_and_no_interval_an_open_one():
    metrics = strata_of(["all_pairs", "snv", "indel", "in_peak"])
    metrics["n"] = metrics["stratum"].map({"snv": 9}).fillna(10)
    metrics.loc[metrics["stratum"] == "indel", ["ci_low", "ci_high"]] = np.nan
    figure = strata_forest_figure(metrics)
    points = marks(figure, "value")
    is_open = [line.get_markerfacecolor() == "white" for line in points]
    assert is_open == [False, False, True, False]
    sizes = [line.get_markersize() for line in points]
    assert sizes[1] < sizes[0] == sizes[2] == sizes[3]
    text = words(figure).replace("\n", " ")
    assert "variants (few pairs)" in text
    assert text.count("(few pairs)") == text.count("(no interval)") == 1


def test_other_folds_are_named_where_one_is_held_out():
    both = words(strata_forest_figure(strata_of(["all_pairs", "held_out", "seen"])))
    assert "seen in training: all other folds" in both.replace("\n", " ")
    alone = words(strata_forest_figure(strata_of(["all_pairs", "seen"])))
    assert "seen in training" in alone and "other folds" not in alone


def test_what_is_not_reportable_says_so():
    metrics = strata_of(["all_pairs", "lead_per_feature"])
    why = "failing gates: effect_signs, " + "a_gate, " * 30
    conclusion = conclusion_of(why, "lead_per_feature")
    figure = strata_forest_figure(metrics, "demo", conclusion)
    assert "NOT REPORTABLE: failing gates" in words(figure)
    assert crowding(figure) == []
    conclusion = conclusion_of("", "lead_per_feature")
    assert "REPORTABLE" not in words(strata_forest_figure(metrics, "demo", conclusion))
    assert "no strata" in words(strata_forest_figure(metrics[:0], "demo", conclusion))


def test_rows_of_the_table_may_come_in_any_order():
    shuffled = strata_of(["maf_over_0.2", "all_pairs", "snv"])
    points = marks(strata_forest_figure(shuffled), "value")
    assert [line.get_xdata()[0] for line in points] == pytest.approx([0.29, 0.3, 0.28])


def test_what_is_not_defined_is_said_to_be():
    metrics = strata_of(["all_pairs", "indel"])
    is_small = metrics["stratum"] == "indel"
    metrics.loc[is_small, ["value", "ci_low", "ci_high", "n_eff"]] = np.nan
    figure = strata_forest_figure(metrics)
    assert words(figure).count("not defined") == 1
    assert crowding(figure) == []


def test_hostile_and_long_names_are_text():
    hostile = r"chromosome_<script>$\frac{" + "W" * 60
    metrics = strata_of([hostile, "other_than_all"]).assign(track_set=r"$\frac{<b>")
    figure = strata_forest_figure(metrics, r"$\frac{ " + "long " * 40)
    assert crowding(figure) == []
    assert words(figure).count("W") == 60
    assert "other strata" in words(figure)


@pytest.mark.parametrize(
    "metrics", [strata_of()[:0], strata_of().assign(predictor="distance")]
)
def test_no_strata(metrics):
    assert "no strata" in words(strata_forest_figure(metrics, "demo"))


def test_several_benchmarks_or_twice_the_same_stratum_are_refused():
    metrics = strata_of(["all_pairs"])
    with pytest.raises(ValueError, match="demo/corrected, demo/published"):
        strata_forest_figure(pd.concat([metrics, metrics.assign(protocol="published")]))
    with pytest.raises(ValueError, match="'all_pairs' has two rows"):
        strata_forest_figure(pd.concat([metrics, metrics]))


def test_the_same_strata_give_the_same_bytes(tmp_path):
    one, two = (
        bytes_of(strata_forest_figure(strata_of(["all_pairs"]), "demo"), tmp_path)
        for _ in range(2)
    )
    assert one == two
