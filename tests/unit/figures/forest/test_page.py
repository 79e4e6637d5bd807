import pytest
from drawings import crowding, marks, words
from endobench.figures.canvas import DESCRIPTION, save, style
from endobench.figures.forest.layout import Forest
from endobench.figures.forest.page import stacked_figure
from forests import PANELS, drawn, row
from PIL import Image


def test_the_page_grows_with_its_rows():
    heights = [drawn([row()] * n).get_figheight() for n in (1, 2, 3)]
    assert heights[2] - heights[1] == pytest.approx(heights[1] - heights[0])


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


def test_forests_on_one_page_are_below_each_other():
    with style():
        forests = [Forest([row()] * n, PANELS, "what", ("pairs",)) for n in (1, 3)]
        figure = stacked_figure(forests)
    assert crowding(figure) == []
    first, *others = (each.axes.get_position().y0 for each in marks(figure, "value"))
    assert all(first > other for other in others)
    alone = sum(each.height_in for each in forests)
    assert figure.get_figheight() > alone
