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
from endobench.design.models import STANDIN_MARK
from endobench.figures.scatter import HEXBIN_FROM, scatter, scatter_figure


def test_the_numbers_are_those_given():
    text = words(scatter_figure(pairs_of(80), metrics_of(80)))
    assert "Spearman −0.12 [−0.22, −0.02]" in text
    assert "all pairs [95 % CI, 16 blocks]" in text
    assert "p = 0.012, n = 80, n_eff = 20" in text
    assert "Pearson 0.25 [0.15, 0.35]" in text
    assert "p = 3.0 × 10⁻⁷" in text
    assert "Sign agreement 73.5 % [64.2, 81.3]" in text
    assert "p < 10⁻³⁰⁰" in text
    assert "auROC of the sign 0.66 [0.55, 0.77]" in text
    assert "80 pairs of 40 unique variants" in text
    assert "eQTL effect, ALT minus REF (slope, s.d. of expression)" in text
    assert "predicted effect, ALT minus REF (log2)" in text


@pytest.mark.parametrize("n", [HEXBIN_FROM - 1, HEXBIN_FROM])
@pytest.mark.parametrize("tail", [1, 30])
def test_every_pair_is_drawn_and_within_the_axes(n, tail):
    figure = scatter_figure(pairs_of(n, tail=tail), metrics_of(n))
    axes = figure.axes[0]
    points = axes.collections[0]
    if n < HEXBIN_FROM:
        n_inside = len(points.get_offsets())
    else:
        n_inside = points.get_array().sum()
    triangles = [line.get_data() for line in axes.lines if line.get_marker() in "<>v^"]
    x, y = np.concatenate(triangles, axis=1)
    n_beyond = len(x)
    assert n_inside + n_beyond == n
    said = re.search(r"triangles: ([\d,]+) pairs", words(figure))
    assert (int(said[1].replace(",", "")) if said else 0) == n_beyond
    assert all(axes.get_xlim()[0] <= x) and all(x <= axes.get_xlim()[1])
    assert all(axes.get_ylim()[0] <= y) and all(y <= axes.get_ylim()[1])


def test_a_first_component_is_not_in_the_unit_of_its_tracks():
    pairs = pairs_of(80).assign(reduction="pc1")
    text = words(scatter_figure(pairs, metrics_of(80)))
    assert "predicted effect, ALT minus REF (first component of log2)" in text


def test_the_numbers_of_another_stratum():
    metrics = pd.concat([metrics_of(80), metrics_of(30, stratum="snv")])
    assert "30 pairs of 15" in words(scatter_figure(pairs_of(30), metrics, "", "snv"))
    with pytest.raises(ValueError, match=r"'indel'.*\['all_pairs', 'snv'\]"):
        scatter_figure(pairs_of(30), metrics, "", "indel")
    with pytest.raises(ValueError, match="expected one"):
        scatter_figure(pairs_of(30), pd.concat([metrics, metrics]))


NAMED = "prespecified: best scored variant per feature\n"


@pytest.mark.parametrize("n", [80, HEXBIN_FROM])
def test_the_prespecified_number_is_written_below_those_of_all_pairs(n):
    leads = metrics_of(30, stratum="lead_per_feature").assign(value=-0.5)
    metrics = pd.concat([metrics_of(n), leads])
    pairs = pairs_of(n, tail=1).assign(model="alphagenome/default/" + "long " * 12)
    figure = scatter_figure(pairs, metrics)
    assert "triangles" in words(figure)
    assert NAMED + "Spearman −0.50 [−0.22, −0.02], n = 30" in words(figure)
    assert crowding(figure) == []
    leads = scatter_figure(pairs_of(30), metrics, "", "lead_per_feature")
    assert "prespecified" not in words(leads)
    unknown = scatter_figure(pairs_of(n), metrics.assign(value=np.nan))
    assert NAMED + "Spearman not defined, n = 30" in words(unknown)


def test_of_labels_the_number_of_matched_negatives_is_named():
    pairs, metrics = of_labels(80)
    matched = metrics.assign(stratum="matched_negatives")
    metrics = pd.concat([metrics, matched])
    figure = scatter_figure(pairs, metrics, classes=["label", 1, 0])
    assert "prespecified: matched negatives\nauROC −0.12" in words(figure)
    assert crowding(figure) == []


