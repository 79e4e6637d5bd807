import numpy as np
import pandas as pd
from drawings import REAL, STANDIN, crowding, marks, words
from endobench.core.columns import LEADERBOARD
from endobench.design.benchmark_names import name_of
from endobench.design.metrics import PRIMARY
from endobench.figures.leaderboard import leaderboard_figure


def board_of(
    models=("AlphaGenome", "Borzoi", "CADD"),
    datasets=("demo", "other"),
    task="signed",
    scope="shared",
    model=REAL,
    **changes,
):
    """Return models of which each agrees less than the one before it.

    Of the third model, the difference from the first is none.
    """
    strata = PRIMARY[task].strata
    rows = [
        (dataset, "corrected", name, stratum, place)
        for dataset in datasets
        for stratum in strata
        for place, name in enumerate(models)
    ]
    frame = pd.DataFrame(
        rows, columns=["dataset", "benchmark", "name", "stratum", "place"]
    )
    value = 0.7 - 0.1 * frame["place"] - 0.01 * np.arange(len(frame))
    is_other = (frame["place"] > 0) & (scope == "shared")
    difference = (-0.1 * frame["place"]).where(is_other)
    verdicts = pd.Series(["reference", "worse", "no difference"])
    is_tied = (frame["place"] == 2) & (scope == "shared")
    return frame.assign(
        task=task,
        metric=PRIMARY[task].metric,
        scope=scope,
        model=model,
        scorer="DNASE-501-DIFF_LOG2_SUM",
        window_bp=16_384,
        track_set="K562",
        measurement="slope",
        context="genome",
        species="human",
        value=value,
        ci_low=value - 0.05,
        ci_high=value + 0.05,
        interval="resampled blocks",
        n=5000 - frame.index,
        is_reportable="yes",
        difference=difference,
        difference_low=difference - 0.05,
        difference_high=difference + 0.05,
        difference_p_adjusted=np.where(is_tied, 0.2, 0.01),
        compared=frame["place"].map(verdicts) if scope == "shared" else None,
        not_different_from=np.where(is_tied, models[0], None),
    ).assign(**changes)


def drawn(*boards):
    board = pd.concat(boards, ignore_index=True).reindex(columns=LEADERBOARD.names)
    return leaderboard_figure(board, "models")


def published(**changes):
    return board_of(
        ("Enformer",), ("demo",), scope="published", stratum="all_pairs", **changes
    ).iloc[:1]


def test_models_are_drawn_on_the_pairs_of_all_in_the_prespecified_stratum():
    shared, own = board_of(), board_of(scope="own")
    figure = drawn(shared, own)
    rows = shared[shared["stratum"] == "lead_per_feature"]
    for kind, column in (("value", "value"), ("change", "difference")):
        found = sorted(each.get_xdata()[0] for each in marks(figure, kind))
        np.testing.assert_allclose(found, sorted(rows[column].dropna()))
    assert crowding(figure) == []


def test_a_difference_that_is_none_is_open_and_named():
    figure = drawn(board_of(datasets=["demo"]))
    found = {
        round(each.get_xdata()[0], 6): each.get_markerfacecolor() == "white"
        for each in marks(figure, "change")
    }
    assert found == {-0.1: False, -0.2: True}
    assert words(figure).count("no significant difference from") == 1


def test_a_model_alone_has_its_own_pairs_and_no_panel_of_differences():
    figure = drawn(board_of(("AlphaGenome",), scope="own"))
    assert len(marks(figure, "value")) == 2
    assert marks(figure, "change") == []
    assert "own pairs" in words(figure).replace("\n", " ")


def test_every_benchmark_states_its_settings():
    text = words(drawn(board_of(datasets=["demo"]))).replace("\n", " ")
    assert "DNASE-501-DIFF_LOG2_SUM, 16,384 bp, K562; slope" in text
    benchmark = name_of("corrected", "RNA_SEQ", 131_072, "K562")
    settings = {"benchmark": benchmark, "scorer": "RNA_SEQ", "window_bp": 131_072}
    text = words(drawn(board_of(datasets=["demo"], **settings)))
    assert "demo, corrected" in text
    assert "RNA_SEQ, 131,072 bp, K562; slope" in text.replace("\n", " ")
    assert benchmark not in text.replace("\n", "")


def test_a_table_alone_states_no_window():
    settings = {"scorer": "table", "window_bp": 0, "track_set": "all"}
    text = words(drawn(board_of(datasets=["demo"], **settings)))
    assert "0 bp" not in text


def test_what_is_not_reportable_says_so():
    figure = drawn(board_of(is_reportable="no"))
    assert words(figure).replace("\n", " ").count("NOT REPORTABLE") == 6
    excepted = drawn(
        board_of(is_reportable="with exceptions", interval="independent pairs")
    )
    text = words(excepted).replace("\n", " ")
    assert text.count("REPORTABLE WITH EXCEPTIONS") == 6
    assert text.count("interval of independent pairs") == 6


def test_a_published_value_stands_beside_all_pairs():
    figure = drawn(board_of(datasets=["demo"]), published())
    rows = board_of(datasets=["demo"])
    rows = rows[rows["stratum"] == "all_pairs"]
    found = sorted(each.get_xdata()[0] for each in marks(figure, "value"))
    np.testing.assert_allclose(found, sorted([*rows["value"], 0.7]))
    assert "published, not measured here" in words(figure).replace("\n", " ")


def test_a_published_metric_has_an_axis_of_its_own():
    figure = drawn(board_of(), published(metric="auroc_by_tissue", task="unsigned"))
    text = words(figure)
    assert "Spearman" in text
    assert "auROC, mean over tissues" in text
    assert crowding(figure) == []


def test_nothing_to_draw_is_said_and_a_standin_is_marked():
    assert "no benchmarks" in words(drawn(board_of().iloc[:0]))
    assert "STAND-IN" in words(drawn(board_of(model=STANDIN)))
