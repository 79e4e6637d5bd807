import numpy as np
import pandas as pd
import pytest
from drawings import REAL, STANDIN, crowding, words
from endobench.core.columns import COST
from endobench.figures.cost import cost_figure, in_words


def cost_of(n_rules=5, n_scorings=2, factor=1.0, model=REAL, name="rule_{}"):
    rules = [
        (
            "rule",
            name.format(i),
            4,
            40 / (i + 1),
            20 / (i + 1),
            300 * (i + 1),
            *[None] * 6,
        )
        for i in range(n_rules)
    ]
    scorings = [
        ("scoring", f"{2048 * 8**i}bp", 3, 9, 4, 400, 3000, 10, 2990, 5980, 7, 0)
        for i in range(n_scorings)
    ]
    names = ["kind", "name", "n_jobs", "total_s", "longest_s", "peak_rss_mb"]
    names += ["n_variants", "n_remembered", "n_asked", "n_calls", "n_failed"]
    frame = pd.DataFrame([*scorings, *rules], columns=[*names, "n_from_atlas"])
    frame[["total_s", "longest_s"]] *= factor
    return frame.assign(model=model).reindex(columns=COST.names)


def bars(figure, kind):
    patches = [each for axes in figure.axes for each in axes.patches]
    return [each for each in patches if each.get_gid() == kind]


def test_each_rule_has_a_bar_of_the_sum_and_one_of_the_longest_job():
    cost = cost_of()
    figure = cost_figure(cost, "demo")
    rules = cost[cost["kind"] == "rule"]
    for kind, column in (("sum", "total_s"), ("longest", "longest_s")):
        ends = [each.get_x() + each.get_width() for each in bars(figure, kind)]
        np.testing.assert_allclose(ends, rules[column].astype(float))
    colors = {bars(figure, kind)[0].get_facecolor() for kind in ("sum", "longest")}
    greys = sorted(sum(color[:3]) / 3 for color in colors)
    assert greys[1] - greys[0] > 0.3
    assert crowding(figure) == []


def test_what_was_asked_and_how_much_memory_is_said():
    text = words(cost_figure(cost_of()))
    for each in ("2048bp", "16384bp", "3,000", "2,990", "5,980", "300 MB", "1.5 GB"):
        assert each in text
    assert "time (log scale)" in text


@pytest.mark.parametrize("factor", [1e-3, 1, 600, 1e5])
def test_times_of_any_length_are_legible(factor):
    figure = cost_figure(cost_of(40, 6, factor), "a run")
    assert crowding(figure) == []


def test_names_stay_as_they_are_and_inside():
    name = "a_rule_$x_$_<b>_" * 4 + "{}"
    figure = cost_figure(cost_of(3, name=name), "$a$ <i>")
    assert "$x_" in words(figure)
    assert crowding(figure) == []


def test_a_stand_ins_cost_says_so():
    assert "STAND-IN" in words(cost_figure(cost_of(model=STANDIN)))
    assert "STAND-IN" not in words(cost_figure(cost_of()))


def test_a_run_that_asked_or_timed_nothing_says_so():
    assert "no model was called" in words(cost_figure(cost_of(2, 0)))
    untimed = cost_of(0, 2).assign(total_s=np.nan, longest_s=np.nan)
    assert "no job was timed" in words(cost_figure(untimed))
    assert "no job was timed" in words(cost_figure(cost_of(0, 0)))
    for cost in (cost_of(1, 0), untimed, cost_of(0, 0)):
        assert crowding(cost_figure(cost, "demo")) == []


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.04, "0.0 s"),
        (3.21, "3.2 s"),
        (9.97, "10 s"),
        (59.6, "1 min"),
        (185, "3 min 5 s"),
        (2020, "34 min"),
        (3599, "1 h"),
        (7800, "2 h 10 min"),
        (86_399, "1 d"),
        (273_600, "3 d 4 h"),
        (np.nan, "–"),
    ],
)
def test_a_time_in_words(seconds, text):
    assert in_words(seconds) == text
