import numpy as np
import pandas as pd
import pytest
from drawings import STANDIN, bytes_of, crowding, marks, sweep_of, ticks_of, words
from endobench.design.models import STANDIN_MARK
from endobench.figures.strata_sweep import strata_figure

WINDOWS = (16384, 2048, 131072, 524288, 1048576)
STRATA = [
    "smallest third of effects",
    "middle third of effects",
    "largest third of effects",
    "effect size over 0.5",
    "effect size over 1",
    "effect size over 10",
]


@pytest.mark.parametrize("n_windows", [2, 3, 5])
@pytest.mark.parametrize("cutoffs", [(), (0.1, 0.25, 0.5, 0.75, 1, 1.5)])
def test_strata_are_legible(n_windows, cutoffs):
    sweep = sweep_of(WINDOWS[:n_windows], model=STANDIN, cutoffs=cutoffs)
    figure = strata_figure(sweep, "demo")
    assert crowding(figure) == []
    assert len(marks(figure, "stratum")) == 3 + len(cutoffs)
    assert STANDIN_MARK in words(figure)


def test_each_stratum_is_a_line_over_the_windows_of_the_first_benchmark():
    sweep = sweep_of().sample(frac=1, random_state=1)
    figure = strata_figure(sweep)
    is_drawn = (sweep["track_set"] == "K562") & (sweep["scorer"] != "study-mean")
    rows = sweep[is_drawn].sort_values("window_bp")
    text = words(figure)
    assert [text.index(name) for name in STRATA] == sorted(map(text.index, STRATA))
    for line, stratum in zip(
        marks(figure, "stratum"),
        [*(f"effect_tertile_{i}" for i in (1, 2, 3)), "effect_over_0.5"],
        strict=False,
    ):
        of_stratum = rows[rows["stratum"] == stratum]
        assert line.get_ydata().tolist() == of_stratum["value"].tolist()
        assert np.all(np.diff(line.get_xdata()) > 0)


def test_all_pairs_are_behind_every_stratum_and_hide_no_interval():
    figure = strata_figure(sweep_of())
    behind, before = (marks(figure, kind) for kind in ("all pairs", "stratum"))
    assert len(behind) == len(before) == len(STRATA)
    for one, other in zip(behind, before, strict=True):
        assert one.axes is other.axes
        assert not set(one.get_xdata()) & set(other.get_xdata())
    limits = {line.axes.get_ylim() for line in before}
    assert len(limits) == 1


def test_windows_are_named_as_the_study_did():
    names = {"2 kb", "16 kb", "131 kb", "524 kb", "1 Mb"}
    assert names <= set(ticks_of(strata_figure(sweep_of(WINDOWS))))


def test_a_single_window_has_a_row_for_each_stratum():
    sweep = sweep_of([16384])
    figure = strata_figure(sweep, "demo")
    assert crowding(figure) == []
    text = words(figure)
    for name in ("all pairs", *STRATA):
        assert name in text
    assert len(marks(figure, "value")) == 1 + len(STRATA)
    assert "16,384 bp, K562; corrected" in text.replace("\n", " ")
    assert "5,000" in text


@pytest.mark.parametrize("windows", [[16384], WINDOWS])
def test_what_is_not_defined_is_said_to_be(windows):
    sweep = sweep_of(windows)
    is_small = (sweep["stratum"] == "effect_over_10") & (sweep["window_bp"] == 16384)
    sweep.loc[is_small, ["value", "ci_low", "ci_high"]] = np.nan
    figure = strata_figure(sweep)
    assert words(figure).count("not defined") == 1
    assert crowding(figure) == []


def test_hostile_names_are_text():
    name = r"$\frac{<b>" + "W" * 60
    figure = strata_figure(sweep_of(track_sets=[name]), r"$\frac{ " + "long " * 40)
    assert crowding(figure) == []
    assert words(figure).count("W") == 60


@pytest.mark.parametrize(
    "sweep",
    [
        pd.DataFrame(),
        sweep_of()[:0],
        sweep_of(protocols=["published"]),
        sweep_of().assign(stratum="all_pairs"),
    ],
)
def test_no_strata(sweep):
    assert "no strata by effect size" in words(strata_figure(sweep))


def test_strata_of_several_datasets_are_refused():
    sweep = sweep_of()
    with pytest.raises(ValueError, match="demo, other"):
        strata_figure(pd.concat([sweep, sweep.assign(dataset="other")]))


def test_the_same_strata_give_the_same_bytes(tmp_path):
    one, two = (
        bytes_of(strata_figure(sweep_of(cutoffs=[]), "demo"), tmp_path)
        for _ in range(2)
    )
    assert one == two
