import functools

import numpy as np
import pandas as pd
import pytest
import sklearn.metrics
from drawings import STANDIN, conclusion_of, crowding, words
from endobench.design.models import STANDIN_MARK
from endobench.evaluate.measure import measure
from endobench.figures import palette, precision_recall
from endobench.figures.canvas import save
from endobench.figures.labels import predictor_words
from endobench.figures.precision_recall import (
    Classes,
    curve_of,
    precision_recall_figure,
)
from frames import benchmark, blocks_of, choices_of

CLASSES = Classes(["label", 1, 0], negatives_per_positive=4, seed=1)


def classified(unit="slope", model="m"):
    """Return pairs of which some are positives with larger scores, and their metrics."""
    pairs, annotations, metrics = measured(unit)
    return pairs.assign(model=model), annotations, metrics.assign(model=model)


@functools.cache
def measured(unit):
    pairs, annotations = benchmark(n_features=300, per_feature=1)
    label = (np.random.default_rng(1).random(300) < 0.15).astype(float)
    pairs = pairs.assign(label=label, raw=pairs["raw"] * (1 + 2 * label))
    pairs = pairs.assign(effect=label, unit=unit) if unit == "label" else pairs
    known = annotations["gc_change"].where(annotations.index >= 60)
    annotations = annotations.assign(gc_change=known)
    choices = choices_of(
        strata=["all_pairs"],
        classes=CLASSES.limits,
        negatives_per_positive=CLASSES.negatives_per_positive,
        seed=CLASSES.seed,
        is_signed=unit != "label",
    )
    metrics, _ = measure(
        pairs, annotations, blocks_of(), choices, dataset="d", protocol="corrected"
    )
    return pairs, annotations, metrics


def figure_of(unit="slope", model="m", **options):
    return precision_recall_figure(*classified(unit, model), CLASSES, **options)


@functools.cache
def usual():
    return figure_of()


def curves(figure):
    """Return the curve of each predictor, and that of the prevalence, by its label."""
    lines = figure.axes[0].get_lines()
    return {line.get_label().split(" 0.")[0]: line for line in lines}


def matched(metrics):
    rows = metrics[metrics["stratum"] == "matched_negatives"]
    is_model = rows["predictor"] == "model"
    return rows, rows[is_model].set_index("metric")["value"]


def test_the_area_under_each_curve_is_the_number_beside_it():
    figure = usual()
    _, _, metrics = classified()
    rows, _ = matched(metrics)
    told = rows[rows["metric"] == "auprc"].set_index("predictor")["value"]
    found = curves(figure)
    names = [name for name in told.index if "/" not in name]
    assert len(names) == len(found) - 1 == 6
    for name in names:
        curve = found[predictor_words(name)]
        recall, precision = curve.get_data()
        area = (-np.diff(recall) * precision[:-1]).sum()
        assert area == pytest.approx(told[name])
        assert curve.get_drawstyle() == "steps-post"


@pytest.mark.parametrize("decimals", [0, 1, 9])
def test_a_curve_is_that_of_scikit_learn(decimals):
    random = np.random.default_rng(1)
    is_positive = random.random(200) < 0.2
    score = np.round(random.normal(size=200) + is_positive, decimals)
    recall, precision = curve_of(is_positive, score)
    expected = sklearn.metrics.precision_recall_curve(is_positive, score)
    assert recall == pytest.approx(expected[1])
    # Its last point has a precision of 1, which belongs to no score.
    assert precision[:-1] == pytest.approx(expected[0][:-1])
    assert precision[-1] == precision[-2]


def test_the_pairs_are_those_of_the_metrics():
    text = words(usual())
    _, values = matched(classified()[2])
    assert f"{values['positives']:,.0f} positives, " in text
    assert f", {values['negatives']:,.0f} negatives" in text
    assert f"prevalence {values['prevalence']:.3f}" in text
    share = curves(usual())["prevalence"]
    assert set(share.get_ydata()) == {values["prevalence"]}
    assert share.get_linestyle() == "--"


def test_a_baseline_of_some_pairs_says_how_many():
    assert "\nof " in next(
        line.get_label()
        for line in usual().axes[0].get_lines()
        if line.get_label().startswith("GC change")
    )