@pytest.mark.parametrize("column", ["task", "predictor"])
def test_numbers_of_a_baseline_or_another_task_are_no_substitute(column):
    metrics = metrics_of(30).assign(**{column: "other"})
    with pytest.raises(ValueError, match="signed metrics of the model"):
        scatter_figure(pairs_of(30), metrics)


def of_sizes(n, unit):
    """Return pairs with unknown effect alleles, and the metrics of their sizes."""
    return pairs_of(n).assign(unit=unit), metrics_of(n).iloc[:1].assign(
        task="magnitude"
    )


@pytest.mark.parametrize(("unit", "null"), [("slope", 0), ("Pi", 0.5), ("?", 0)])
def test_without_effect_alleles_sizes_are_drawn_and_the_figure_says_so(unit, null):
    pairs, metrics = of_sizes(80, unit)
    figure = scatter_figure(pairs, metrics)
    points = figure.axes[0].collections[0].get_offsets()
    sizes = np.abs(pairs["effect"] - null), np.abs(pairs["raw"])
    everything = {tuple(point) for point in np.round(np.transpose(sizes), 9)}
    assert {tuple(point) for point in np.round(points, 9)} <= everything
    assert len(points) > 70
    text = words(figure)
    assert "Spearman of sizes −0.12" in text and "Pearson" not in text
    assert "Effect allele not known: sizes only" in text
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
    figure = scatter_figure(pairs, metrics, classes=["label", 1, 0])
    lines = {line.get_label(): line for line in figure.axes[0].lines}
    assert list(lines) == ["40 negatives", "20 positives"]
    for name, label in (("40 negatives", 0), ("20 positives", 1)):
        sizes = np.sort(np.abs(pairs.loc[pairs["label"] == label, "raw"]))
        np.testing.assert_allclose(lines[name].get_xdata()[1:], sizes)
        assert lines[name].get_ydata()[-1] == 1
    text = words(figure)
    assert "auROC −0.12" in text and "auPRC 0.25" in text
    assert "predicted effect size (log2)" in text
    assert crowding(figure) == []


@pytest.mark.parametrize("label", [0, 1])
def test_one_class_is_drawn_alone(label):
    pairs, metrics = of_labels(80)
    pairs = pairs[pairs["label"] == label]
    figure = scatter_figure(pairs, metrics, classes=["label", 1, 0])
    assert len(figure.axes[0].lines) == 1
    figure.draw_without_rendering()


def test_only_positives_are_drawn_of_effects():
    pairs = pairs_of(80).assign(pip=np.where(np.arange(80) < 30, 0.95, 0.001))
    figure = scatter_figure(pairs, metrics_of(30), classes=["pip", 0.9, 0.01])
    expected = scatter_figure(pairs.iloc[:30], metrics_of(30))
    found, expected = (
        each.axes[0].collections[0].get_offsets() for each in (figure, expected)
    )
    np.testing.assert_array_equal(found, expected)
    assert "all positives [95 % CI" in words(figure)


@pytest.mark.parametrize(
    ("columns", "gone", "left"),
    [
        (["n_eff"], ["n_eff", "?"], ["p = 0.012, n = 30\n", "[−0.22, −0.02]"]),
        (["p"], ["p = ", "p <"], ["  n = 30, n_eff = 8\n", "[−0.22, −0.02]"]),
        (
            ["ci_low", "ci_high", "p", "n_eff"],
            ["n_eff", "p = ", "−0.22"],
            ["Spearman −0.123 (no interval)\n  n = 30\n"],
        ),
    ],
)
def test_what_is_missing_of_a_number_is_left_out(columns, gone, left):
    metrics = metrics_of(30).assign(**dict.fromkeys(columns, np.nan))
    text = words(scatter_figure(pairs_of(30), metrics))
    assert "nan" not in text
    assert [each for each in gone if each in text] == []
    assert [each for each in left if each not in text] == []
    assert text.count("(no interval)") == (4 if "ci_low" in columns else 0)


