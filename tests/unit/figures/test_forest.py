import math
import re

import pytest
from drawings import REAL, crowding, marks, words
from endobench.figures.canvas import DESCRIPTION, save, style
from endobench.figures.forest import (
    Estimate,
    Forest,
    Panel,
    Row,
    forest_figure,
)
from PIL import Image

NAN = math.nan
PANELS = [
    Panel("value", "agreement", "rho"),
    Panel("change", "difference", "rho", is_difference=True),
]


def row(value=0.2, name="a name", note="a note", **look):
    estimate = Estimate(value, value - 0.1, value + 0.1, **look)
    return Row(name, note, (estimate, estimate), (1234, 12))


def drawn(rows, panels=PANELS, key="", **options):
    with style():
        counts = ("pairs", "variants")
        forest = Forest(rows, panels, "what", counts, key)
        return forest_figure(forest, **options)


def numbers_of(figure):
    """Return the numbers of each panel, from the top."""
    texts = [text.get_text() for axes in figure.axes for text in axes.texts]
    return [text for text in texts if text.endswith("]") and text[0] in "+−0123456789"]


@pytest.mark.parametrize("n_rows", [1, 9])
@pytest.mark.parametrize("name", ["short", "in many words " * 9, r"$\frac{" + "W" * 50])
def test_any_number_of_rows_is_legible(n_rows, name):
    figure = drawn([row(name=name, note=name)] * n_rows, title="t", models=[REAL])
    assert crowding(figure) == []
    assert figure.get_figwidth() == pytest.approx(6.9)


def test_the_page_grows_with_its_rows():
    heights = [drawn([row()] * n).get_figheight() for n in (1, 2, 3)]
    assert heights[2] - heights[1] == pytest.approx(heights[1] - heights[0])


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


def test_a_column_has_one_number_of_decimals():
    rows = [
        Row("a", "", (Estimate(0.123456, low, high),) * 2)
        for low, high in ((0.1, 0.2), (0.12, 0.13), (-0.5, 0.9))
    ]
    numbers = numbers_of(drawn(rows))
    assert len(numbers) == 6
    decimals = {len(part) for text in numbers for part in re.findall(r"\.(\d+)", text)}
    assert decimals == {3}


def test_no_end_reads_zero_where_the_interval_excludes_it():
    wide, narrow = Estimate(0.2, 0.1, 0.3), Estimate(0.002, 0.0002, 0.0041)
    rows = [Row("a", "", (each,) * 2) for each in (wide, wide, narrow)]
    assert "0.0020 [0.0002, 0.0041]" in numbers_of(drawn(rows))
    includes = narrow._replace(low=-0.0002)
    rows = [Row("a", "", (each,) * 2) for each in (wide, wide, includes)]
    assert "0.00 [0.00, 0.00]" in numbers_of(drawn(rows))


def test_the_dotted_line_and_open_marks_are_explained_below():
    figure = drawn([row()], key="dotted line: a value")
    assert "dotted line: a value" in words(figure)
    assert "open mark" not in words(figure)
    figure = drawn([row(), row(0.05)], key="dotted line: a value")
    assert "open mark: not significant" in words(figure)
    assert crowding(figure) == []


def test_a_forest_carries_its_caption(tmp_path):
    figure = drawn([row()], caption="What is seen: ρ, −1.")
    save(figure, tmp_path / "figure.png", tmp_path / "figure.pdf")
    with Image.open(tmp_path / "figure.png") as image:
        assert image.info[DESCRIPTION] == "What is seen: ρ, −1."
    assert b"/Subject" in (tmp_path / "figure.pdf").read_bytes()
    save(drawn([row()]), tmp_path / "figure.png")
    with Image.open(tmp_path / "figure.png") as image:
        assert DESCRIPTION not in image.info


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
    assert "+0.20 [0.10, 0.30]" in text


def test_one_panel_takes_the_room_of_two():
    one, two = drawn([row()], PANELS[:1]), drawn([row()])
    one, two = (marks(each, "value")[0].axes.get_position() for each in (one, two))
    assert one.width > 2 * two.width


def test_an_open_mark_means_the_same_everywhere():
    rows = [row(0.05), row(), row(color="black", mark="D"), row(p=0.05), row(p=0.049)]
    rows.append(Row("", "no interval", (Estimate(1, NAN, NAN),) * 2))
    points = marks(drawn(rows), "value")
    is_open = [each.get_markerfacecolor() == "white" for each in points]
    assert is_open == [True, False, False, True, False, True]
    assert [each.get_marker() for each in points[:3]] == ["o", "o", "D"]
    at_half = marks(drawn(rows, [Panel("value", "", "", null=0.25)]), "value")
    assert [each.get_markerfacecolor() == "white" for each in at_half][:3] == [0, 1, 1]


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


@pytest.mark.parametrize("value", [0.55, 0.7, 0.88])
def test_the_null_is_a_tick_of_the_axis(value):
    for panel in (Panel("value", "area", "auROC", null=0.5), PANELS[0]):
        axes = marks(drawn([row(value)], [panel]), "value")[0].axes
        assert panel.null in axes.get_xticks()
        assert 2 <= len(axes.get_xticks()) <= 5


def test_a_value_without_interval_says_why_it_may_have_none():
    bare = Estimate(1.0, NAN, NAN)
    figure = drawn([row(), Row("signs", "all agree", (bare, bare), (9, 9))])
    text = words(figure).replace("\n", " ")
    assert "1.00 (no interval)" in text
    assert "no interval: too few pairs or blocks" in text
    assert "no interval" not in words(drawn([row()]))
    assert crowding(figure) == []
