import matplotlib.pyplot as plt
import pytest
from endobench.figures import palette
from endobench.figures.text_rows import draw_bands, write, write_head


@pytest.fixture
def page():
    figure, axes = plt.subplots()
    yield axes
    plt.close(figure)


def test_every_other_row_is_shaded(page):
    draw_bands(page, [0, 1, 3, 4, 8])
    spans = [(each.get_y(), each.get_height()) for each in page.patches]
    assert spans == [(1, 2), (4, 4)]


def test_a_head_is_fainter_than_a_cell(page):
    write(page, 1, 2, "cell", align="right")
    write_head(page, 1, 0, "head")
    cell, head = page.texts
    assert cell.get_position() == (1, 2) and cell.get_ha() == "right"
    assert (cell.get_color(), head.get_color()) == (palette.INK, palette.FAINT)
    assert cell.get_fontsize() == head.get_fontsize()
