import matplotlib.pyplot as plt
import pytest
from endobench.figures import palette
from endobench.figures.canvas import canvas, style
from endobench.figures.text import draw_bands, text_width, wrapped, write, write_head


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


def test_longer_text_is_wider():
    assert text_width(["a long word"]) > text_width(["a"]) > 0
    assert text_width([]) == 0
    assert text_width(["two\nlines"]) == text_width(["two", "lines"])


@pytest.mark.parametrize("is_bold", [False, True])
def test_the_width_of_a_text_is_that_with_which_it_is_drawn(is_bold):
    text = "Spearman −0.12 [−0.22, −0.02], lead_per_feature, 3,318 pairs"
    with style():
        figure, _ = canvas(6, 1, "", [])
        figure.set_dpi(300)
        weight = "bold" if is_bold else "normal"
        drawn = figure.text(0, 0, text, fontsize=7, weight=weight)
        width = drawn.get_window_extent().width / figure.dpi
    assert text_width([text], 7, is_bold=is_bold) == pytest.approx(width, rel=0.02)


@pytest.mark.parametrize("width_in", [0.4, 1, 3])
@pytest.mark.parametrize("text", ["one two " * 9, "DNASE-501-DIFF_LOG2_SUM", "W" * 70])
def test_lines_fit_a_width_and_keep_all_letters(text, width_in):
    lines = wrapped(text, width_in)
    assert text_width(lines, 7, is_bold=False) <= width_in
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert wrapped(None, width_in) == wrapped("", width_in) == []


def test_long_words_are_broken_at_hyphens_and_underscores():
    assert wrapped("a DNASE-501-DIFF_LOG2_SUM", 1) == [
        "a DNASE-501-DIFF_",
        "LOG2_SUM",
    ]