def test_undefined_metrics_are_said_to_be():
    metrics = metrics_of(3).assign(
        value=np.nan, ci_low=np.nan, ci_high=np.nan, p=np.nan
    )
    text = words(scatter_figure(pairs_of(3), metrics))
    assert text.count("not defined") == 4
    assert "3 pairs" in text


@pytest.mark.parametrize("value", [0.0, 5.0])
@pytest.mark.parametrize("n", [1, 80, HEXBIN_FROM])
def test_constant_values(value, n):
    pairs = pairs_of(n).assign(effect=value, raw=value)
    scatter_figure(pairs, metrics_of(n)).draw_without_rendering()


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
    pairs, metrics = pairs_of(n), metrics_of(n)
    assert STANDIN_MARK not in words(scatter_figure(pairs, metrics))
    pairs["model"] = pd.Categorical([STANDIN] + [REAL] * (n - 1))
    assert STANDIN_MARK in words(scatter_figure(pairs, metrics))


def test_a_standin_without_a_number_stamps_still():
    pairs = pairs_of(5).assign(raw=np.nan, model=STANDIN)
    assert STANDIN_MARK in words(scatter_figure(pairs, metrics_of(5)[:0]))
    assert STANDIN_MARK in words(scatter_figure(pairs_of(5), metrics_of(5, STANDIN)))


def test_the_stamp_hides_nothing():
    figure = scatter_figure(pairs_of(80, STANDIN), metrics_of(80, STANDIN), "demo")
    figure.draw_without_rendering()
    stamp = next(each for each in figure.artists if each.get_gid() == "stamp band")
    bottom = stamp.get_window_extent().y0
    assert all(axes.get_tightbbox().y1 <= bottom for axes in figure.axes)
    title = next(each for each in figure.texts if each.get_gid() == "title")
    assert title.get_window_extent().y1 <= bottom


def test_dollars_and_long_titles_are_text():
    title = r"a $\frac{1}{$ and $x$ " + "long " * 40
    figure = scatter_figure(pairs_of(80), metrics_of(80), title)
    assert r"a $\frac{1}{$ and $x$" in words(figure)


WHY = "a null without a positive control that passes, $x$ at n_eff of 43; " * 3


@pytest.mark.parametrize(
    ("n", "why"), [(80, WHY[:200]), (HEXBIN_FROM, "W" * 200), (1, "no control")]
)
def test_what_is_not_reportable_says_so_and_why(n, why):
    figure = scatter_figure(
        pairs_of(n, STANDIN),
        metrics_of(1_000_000).assign(p=3e-123),
        "demo",
        conclusion=conclusion_of(why),
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


@pytest.mark.parametrize("conclusion", [None, conclusion_of()])
def test_what_is_reportable_has_no_note(conclusion):
    figure = scatter_figure(pairs_of(80), metrics_of(80), conclusion=conclusion)
    assert "REPORTABLE" not in words(figure)
    assert crowding(figure) == []


def test_a_conclusion_is_that_of_the_stratum():
    conclusions = pd.concat([conclusion_of(), conclusion_of("too few", "snv")])
    metrics = pd.concat([metrics_of(80), metrics_of(80, stratum="snv")])
    drawn = {
        stratum: words(scatter_figure(pairs_of(80), metrics, "", stratum, conclusions))
        for stratum in ("all_pairs", "snv")
    }
    assert "NOT REPORTABLE" not in drawn["all_pairs"]
    assert "NOT REPORTABLE: too few" in drawn["snv"]
    with pytest.raises(ValueError, match=r"0 conclusions of stratum 'snv'"):
        scatter_figure(pairs_of(80), metrics, "", "snv", conclusion_of())
    with pytest.raises(ValueError, match="2 conclusions"):
        twice = pd.concat([conclusion_of(), conclusion_of()])
        scatter_figure(pairs_of(80), metrics, conclusion=twice)


def test_no_pairs_are_not_reportable_either():
    figure = scatter_figure(
        pairs_of(0), metrics_of(0), conclusion=conclusion_of("no pairs")
    )
    assert "NOT REPORTABLE" in words(figure)
    none = scatter_figure(
        pairs_of(0), metrics_of(0)[:0], conclusion=conclusion_of()[:0]
    )
    assert "no pairs" in words(none)
