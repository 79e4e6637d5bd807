import itertools

import pytest
from drawings import marks, words
from endobench.figures.forest.rows import Estimate, Panel, Row
from forests import NAN, PANELS, drawn, row


def test_each_panel_has_a_mark_for_each_row_and_differences_have_signs():
    figure = drawn([row(0.2), row(-0.3)])
    for kind in ("value", "change"):
        assert [line.get_xdata()[0] for line in marks(figure, kind)] == [0.2, -0.3]
    text = words(figure)
    assert "\n0.20 [0.10, 0.30]" in text
    assert "+0.20 [0.10, 0.30]" in text


def test_an_open_mark_means_the_same_everywhere():
    rows = [row(0.05), row(), row(color="black", mark="D"), row(p=0.05), row(p=0.049)]
    rows.append(Row("", "no interval", (Estimate(1, NAN, NAN),) * 2))
    points = marks(drawn(rows), "value")
    is_open = [each.get_markerfacecolor() == "white" for each in points]
    assert is_open == [True, False, False, True, False, True]
    assert [each.get_marker() for each in points[:3]] == ["o", "o", "D"]
    at_half = marks(drawn(rows, [Panel("value", "", "", null=0.25)]), "value")
    assert [each.get_markerfacecolor() == "white" for each in at_half][:3] == [0, 1, 1]


def test_null_and_guide_are_within_the_panel():
    panel = Panel("value", "area", "auROC", null=0.5, guide=0.7)
    axes = marks(drawn([row(0.6)], [panel]), "value")[0].axes
    low, high = axes.get_xlim()
    assert low < 0.5 and high > 0.7
    places = [line.get_xdata()[0] for line in axes.lines]
    assert 0.5 in places and 0.7 in places


@pytest.mark.parametrize("value", [0.55, 0.7, 0.88])
def test_the_null_is_a_tick_of_the_axis(value):
    for panel in (Panel("value", "area", "auROC", null=0.5), PANELS[0]):
        axes = marks(drawn([row(value)], [panel]), "value")[0].axes
        assert panel.null in axes.get_xticks()
        assert 2 <= len(axes.get_xticks()) <= 5


@pytest.mark.parametrize("value", [0.0042, 0.04, 0.4, 40.0])
def test_labels_of_ticks_are_plain_numbers_beside_each_other(value):
    estimate = Estimate(value, -0.5 * value, 1.5 * value)
    figure = drawn([Row("a name", "a note", (estimate, estimate), (1234, 12))])
    figure.canvas.draw()
    for kind in ("value", "change"):
        axes = marks(figure, kind)[0].axes
        assert axes.xaxis.get_offset_text().get_text() == ""
        labels = [each for each in axes.get_xticklabels() if each.get_text()]
        numbers = [
            float(each.get_text().replace("\N{MINUS SIGN}", "-")) for each in labels
        ]
        assert numbers == pytest.approx(axes.get_xticks())
        boxes = [each.get_window_extent() for each in labels]
        assert all(a.x1 < b.x0 for a, b in itertools.pairwise(boxes))