def test_the_curve_goes_over_all_recalls_and_the_model_is_of_use():
    recall, precision = curves(usual())["model"].get_data()
    assert recall[0] == 1 and recall[-1] == 0 and (np.diff(recall) <= 0).all()
    prevalence = matched(classified()[2])[1]["prevalence"]
    assert sklearn.metrics.auc(recall, precision) > prevalence


@pytest.mark.parametrize("unit", ["slope", "label"])
@pytest.mark.parametrize("model", ["m", STANDIN, "alphagenome/" + "long_name" * 8])
def test_nothing_overlaps_and_a_standin_says_so(unit, model):
    conclusion = None
    if unit == "label":
        conclusion = conclusion_of("failing gates: a, b; " * 3, "matched_negatives")
    figure = figure_of(
        unit, model, conclusion=conclusion, title="demo, corrected protocol"
    )
    assert crowding(figure) == []
    assert (STANDIN_MARK in words(figure)) == (model == STANDIN)
    assert model in words(figure).replace("\n", "")
    width, height = figure.bbox.width, figure.bbox.height
    for axes in figure.axes:
        box = axes.get_tightbbox()
        assert box.x0 >= 0 and box.y0 >= 0 and box.x1 <= width and box.y1 <= height
    legend = figure.axes[-1].get_legend().get_window_extent()
    counts = figure.axes[-1].texts[0].get_window_extent()
    assert counts.y1 <= legend.y0


def test_a_failing_gate_concerns_classes_and_a_null_of_signs_does_not():
    failing = figure_of(
        conclusion=conclusion_of("failing gates: ref_match; a null result")
    )
    assert "NOT REPORTABLE: failing gates: ref match" in words(failing)
    assert "a null result" not in words(failing)
    for why in ("a null result without a positive control", ""):
        assert "REPORTABLE" not in words(figure_of(conclusion=conclusion_of(why)))
    labels = conclusion_of("a null of labels", "matched_negatives")
    assert "NOT REPORTABLE: a null of labels" in words(
        figure_of("label", conclusion=labels)
    )


def test_missing_numbers_are_an_error():
    pairs, annotations, metrics = classified()
    rest = metrics[metrics["predictor"] != "maf"]
    with pytest.raises(ValueError, match="no auprc of maf in the stratum matched"):
        precision_recall_figure(pairs, annotations, rest, CLASSES)


def test_without_positives_there_is_nothing_to_draw():
    pairs, annotations, metrics = classified()
    none = pairs.assign(label=0.0)
    figure = precision_recall_figure(none, annotations, metrics, CLASSES)
    assert "no pairs" in words(figure)


def test_a_baseline_without_an_entry_is_drawn_and_called_by_its_name(monkeypatch):
    pairs, annotations, metrics = classified()
    is_gc = metrics["predictor"] == "gc_change"
    new = metrics["predictor"].mask(is_gc, "conservation_score")
    known = precision_recall.predictors
    monkeypatch.setattr(
        precision_recall,
        "predictors",
        lambda *frames: known(*frames).rename(
            columns={"gc_change": "conservation_score"}
        ),
    )
    monkeypatch.setattr(precision_recall, "magnitudes", lambda scores: scores.abs())
    metrics = metrics.assign(predictor=new)
    figure = precision_recall_figure(pairs, annotations, metrics, CLASSES)
    assert "conservation score" in curves(figure)
    assert "GC change" not in curves(figure)
    assert crowding(figure) == []


def test_the_model_is_first_and_the_prevalence_last():
    labels = list(curves(usual()))
    assert labels[0] == "model" and labels[-1] == "prevalence"
    assert curves(usual())["model"].get_color() == palette.MODEL


def test_the_order_of_rows_changes_nothing(tmp_path):
    pairs, annotations, metrics = classified()
    for name, rows in (("a", pairs), ("b", pairs.sample(frac=1, random_state=1))):
        rows = pd.DataFrame(rows)
        figure = precision_recall_figure(rows, annotations, metrics, CLASSES)
        save(figure, tmp_path / f"{name}.png")
    a, b = ((tmp_path / f"{name}.png").read_bytes() for name in "ab")
    assert a == b
