import functools
import re

import numpy as np
import pandas as pd
import pytest
from drawings import (
    REAL,
    STANDIN,
    conclusion_of,
    crowding,
    metrics_of,
    pairs_of,
    words,
)
from endobench.benchmark.matching import classes_and_matched
from endobench.design.models import STANDIN_MARK
from endobench.figures.precision_recall import Classes
from endobench.figures.scatter import HEXBIN_FROM, scatter, scatter_figure

LABELS = Classes(["label", 1, 0], negatives_per_positive=1, seed=1)
ALL, LEADS = "all_pairs", "lead_per_feature"


def both(n, model=REAL, **changes):
    """Return metrics of all pairs and of leads."""
    leads = metrics_of(n // 2, model, LEADS).assign(value=0.5)
    return pd.concat([metrics_of(n, model), leads]).assign(**changes)


def with_leads(n, model=REAL, **options):
    """Return pairs, two of each feature."""
    features = [f"feature {i // 2}" for i in range(n)]
    return pairs_of(n, model, **options).assign(feature_id=features, p_value=0.01)


def concluded(why="", strata=(ALL, LEADS)):
    return pd.concat([conclusion_of(why, stratum) for stratum in strata])


@functools.cache
def usual():
    """Return a figure of two strata; no test may change it."""
    return scatter_figure(with_leads(80), both(80), "demo")


def panels(figure):
    """Return the axes with points, hexagons or curves."""
    return [each for each in figure.axes if each.get_gid() == "panel"]


def n_points(axes):
    """Return how many points or pairs in hexagons are drawn, and how many beyond."""
    points = axes.collections[0]
    is_density = points.get_array() is not None
    n = points.get_array().sum() if is_density else len(points.get_offsets())
    beyond = [line for line in axes.lines if line.get_marker() in "<>v^"]
    return n, sum(len(line.get_xdata()) for line in beyond)


def test_the_prespecified_stratum_is_first_and_large_with_all_pairs_beside_it():
    figure = usual()
    large, small = panels(figure)
    assert [sum(n_points(each)) for each in (large, small)] == [40, 80]
    boxes = [each.get_position() for each in (large, small)]
    assert boxes[0].width * boxes[0].height > 2 * boxes[1].width * boxes[1].height
    assert boxes[0].x1 < boxes[1].x0
    # The scales are the same.
    assert large.get_xlim() == small.get_xlim() and large.get_ylim() == small.get_ylim()
    text = words(figure)
    assert "best scored variant per feature\n" in text and "all pairs\n" in text
    assert "Spearman 0.50 [−0.22, −0.02]\nn = 40" in lines_of(figure)
    assert "Spearman −0.12 [−0.22, −0.02]\nn = 80" in lines_of(figure)
    assert crowding(figure) == []


def lines_of(figure):
    """Return the texts of each axes from the top down."""
    found = []
    for axes in figure.axes:
        texts = sorted(axes.texts, key=lambda each: -each.get_position()[1])
        found.append("\n".join(each.get_text() for each in texts))
    return "\n\n".join(found)


def test_all_numbers_are_in_the_caption_and_none_in_a_box():
    figure = usual()
    said = figure.get_label()
    assert "Best scored variant per feature: Spearman 0.50 [−0.22, −0.02]" in said
    assert "All pairs: Spearman −0.12 [−0.22, −0.02], p = 0.012, n = 80" in said
    assert "80 pairs of 40 variants in 16 blocks" in said
    assert "Pearson" in said and "Pearson" not in words(figure)
    text = words(figure)
    assert "eQTL effect, ALT minus REF (slope, s.d. of expression)" in text
    assert "predicted effect, ALT minus REF (log2)" in text


def test_strata_with_the_same_pairs_are_drawn_once():
    pairs = with_leads(80).assign(feature_id=[f"feature {i}" for i in range(80)])
    figure = scatter_figure(pairs, both(80))
    assert len(panels(figure)) == 1
    assert "best scored variant per feature (all pairs: the same)" in words(figure)
    assert crowding(figure) == []


@pytest.mark.parametrize("n", [HEXBIN_FROM - 1, 2 * HEXBIN_FROM])
@pytest.mark.parametrize("tail", [1, 30])
def test_every_pair_is_drawn_and_within_the_axes(n, tail):
    figure = scatter_figure(with_leads(n, tail=tail), both(n))
    drawn = [n_points(each) for each in panels(figure)]
    assert [sum(each) for each in drawn] == [(n + 1) // 2, n]
    said = re.search(r"Triangles: ([\d,]+) pairs?", figure.get_label())
    n_beyond = sum(each[1] for each in drawn)
    assert (int(said[1].replace(",", "")) if said else 0) == n_beyond
    for axes in panels(figure):
        triangles = [
            each.get_data() for each in axes.lines if each.get_marker() in "<>v^"
        ]
        x, y = np.concatenate(triangles, axis=1)
        assert all(axes.get_xlim()[0] <= x) and all(x <= axes.get_xlim()[1])
        assert all(axes.get_ylim()[0] <= y) and all(y <= axes.get_ylim()[1])
    assert ("pairs per hexagon" in words(figure)) is (n >= HEXBIN_FROM)
    assert crowding(figure) == []


def test_a_first_component_is_not_in_the_unit_of_its_tracks():
    pairs = with_leads(80).assign(reduction="pc1")
    text = words(scatter_figure(pairs, both(80)))
    assert "predicted effect, ALT minus REF (first component of log2)" in text


def test_a_single_stratum_may_be_asked_for():
    figure = scatter_figure(with_leads(80), both(80), strata=(ALL,))
    (axes,) = panels(figure)
    assert sum(n_points(axes)) == 80
    assert "variant per feature" not in words(figure) + figure.get_label()
    assert crowding(figure) == []
    with pytest.raises(ValueError, match=r"'lead_per_feature'.*\['all_pairs'\]"):
        scatter_figure(with_leads(30), metrics_of(30))
    with pytest.raises(ValueError, match="expected one"):
        scatter_figure(with_leads(30), pd.concat([both(30), both(30)]))


def test_of_labels_the_matched_negatives_are_drawn_first():
    pairs, metrics = of_labels(80)
    pairs = pairs.assign(feature_id=[f"feature {i}" for i in range(80)])
    matched = metrics.assign(stratum="matched_negatives")
    metrics = pd.concat([metrics, matched])
    figure = scatter_figure(pairs, metrics, classes=LABELS)
    large, small = panels(figure)
    _, matched = classes_and_matched(pairs, *LABELS)
    n = matched.n_negatives, matched.n_positives
    assert 0 < n[0] < 40
    expected = [f"{n[0]} negatives", f"{n[1]} positives"]
    assert [line.get_label() for line in large.lines] == expected
    assert [line.get_label() for line in small.lines] == [
        "40 negatives",
        "20 positives",
    ]
    assert "matched negatives\n" in words(figure)
    assert "Matched negatives: auROC −0.12" in figure.get_label()
    assert crowding(figure) == []


@pytest.mark.parametrize("column", ["task", "predictor"])
def test_numbers_of_a_baseline_or_another_task_are_no_substitute(column):
    metrics = both(30, **{column: "other"})
    with pytest.raises(ValueError, match="signed metrics of the model"):
        scatter_figure(with_leads(30), metrics)


def of_sizes(n, unit):
    """Return pairs with unknown effect alleles, and the metrics of their sizes."""
    metrics = both(n, task="magnitude")
    metrics = metrics[(metrics["metric"] == "spearman")].drop_duplicates("stratum")
    return with_leads(n).assign(unit=unit), metrics


@pytest.mark.parametrize(("unit", "null"), [("slope", 0), ("Pi", 0.5), ("?", 0)])
def test_without_effect_alleles_sizes_are_drawn_and_the_figure_says_so(unit, null):
    pairs, metrics = of_sizes(80, unit)
    figure = scatter_figure(pairs, metrics)
    points = panels(figure)[1].collections[0].get_offsets()
    sizes = np.abs(pairs["effect"] - null), np.abs(pairs["raw"])
    everything = {tuple(point) for point in np.round(np.transpose(sizes), 9)}
    assert {tuple(point) for point in np.round(points, 9)} <= everything
    assert len(points) > 70
    text = words(figure)
    assert "Spearman of sizes −0.12" in text and "Pearson" not in figure.get_label()
    assert "Effect allele not known: sizes only" in figure.get_label()
    assert f"measured effect size, distance from null ({unit})" in text
    assert "predicted effect size (log2)" in text and "ALT" not in text
    assert crowding(figure) == []


def of_labels(n):
    """Return pairs with labels only, and the metrics of their classes."""
    label = np.where(np.arange(n) % 4 == 0, 1.0, 0.0)
    label[1::4] = np.nan
    metrics = metrics_of(n).iloc[:2].assign(task="unsigned")
    metrics["metric"] = ["auroc", "auprc"]
    return pairs_of(n).assign(unit="label", label=label, effect=0.0), metrics


def test_labels_have_the_scores_of_each_class():
    pairs, metrics = of_labels(80)
    figure = scatter_figure(pairs, metrics, classes=LABELS, strata=(ALL,))
    lines = {line.get_label(): line for line in panels(figure)[0].lines}
    assert list(lines) == ["40 negatives", "20 positives"]
    for name, label in (("40 negatives", 0), ("20 positives", 1)):
        sizes = np.sort(np.abs(pairs.loc[pairs["label"] == label, "raw"]))
        np.testing.assert_allclose(lines[name].get_xdata()[1:], sizes)
        assert lines[name].get_ydata()[-1] == 1
    text = words(figure)
    assert "auROC −0.12" in text and "auPRC 0.25" in figure.get_label()
    assert "predicted effect size (log2)" in text
    assert crowding(figure) == []


@pytest.mark.parametrize("label", [0, 1])
def test_one_class_is_drawn_alone(label):
    pairs, metrics = of_labels(80)
    pairs = pairs[pairs["label"] == label]
    figure = scatter_figure(pairs, metrics, classes=LABELS, strata=(ALL,))
    assert len(panels(figure)[0].lines) == 1
    figure.draw_without_rendering()


def test_only_positives_are_drawn_of_effects():
    pairs = with_leads(80).assign(pip=np.where(np.arange(80) < 30, 0.95, 0.001))
    figure = scatter_figure(pairs, both(30), classes=Classes(["pip", 0.9, 0.01], 1, 1))
    expected = scatter_figure(pairs.iloc[:30], both(30))
    for found, alone in zip(panels(figure), panels(expected), strict=True):
        found, alone = (each.collections[0].get_offsets() for each in (found, alone))
        np.testing.assert_array_equal(found, alone)
    assert "all positives\n" in words(figure)


def test_undefined_metrics_are_said_to_be():
    metrics = both(3, value=np.nan, ci_low=np.nan, ci_high=np.nan, p=np.nan)
    figure = scatter_figure(with_leads(3), metrics)
    assert words(figure).count("not defined") == 2
    assert figure.get_label().count("not defined") == 8
    assert "3 pairs" in figure.get_label()


@pytest.mark.parametrize("value", [0.0, 5.0])
@pytest.mark.parametrize("n", [1, 80, HEXBIN_FROM])
def test_constant_values(value, n):
    pairs = with_leads(n).assign(effect=value, raw=value)
    scatter_figure(pairs, both(n)).draw_without_rendering()


@pytest.mark.parametrize(
    "pairs",
    [pd.DataFrame(), pairs_of(0), pairs_of(5).assign(raw=np.nan), pairs_of(5)[:0]],
)
def test_no_pairs(pairs, tmp_path):
    metrics = metrics_of(0)[:0]
    assert "no pairs" in words(scatter_figure(pairs, metrics))
    scatter(pairs, metrics, tmp_path / "figure.png")
    scatter(pairs, metrics, tmp_path / "figure.pdf")


@pytest.mark.parametrize("n", [5, HEXBIN_FROM])
def test_one_row_of_a_standin_stamps_a_scatter(n):
    pairs, metrics = with_leads(n), both(n)
    assert STANDIN_MARK not in words(scatter_figure(pairs, metrics))
    pairs["model"] = pd.Categorical([STANDIN] + [REAL] * (n - 1))
    assert STANDIN_MARK in words(scatter_figure(pairs, metrics))


def test_a_standin_without_a_number_stamps_still():
    pairs = pairs_of(5).assign(raw=np.nan, model=STANDIN)
    assert STANDIN_MARK in words(scatter_figure(pairs, metrics_of(5)[:0]))
    assert STANDIN_MARK in words(scatter_figure(with_leads(5), both(5, STANDIN)))


def test_the_stamp_hides_nothing():
    figure = scatter_figure(with_leads(80, STANDIN), both(80, STANDIN), "demo")
    figure.draw_without_rendering()
    stamp = next(each for each in figure.artists if each.get_gid() == "stamp band")
    bottom = stamp.get_window_extent().y0
    assert all(axes.get_tightbbox().y1 <= bottom for axes in figure.axes)
    title = next(each for each in figure.texts if each.get_gid() == "title")
    assert title.get_window_extent().y1 <= bottom


def test_dollars_and_long_titles_are_text():
    title = r"a $\frac{1}{$ and $x$ " + "long " * 40
    figure = scatter_figure(with_leads(80), both(80), title)
    assert r"a $\frac{1}{$ and $x$" in words(figure)


WHY = "a null without a positive control that passes, $x$ at n_eff of 43; " * 3


@pytest.mark.parametrize(
    ("n", "why"), [(80, WHY[:200]), (2 * HEXBIN_FROM, "W" * 200), (1, "no control")]
)
def test_what_is_not_reportable_says_so_and_why(n, why):
    model = "standin/default/" + "long " * 12
    figure = scatter_figure(
        with_leads(n, model),
        both(1_000_000).assign(p=3e-123),
        "demo",
        conclusion=concluded(why),
    )
    text = words(figure).replace("\n", " ")
    assert "NOT REPORTABLE: " in text
    assert why.strip().replace(" ", "") in text.replace(" ", "")
    assert crowding(figure) == []
    frame = next(each for each in figure.axes if "NOT" in words_of(each))
    others = [each.get_tightbbox() for each in figure.axes if each is not frame]
    assert all(box.y1 < frame.get_tightbbox().y0 for box in others)
    assert frame.get_tightbbox().contains(
        *frame.texts[0].get_window_extent().get_points()[0]
    )


def words_of(axes):
    return "".join(text.get_text() for text in axes.texts)


@pytest.mark.parametrize("conclusion", [None, concluded()])
def test_what_is_reportable_has_no_note(conclusion):
    figure = usual()
    if conclusion is not None:
        figure = scatter_figure(with_leads(80), both(80), conclusion=conclusion)
    assert "REPORTABLE" not in words(figure)
    assert crowding(figure) == []


def test_a_conclusion_is_that_of_the_first_stratum():
    conclusions = pd.concat([conclusion_of(), conclusion_of("too few", LEADS)])
    given = with_leads(80), both(80), ""
    assert "NOT REPORTABLE: too few" in words(scatter_figure(*given, conclusions))
    alone = scatter_figure(*given, conclusions, strata=(ALL,))
    assert "NOT REPORTABLE" not in words(alone)
    with pytest.raises(
        ValueError, match=r"0 conclusions of stratum 'lead_per_feature'"
    ):
        scatter_figure(*given, conclusion_of())
    with pytest.raises(ValueError, match="2 conclusions"):
        scatter_figure(*given, pd.concat([concluded(), concluded()]))


def test_no_pairs_are_not_reportable_either():
    why = concluded("no pairs")
    figure = scatter_figure(with_leads(0), both(0), conclusion=why)
    assert "NOT REPORTABLE" in words(figure)
    nothing = conclusion_of()[:0]
    none = scatter_figure(pairs_of(0), metrics_of(0)[:0], conclusion=nothing)
    assert "no pairs" in words(none)
