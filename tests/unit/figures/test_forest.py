import math

import pytest
from drawings import REAL, crowding, marks, words
from endobench.figures.canvas import style
from endobench.figures.forest import (
    Estimate,
    Forest,
    Panel,
    Row,
    forest_figure,
    holds,
    wrapped,
)

NAN = math.nan
PANELS = [
    Panel("value", "agreement", "rho"),
    Panel("change", "difference", "rho", is_difference=True),
]


def row(value=0.2, name="a name", note="a note", **look):
    estimate = Estimate(value, value - 0.1, value + 0.1, **look)
    return Row(name, note, (estimate, estimate), (1234, 12))


def drawn(rows, panels=PANELS, *, is_dense=False, **options):
    with style():
        counts = ("pairs", "variants")
        forest = Forest(rows, panels, "what", counts, is_dense=is_dense)
        return forest_figure(forest, **options)


@pytest.mark.parametrize("n_rows", [1, 9])
@pytest.mark.parametrize("name", ["short", "in many words " * 9, r"$\frac{" + "W" * 50])
def test_any_number_of_rows_is_legible(n_rows, name):
    figure = drawn([row(name=name, note=name)] * n_rows, title="t", models=[REAL])
    assert crowding(figure) == []
    assert figure.get_figwidth() == pytest.approx(6.9)


def test_the_page_grows_with_its_rows():
    heights = [drawn([row()] * n).get_figheight() for n in (1, 2, 3)]
    assert heights[2] - heights[1] == pytest.approx(heights[1] - heights[0])


def test_numbers_beside_marks_take_half_of_the_height():
    rows = [row(name="", note="one line")] * 20
    usual, dense = (drawn(rows, PANELS[:1], is_dense=each) for each in (False, True))
    assert dense.get_figheight() < 0.6 * usual.get_figheight()
    assert crowding(dense) == []
    assert len(marks(dense, "value")) == 20
    assert "0.20 [0.10, 0.30]" in words(dense)


def test_a_note_stands_under_the_title():
    figure = drawn([row()], note="NOT REPORTABLE:\nfor a reason", title="t")
    assert "NOT REPORTABLE" in words(figure)
    assert crowding(figure) == []


def test_each_panel_has_a_mark_for_each_row_and_differences_have_signs():
    figure = drawn([row(0.2), row(-0.3)])
    for kind in ("value", "change"):
        assert [line.get_xdata()[0] for line in marks(figure, kind)] == [0.2, -0.3]
    text = words(figure)
    assert "\n0.20 [0.10, 0.30]" in text
    assert "+0.20 [+0.10, +0.30]" in text


def test_one_panel_takes_the_room_of_two():
    one, two = drawn([row()], PANELS[:1]), drawn([row()])
    one, two = (marks(each, "value")[0].axes.get_position() for each in (one, two))
    assert one.x0 == pytest.approx(two.x0)
    assert one.width > 2 * two.width


def test_a_mark_is_open_or_filled_as_it_is_told():
    figure = drawn([row(is_open=True), row(), row(color="black", mark="D")])
    points = marks(figure, "value")
    assert [each.get_markerfacecolor() == "white" for each in points] == [1, 0, 0]
    assert [each.get_marker() for each in points] == ["o", "o", "D"]


def test_what_is_missing_is_said_and_has_no_mark():
    figure = drawn([row(NAN), row(NAN, missing="reference")])
    assert words(figure).count("not defined") == 2
    assert words(figure).count("reference") == 2
    assert marks(figure, "value", "change") == []


def test_a_row_without_estimates_has_neither_marks_nor_counts():
    figure = drawn([row(), Row("", "… 7 between"), row()])
    assert len(marks(figure, "value")) == 2
    assert words(figure).count("1,234") == 2
    assert "–" not in words(figure)
    assert crowding(figure) == []


def test_null_and_guide_are_within_the_panel():
    panel = Panel("value", "area", "auROC", null=0.5, guide=0.7)
    axes = marks(drawn([row(0.6)], [panel]), "value")[0].axes
    low, high = axes.get_xlim()
    assert low < 0.5 and high > 0.7
    places = [line.get_xdata()[0] for line in axes.lines]
    assert 0.5 in places and 0.7 in places


@pytest.mark.parametrize(
    ("low", "high", "null", "expected"),
    [
        (-1, 1, 0, True),
        (0.1, 1, 0, False),
        (-1, -0.1, 0, False),
        (0.1, 1, 0.5, True),
        (NAN, NAN, 0, True),
    ],
)
def test_an_interval_includes_its_null(low, high, null, expected):
    assert holds(low, high, null) is expected


def test_lines_fit_a_width():
    assert wrapped(None) == wrapped("") == []
    assert len(wrapped("one two " * 9)) > len(wrapped("one two " * 9, 6)) >= 1
