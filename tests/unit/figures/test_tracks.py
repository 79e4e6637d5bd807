import numpy as np
import pandas as pd
import pytest
from drawings import STANDIN, bytes_of, crowding, marks, ranking_of, words
from endobench.design.models import STANDIN_MARK
from endobench.figures.tracks import EXPLORATORY, track_figure

POINTS = ("track", "own track")


def points_of(figure, *kinds):
    """Return rank, value and line of the marks of tracks, by rank."""
    found = [
        (*point, line)
        for line in marks(figure, *kinds)
        for point in zip(*line.get_data(), strict=True)
    ]
    return sorted(found, key=lambda each: each[0])


@pytest.mark.parametrize(
    ("n_tracks", "n_own"), [(1, 1), (2, 0), (12, 7), (20, 12), (21, 1), (305, 305)]
)
def test_tracks_are_legible(n_tracks, n_own):
    figure = track_figure(ranking_of(n_tracks, n_own, STANDIN), "demo")
    assert crowding(figure) == []
    assert len(points_of(figure, *POINTS)) == n_tracks
    assert len(points_of(figure, "own track")) == n_own
    assert len(marks(figure, "value")) == min(n_tracks, 20)
    assert EXPLORATORY in words(figure)


def test_every_track_is_a_point_below_the_one_before():
    ranking = ranking_of().sample(frac=1, random_state=1)
    ranks, values, _ = zip(*points_of(track_figure(ranking), *POINTS), strict=True)
    rows = ranking[ranking["stratum"] == ranking["stratum"].iloc[0]]
    assert list(ranks) == list(range(1, len(rows) + 1))
    assert list(values) == sorted(rows["value"], reverse=True)


def test_the_highest_and_the_lowest_have_a_row():
    ranking = ranking_of(30)
    figure = track_figure(ranking, n_shown=6)
    values = ranking["value"][:30].tolist()
    found = [each.get_xdata()[0] for each in marks(figure, "value")]
    assert found == values[:3] + values[-3:]
    text = words(figure)
    assert "… 24 more tracks" in text
    assert "30 of 30, CL:0000029" in text


def test_a_mark_is_filled_by_the_adjusted_p_and_a_diamond_is_of_the_own_set():
    ranking = ranking_of(12, 3)
    figure = track_figure(ranking)
    ranked = [line for *_, line in points_of(figure, *POINTS)]
    for points in (ranked, marks(figure, "value")):
        is_open = [each.get_markerfacecolor() == "white" for each in points]
        assert is_open == (ranking["p_adjusted"][:12] >= 0.05).tolist()
        assert [each.get_marker() for each in points] == ["D"] * 3 + ["o"] * 9


def test_tracks_of_the_own_set_are_named_unless_they_are_many():
    text = words(track_figure(ranking_of(40, 3), n_shown=2))
    assert "3. cell 2" in text and "4. cell 3" not in text
    text = words(track_figure(ranking_of(40, 13), n_shown=2))
    assert "13 tracks in the set" in text and "3. cell 2" not in text


def test_tracks_without_a_value_are_counted():
    ranking = ranking_of(12)
    ranking.loc[ranking["track"] == "CL:0000005 DNase-seq", "value"] = np.nan
    figure = track_figure(ranking)
    assert len(points_of(figure, *POINTS)) == 11
    assert "of 11 tracks" in words(figure) and "1 without a value" in words(figure)
    assert "CL:0000005" not in words(figure)


def test_a_factor_is_named_with_its_biosample():
    ranking = ranking_of(2).assign(target=["SPI1", None] * 2)
    text = words(track_figure(ranking))
    assert "SPI1, cell 0" in text and "\ncell 1" in text


def test_labels_are_said_to_be_compared_with_sizes():
    ranking = ranking_of(3).assign(task="unsigned", stratum="all_pairs")[:3]
    figure = track_figure(ranking)
    assert "size and label" in words(figure)
    assert crowding(figure) == []


def test_hostile_names_are_text():
    ranking = ranking_of(5, 3, biosample=r"$\frac{{<b>{} " + "W" * 80)
    figure = track_figure(ranking, r"$\frac{ " + "long " * 40)
    assert crowding(figure) == []
    assert r"$\frac{<b>" in words(figure)


def test_what_cannot_be_drawn_is_refused():
    ranking = ranking_of(3)
    with pytest.raises(ValueError, match="demo/corrected, demo/other"):
        track_figure(pd.concat([ranking, ranking.assign(protocol="other")]))
    with pytest.raises(ValueError, match="n_shown is 1"):
        track_figure(ranking, n_shown=1)


@pytest.mark.parametrize(
    "ranking", [pd.DataFrame(), ranking_of()[:0], ranking_of().assign(value=np.nan)]
)
def test_no_ranking(ranking):
    assert "no pairs" in words(track_figure(ranking))


def test_a_standin_stamps_a_ranking():
    assert STANDIN_MARK not in words(track_figure(ranking_of(3)))
    assert STANDIN_MARK in words(track_figure(ranking_of(3, model=STANDIN)))


def test_the_same_ranking_gives_the_same_bytes(tmp_path):
    one, two = (
        bytes_of(track_figure(ranking_of(3), "demo"), tmp_path) for _ in range(2)
    )
    assert one == two
