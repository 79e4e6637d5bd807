import numpy as np
import pandas as pd
import pytest
from drawings import REAL, STANDIN, crowding, marks, words
from endobench.core.columns import RUNS
from endobench.design.metrics import PRIMARY
from endobench.evaluate.runs import HERE
from endobench.figures.runs import runs_figure


def runs_of(
    runs=(HERE, "first_model"),
    datasets=("demo", "other"),
    protocols=("corrected", "published"),
    task="signed",
    model=REAL,
    n_other_effects=0,
):
    """Return runs of which each agrees less than the one before it."""
    rows = [
        (run, dataset, protocol, stratum, place)
        for place, run in enumerate(runs)
        for dataset in datasets
        for protocol in protocols
        for stratum in PRIMARY[task].strata
    ]
    frame = pd.DataFrame(rows, columns=[*RUNS.names[:3], "stratum", "place"])
    value = 0.5 - 0.1 * frame["place"] - 0.01 * np.arange(len(frame))
    is_other = frame["place"] > 0
    difference = (0.03 - 0.1 * frame["place"]).where(is_other)
    is_published = frame["protocol"].str.startswith("published")
    return frame.assign(
        model=model,
        track_set="K562",
        scorer=np.where(is_published, "study-mean", "DNASE-501-DIFF_LOG2_SUM"),
        window_bp=np.where(is_published, 2048, 16384),
        task=task,
        metric=PRIMARY[task].metric,
        value=value,
        ci_low=value - 0.05,
        ci_high=value + 0.05,
        n=5000 - frame.index,
        is_reportable=np.where(is_published, "no", "yes"),
        difference=difference,
        difference_low=difference - 0.05,
        difference_high=difference + 0.05,
        n_shared=pd.array(np.where(is_other, 4000, np.nan), dtype="Int64"),
        n_other_effects=pd.array(np.where(is_other, n_other_effects, np.nan), "Int64"),
    ).reindex(columns=RUNS.names)


def names(figure):
    """Return the names of datasets and of benchmarks from the top."""
    found = [
        (-text.get_position()[1], text.get_text())
        for axes in figure.axes
        for text in axes.texts
        if text.get_text() in ("demo", "other")
        or text.get_text().endswith((": corrected", ": published"))
    ]
    return [text for _, text in sorted(found, reverse=True)]


def test_benchmarks_stand_by_dataset_and_protocol_with_this_run_first():
    figure = runs_figure(runs_of(("first_model", HERE)), "several runs")
    of_dataset = [
        f"{run}: {protocol}"
        for protocol in ("corrected", "published")
        for run in ("this run", "first_model")
    ]
    assert names(figure) == ["demo", *of_dataset, "other", *of_dataset]
    assert crowding(figure) == []


def test_a_setting_that_all_datasets_share_is_told_once():
    setting = "DNASE-501-DIFF_LOG2_SUM, 16,384 bp, K562, by alphagenome"
    text = words(runs_figure(runs_of())).replace("\n", " ")
    assert text.count(setting) == 2
    assert f"this run: corrected: {setting}" in text
    runs = runs_of()
    runs.loc[runs["dataset"] == "other", "track_set"] = "HepG2"
    figure = runs_figure(runs)
    text = words(figure).replace("\n", " ")
    assert text.count(setting) == 2 and text.count("HepG2") == 4
    assert crowding(figure) == []


def test_only_the_prespecified_stratum_is_drawn():
    runs = runs_of()
    rows = runs[runs["stratum"] == "lead_per_feature"]
    figure = runs_figure(runs)
    for kind, column in (("value", "value"), ("change", "difference")):
        found = sorted(each.get_xdata()[0] for each in marks(figure, kind))
        assert found == pytest.approx(sorted(rows[column].dropna()))


def test_what_is_not_reportable_says_so():
    runs = runs_of()
    text = words(runs_figure(runs)).replace("\n", " ")
    assert text.count("NOT REPORTABLE") == 4
    unknown = runs.assign(is_reportable=None)
    assert words(runs_figure(unknown)).count("REPORTABLE") == 8
    excepted = runs_figure(runs.assign(is_reportable="with exceptions"))
    text = words(excepted).replace("\n", " ")
    assert text.count("REPORTABLE WITH EXCEPTIONS") == 8


