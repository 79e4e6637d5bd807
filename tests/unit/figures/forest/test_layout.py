import pytest
from drawings import REAL, crowding, marks, words
from endobench.figures.forest.rows import Estimate, Row
from forests import NAN, PANELS, drawn, row


@pytest.mark.parametrize("n_rows", [1, 9])
@pytest.mark.parametrize("name", ["short", "in many words " * 9, r"$\frac{" + "W" * 50])
def test_any_number_of_rows_is_legible(n_rows, name):
    figure = drawn([row(name=name, note=name)] * n_rows, title="t", models=[REAL])
    assert crowding(figure) == []
    assert figure.get_figwidth() == pytest.approx(6.9)


def test_numbers_are_in_a_column_beside_their_panel():
    figure = drawn([row(name="one line", note="") for _ in range(20)])
    assert crowding(figure) == []
    places = {}
    for axes in figure.axes:
        for text in axes.texts:
            if text.get_text() in ("0.20 [0.10, 0.30]", "+0.20 [0.10, 0.30]"):
                box = text.get_window_extent()
                places.setdefault(text.get_text(), []).append((box.x0, box.x1))
    for kind, text in (
        ("value", "0.20 [0.10, 0.30]"),
        ("change", "+0.20 [0.10, 0.30]"),
    ):
        assert len(places[text]) == 20
        panel = marks(figure, kind)[0].axes.get_window_extent()
        assert min(x0 for x0, _ in places[text]) > panel.x1
        # They end at one place.
        ends = [x1 for _, x1 in places[text]]
        assert max(ends) - min(ends) < 1
    assert panel.x0 > max(x1 for _, x1 in places["0.20 [0.10, 0.30]"])


def test_the_dotted_line_and_open_marks_are_explained_below():
    figure = drawn([row()], key="dotted line: a value")
    assert "dotted line: a value" in words(figure)
    assert "open mark" not in words(figure)
    figure = drawn([row(), row(0.05)], key="dotted line: a value")
    assert "open mark: not significant" in words(figure)
    assert crowding(figure) == []


def test_one_panel_takes_the_room_of_two():
    one, two = drawn([row()], PANELS[:1]), drawn([row()])
    one, two = (marks(each, "value")[0].axes.get_position() for each in (one, two))
    assert one.width > 2 * two.width


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


def test_a_value_without_interval_says_why_it_may_have_none():
    bare = Estimate(1.0, NAN, NAN)
    figure = drawn([row(), Row("signs", "all agree", (bare, bare), (9, 9))])
    text = words(figure).replace("\n", " ")
    assert "1.00 (no interval)" in text
    assert "no interval: too few pairs or blocks" in text
    assert "no interval" not in words(drawn([row()]))
    assert crowding(figure) == []
