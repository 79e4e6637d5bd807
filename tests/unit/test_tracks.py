import numpy as np
import pandas as pd
import pytest
from endobench.columns import TRACKS
from endobench.errors import InputError
from endobench.tracks import select


@pytest.fixture
def tracks():
    curies = ["EFO:0002067", "CL:0000624", "EFO:0002067", None]
    frame = pd.DataFrame({"ontology_curie": curies, "position": [3, 0, 7, 5]})
    return frame.assign(output="DNASE").reindex(columns=TRACKS.names)


def positions(tracks, curies, set_name):
    return select(tracks, curies, set_name)["position"].tolist()


def test_a_curie_means_all_of_its_tracks_and_no_other(tracks):
    assert positions(tracks, ["EFO:0002067"], "K562") == [3, 7]
    assert positions(tracks, ["CL:0000624", "EFO:0002067"], "both") == [3, 0, 7]


def test_all_means_every_track(tracks):
    assert positions(tracks, "all", "all") == [3, 0, 7, 5]


def test_positions_and_not_rows_are_given(tracks):
    chosen = positions(tracks[::-1], ["EFO:0002067"], "K562")
    answer = np.arange(10.0)
    assert sorted(answer[chosen]) == [3, 7]


def test_an_unknown_curie_is_named_with_the_set_and_what_there_is(tracks):
    with pytest.raises(InputError) as caught:
        select(tracks, ["EFO:0002067", "EFO:2067"], "K562")
    assert str(caught.value) == (
        "key 'track_sets.K562': the model has no DNASE track 'EFO:2067'; it has 2,"
        " such as EFO:0002067, CL:0000624"
    )