def test_a_difference_is_open_where_its_interval_includes_zero():
    runs = runs_of((HERE, "a", "b"), ["demo"], ["corrected"])
    found = {
        round(each.get_xdata()[0], 6): each.get_markerfacecolor()
        for each in marks(runs_figure(runs.assign(difference_high=0.01)), "change")
    }
    assert set(found.values()) == {"white"}
    found = [
        each.get_markerfacecolor() == "white"
        for each in marks(runs_figure(runs), "change")
    ]
    assert found == [False, False]


def test_a_value_is_open_where_its_interval_includes_chance():
    runs = runs_of((HERE, "a"), ["demo"], ["corrected"])
    runs.loc[runs["run"] == "a", "ci_low"] = -0.1
    found = [
        each.get_markerfacecolor() == "white"
        for each in marks(runs_figure(runs), "value")
    ]
    assert found == [False, True]


def test_a_comparison_with_different_effects_says_so():
    text = words(runs_figure(runs_of(n_other_effects=12))).replace("\n", " ")
    assert text.count("12 of 4,000 shared pairs have DIFFERENT MEASURED EFFECTS") == 4
    assert "DIFFERENT" not in words(runs_figure(runs_of()))


def test_each_kind_of_metric_has_an_axis_of_its_own():
    runs = pd.concat(
        [runs_of(), runs_of(datasets=["labels"], task="unsigned")], ignore_index=True
    )
    figure = runs_figure(runs, "demo")
    text = words(figure)
    assert "auROC" in text and "Spearman" in text
    assert len(marks(figure, "value")) == 8 + 4
    assert crowding(figure) == []


def test_labels_have_the_difference_of_all_pairs_and_say_so():
    runs = runs_of(datasets=["labels"], protocols=["corrected"], task="unsigned")
    is_matched = runs["stratum"] == "matched_negatives"
    changes = ["difference", "difference_low", "difference_high", "n_shared"]
    runs.loc[is_matched, changes] = np.nan
    figure = runs_figure(runs)
    [change] = marks(figure, "change")
    expected = runs.loc[~is_matched, "difference"].dropna()
    assert list(change.get_xdata()) == pytest.approx(expected.tolist())
    text = words(figure).replace("\n", " ")
    assert text.count("compared over all pairs only") == 1
    assert "not compared" not in text
    assert "all pairs only" not in words(runs_figure(runs_of())).replace("\n", " ")
    assert crowding(figure) == []


def test_a_single_run_is_compared_with_nothing():
    figure = runs_figure(runs_of([HERE]), "demo")
    text = words(figure)
    assert "difference" not in text and "shared" not in text
    assert not marks(figure, "change")
    assert crowding(figure) == []


def test_what_is_missing_is_said():
    runs = runs_of()
    is_other = runs["run"] != HERE
    changes = ["difference", "difference_low", "difference_high"]
    runs.loc[is_other, changes] = np.nan
    assert "not defined" in words(runs_figure(runs))
    runs["n_shared"] = pd.array([pd.NA] * len(runs), dtype="Int64")
    assert "not compared" in words(runs_figure(runs))
    assert crowding(runs_figure(runs, "demo")) == []
    runs = runs_of()
    runs[["value", "ci_low", "ci_high"]] = np.nan
    figure = runs_figure(runs, "demo")
    assert "not defined" in words(figure)
    assert crowding(figure) == []
    assert "no benchmarks" in words(runs_figure(runs.iloc[:0]))


def test_a_run_of_a_stand_in_says_so():
    runs = runs_of()
    assert "STAND-IN" not in words(runs_figure(runs))
    runs.loc[runs["run"] == "first_model", "model"] = STANDIN
    assert "STAND-IN" in words(runs_figure(runs))


def test_long_names_and_many_runs_are_legible():
    name = "$a$<b>_a_name_of_a_run_" * 3
    names = [HERE, *(f"{name}{i}" for i in range(6))]
    runs = runs_of(names, ["demo"], model="m" * 90)
    figure = runs_figure(runs, "$x$ <script>")
    assert "$a$<b>" in words(figure)
    assert crowding(figure) == []


def test_two_rows_of_one_benchmark_are_refused():
    runs = runs_of()
    with pytest.raises(ValueError, match="two rows"):
        runs_figure(pd.concat([runs, runs], ignore_index=True))
