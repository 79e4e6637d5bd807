import numpy as np
import pandas as pd
import pytest
from drawings import STANDIN, bytes_of, crowding, marks, sweep_of, words
from endobench.design.models import STANDIN_MARK
from endobench.figures.sweep import sweep_figure

LEADS = "lead_per_feature"


def names_of(figure):
    """Return the names of rows, from the top."""
    figure.draw_without_rendering()
    texts = [text for axes in figure.axes for text in axes.texts]
    names = [each for each in texts if " bp, " in each.get_text()]
    names.sort(key=lambda each: -each.get_window_extent().y0)
    return [each.get_text() for each in names]


def test_the_reference_is_on_top_and_others_follow_as_they_are_alike():
    figure = sweep_figure(sweep_of(), "demo")
    assert names_of(figure) == [
        "16,384 bp, K562 (reference)",
        "2,048 bp, K562",
        "2,048 bp, blood_pc1",
        "16,384 bp, blood_pc1",
        "131,072 bp, K562",
        "131,072 bp, blood_pc1",
        "2,048 bp, all",
        "16,384 bp, all",
        "131,072 bp, all",
    ]
    assert crowding(figure) == []


def test_each_row_says_how_it_is_done():
    text = words(sweep_figure(sweep_of())).replace("\n", " ")
    assert text.count("corrected: DNASE-501-DIFF_LOG2_SUM") == 6
    assert text.count("published, p values as effects: study-mean") == 3
    assert text.count("(reference)") == 1


def test_values_of_the_stratum_are_drawn_and_no_others():
    sweep = sweep_of(protocols=("corrected",))
    for stratum in (LEADS, "all_pairs"):
        rows = sweep[sweep["stratum"] == stratum]
        figure = sweep_figure(sweep, stratum=stratum)
        for kind, column in (("value", "value"), ("change", "difference")):
            found = sorted(each.get_xdata()[0] for each in marks(figure, kind))
            assert found == sorted(rows[column].dropna())


def test_a_mark_is_filled_where_the_adjusted_difference_is_significant():
    sweep = sweep_of()
    rows = sweep[(sweep["stratum"] == LEADS) & sweep["difference"].notna()]
    holds = (rows["difference_low"] <= 0) & (rows["difference_high"] >= 0)
    is_open = holds | (rows["difference_p_adjusted"] >= 0.05)
    assert holds.sum() < is_open.sum() < len(rows)
    points = marks(sweep_figure(sweep), "change")
    found = {each.get_xdata()[0]: each.get_markerfacecolor() for each in points}
    for value, expected in zip(rows["difference"], is_open, strict=True):
        assert (found[value] == "white") is bool(expected)


def test_sixty_benchmarks_are_legible():
    sweep = sweep_of(track_sets=[f"set_{i}" for i in range(19)])
    figure = sweep_figure(sweep, "demo")
    assert len(marks(figure, "value")) == 60
    assert crowding(figure) == []


def test_a_single_benchmark_is_compared_with_nothing():
    figure = sweep_figure(sweep_of([16384], ["K562"], ["corrected"]), "demo")
    text = words(figure)
    assert "16,384 bp, K562\n" in text
    assert "reference" not in text and "difference" not in text
    assert crowding(figure) == []


def test_what_is_missing_is_said():
    sweep = sweep_of()
    is_last = sweep["protocol"] == sweep["protocol"].iloc[-1]
    sweep.loc[is_last, ["value", "ci_low", "ci_high", "difference"]] = np.nan
    assert words(sweep_figure(sweep)).count("not defined") == 2
    sweep.loc[is_last, "n_shared"] = np.nan
    assert words(sweep_figure(sweep)).count("not compared") == 1
    # A stratum that no benchmark is compared on.
    assert (
        words(sweep_figure(sweep, stratum="effect_over_1")).count("not compared") == 8
    )


def test_sizes_are_drawn_where_effects_have_no_sign():
    sweep = sweep_of([16384])
    both = pd.concat([sweep, sweep.assign(task="magnitude", value=9.0)])
    assert "of sizes" not in words(sweep_figure(both))
    assert "of sizes" in words(sweep_figure(sweep.assign(task="magnitude")))


def test_labels_have_an_area():
    labels = sweep_of().assign(task="unsigned", metric="auroc", value=0.7)
    labels["stratum"] = labels["stratum"].replace(LEADS, "matched_negatives")
    figure = sweep_figure(labels)
    assert "auROC" in words(figure)
    assert 0.5 in [each.get_xdata()[0] for each in marks(figure, "value")[0].axes.lines]


def test_a_table_of_scores_has_no_window():
    table = sweep_of([16384], ["scores"], ["corrected"])
    text = words(sweep_figure(table.assign(window_bp=0, scorer="table")))
    assert "table of scores" in text
    assert " bp" not in text


def test_hostile_names_are_text():
    name = r"$\frac{<b>" + "W" * 60
    figure = sweep_figure(sweep_of(track_sets=[name]), r"$\frac{ " + "long " * 40)
    assert crowding(figure) == []
    assert words(figure).count("W") == 180
    assert r"$\frac{<b>" in words(figure).replace("\n", "")


def test_what_cannot_be_drawn_is_refused():
    sweep = sweep_of()
    with pytest.raises(ValueError, match="demo, other"):
        sweep_figure(pd.concat([sweep, sweep.assign(dataset="other")]))
    with pytest.raises(ValueError, match="'corrected' has two rows"):
        sweep_figure(pd.concat([sweep, sweep]))


@pytest.mark.parametrize(
    "sweep", [pd.DataFrame(), sweep_of()[:0], sweep_of().assign(metric="pearson")]
)
def test_no_sweep(sweep):
    assert "no pairs" in words(sweep_figure(sweep))


def test_a_standin_stamps_a_sweep():
    assert STANDIN_MARK not in words(sweep_figure(sweep_of([16384])))
    assert STANDIN_MARK in words(sweep_figure(sweep_of([16384], model=STANDIN)))


def test_the_same_sweep_gives_the_same_bytes(tmp_path):
    one, two = (
        bytes_of(sweep_figure(sweep_of([16384]), "demo"), tmp_path) for _ in range(2)
    )
    assert one == two
