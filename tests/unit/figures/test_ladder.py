import numpy as np
import pandas as pd
import pytest
from drawings import STANDIN, bytes_of, crowding, ladder_of, marks, words
from endobench.design.models import STANDIN_MARK
from endobench.figures.ladder import ladder_figure


@pytest.mark.parametrize(
    ("n_steps", "change"), [(1, ""), (2, "one change"), (9, "in many words " * 9)]
)
def test_a_ladder_is_legible(n_steps, change):
    figure = ladder_figure(ladder_of(n_steps, STANDIN, change=change), "demo")
    assert figure.get_figwidth() == pytest.approx(6.9)
    assert crowding(figure) == []


def test_every_step_is_a_point_below_the_one_before():
    steps = ladder_of()
    rows = steps[steps["metric"] == "spearman"]
    figure = ladder_figure(steps.sample(frac=1, random_state=1))
    points = marks(figure, "value")
    assert [point.get_xdata()[0] for point in points] == rows["value"].tolist()
    heights = [point.get_window_extent().y0 for point in points]
    assert heights == sorted(heights, reverse=True)
    changes = marks(figure, "change")
    assert [each.get_xdata()[0] for each in changes] == rows["difference"][1:].tolist()
    for line in points + changes:
        low, high = line.axes.get_xlim()
        assert low < min(0, *line.get_xdata())
        assert high > max(0, *line.get_xdata())


def test_a_mark_is_open_where_the_interval_includes_zero():
    steps = ladder_of()
    steps.loc[(steps["step"] == 3), ["difference_low", "difference_high"]] = np.nan
    rows = steps[steps["metric"] == "spearman"][1:]
    is_change = (rows["difference_low"] > 0) | (rows["difference_high"] < 0)
    faces = [
        each.get_markerfacecolor() for each in marks(ladder_figure(steps), "change")
    ]
    assert [face != "white" for face in faces] == is_change.tolist()
    assert 0 < is_change.sum() < len(is_change)


def test_a_ladder_says_its_numbers():
    text = words(ladder_figure(ladder_of()))
    assert "−0.010 [−0.030, 0.010]" in text
    assert "+0.050 [0.035, 0.065]" in text
    assert "999,999" in text and "499,999" in text
    assert "step_8" in text and "one change, 8 in all" in text


def test_only_a_result_that_is_not_reportable_says_so():
    steps = ladder_of(3)
    assert "reportable" not in words(ladder_figure(steps))
    steps.loc[steps["step"] == 0, "is_reportable"] = "no"
    figure = ladder_figure(steps)
    text = words(figure).replace("\n", " ")
    assert text.count("(not reportable)") == 1
    assert "step_0 (not reportable)" in text
    assert crowding(figure) == []


def test_what_is_not_defined_is_said_to_be():
    steps = ladder_of(2).assign(
        value=np.nan, difference=np.nan, ci_low=np.nan, n_variants=np.nan
    )
    figure = ladder_figure(steps)
    assert words(figure).count("not defined") == 3
    assert words(figure).count("–") == 2
    assert marks(figure, "value") + marks(figure, "change") == []
    assert crowding(figure) == []


def test_a_number_without_interval():
    steps = ladder_of(3).assign(ci_low=np.nan, ci_high=np.nan, change=None)
    assert "−0.010 (no interval)\n" in words(ladder_figure(steps))


def test_hostile_names_are_text():
    figure = ladder_figure(
        ladder_of(3, name=r"$\frac{{" + "W" * 60, change="x" * 300),
        r"$\frac{$ " + "long " * 40,
    )
    assert crowding(figure) == []
    text = words(figure)
    assert r"$\frac{" in text
    assert text.count("W") == 180


def test_what_cannot_be_drawn_is_refused():
    steps = ladder_of(3)
    with pytest.raises(ValueError, match="demo, other"):
        ladder_figure(pd.concat([steps, steps.assign(dataset="other")]))
    with pytest.raises(ValueError, match=r"\[0, 0, 1, 1, 2, 2\]; expected one row"):
        ladder_figure(pd.concat([steps, steps]))


@pytest.mark.parametrize(
    "steps", [pd.DataFrame(), ladder_of()[:0], ladder_of().assign(metric="pearson")]
)
def test_no_ladder(steps):
    assert "no pairs" in words(ladder_figure(steps))


def test_a_standin_stamps_a_ladder():
    assert STANDIN_MARK not in words(ladder_figure(ladder_of(3)))
    mixed = pd.concat([ladder_of(3)[:3], ladder_of(4, STANDIN)[3:4]])
    assert STANDIN_MARK in words(ladder_figure(mixed))


def test_the_same_ladder_gives_the_same_bytes(tmp_path):
    one, two = (
        bytes_of(ladder_figure(ladder_of(3), "demo"), tmp_path) for _ in range(2)
    )
    assert one == two
