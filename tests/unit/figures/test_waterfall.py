import numpy as np
import pandas as pd
import pytest
from drawings import STANDIN, waterfall_of, words
from endobench.design.models import STANDIN_MARK
from endobench.figures.waterfall import waterfall_figure


@pytest.mark.parametrize(
    "counts",
    [pd.DataFrame(), waterfall_of(3)[:0], waterfall_of(3).assign(n_pairs=np.nan)],
)
def test_no_waterfall(counts):
    assert "no pairs" in words(waterfall_figure(counts))


def test_a_standin_stamps_a_waterfall():
    assert STANDIN_MARK in words(waterfall_figure(waterfall_of(4, STANDIN)))
    assert STANDIN_MARK not in words(waterfall_figure(waterfall_of(4)))


@pytest.mark.parametrize("n_reasons", [2, 15])
def test_a_waterfall_is_legible(n_reasons):
    long = "chromosome_shorter_than_the_window_{:05d}"
    counts = waterfall_of(n_reasons, STANDIN, long)
    assert len(counts["reason"][1]) == 40
    figure = waterfall_figure(counts, "demo")
    figure.draw_without_rendering()
    bars, page = figure.axes
    boxes = [text.get_window_extent() for text in page.texts]
    boxes += [patch.get_window_extent() for patch in bars.patches]
    for i, one in enumerate(boxes):
        assert figure.bbox.x0 <= one.x0
        assert one.x1 <= figure.bbox.x1
        for other in boxes[i + 1 :]:
            assert not (
                min(one.x1, other.x1) - max(one.x0, other.x0) > 1
                and min(one.y1, other.y1) - max(one.y0, other.y0) > 1
            )


def test_the_caption_of_a_waterfall_says_how_many_pairs_are_kept():
    said = waterfall_figure(waterfall_of(4)).get_label()
    assert "7 of 1,118 pairs were kept and scored" in said


def test_a_waterfall_says_its_numbers():
    counts = waterfall_of(6)
    text = words(waterfall_figure(counts))
    for row in counts.itertuples():
        assert f"{row.n_pairs:,}" in text
        assert row.reason.replace("_", " ") in text
    assert "100.0 %" in text
    assert "<0.1 %" in text
    assert "90.0 %" in text


def test_bars_of_a_waterfall_follow_one_another():
    bars = waterfall_figure(waterfall_of(6)).axes[0].patches
    right = bars[0].get_width()
    for bar in bars[1:-1]:
        assert bar.get_x() + bar.get_width() == right
        right = bar.get_x()
    assert (bars[-1].get_x(), bars[-1].get_width()) == (0, right)


def test_a_waterfall_that_does_not_add_up_is_refused():
    counts = waterfall_of(3)
    with pytest.raises(ValueError, match="add up"):
        waterfall_figure(counts.drop(index=2))
    with pytest.raises(ValueError, match="one benchmark"):
        waterfall_figure(pd.concat([counts, counts]))


def test_dollars_and_long_titles_are_text():
    title = r"a $\frac{1}{$ and $x$ " + "long " * 40
    waterfall_figure(waterfall_of(4), title).draw_without_rendering()
    assert "$x 1$" in words(waterfall_figure(waterfall_of(3, name="$x_{}$")))
