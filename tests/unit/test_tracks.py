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


def two_outputs(*curies):
    frame = pd.DataFrame({"ontology_curie": curies, "position": [0, 1, 0, 1]})
    frame["output"] = ["DNASE", "DNASE", "ATAC", "ATAC"]
    return frame.reindex(columns=TRACKS.names)


def test_a_set_has_its_tracks_in_every_output():
    tracks = two_outputs("EFO:1", "CL:2", "CL:2", "EFO:1")
    chosen = select(tracks, ["EFO:1"], "one")
    assert chosen.groupby("output")["position"].apply(list).to_dict() == {
        "ATAC": [1],
        "DNASE": [0],
    }
    assert len(select(tracks, "all", "all")) == 4


@pytest.mark.parametrize(
    ("curie", "output", "others"),
    [("CL:2", "ATAC", "EFO:1, CL:3"), ("CL:3", "DNASE", "EFO:1, CL:2")],
)
def test_a_curie_that_one_output_lacks_is_named_with_the_output(curie, output, others):
    tracks = two_outputs("EFO:1", "CL:2", "EFO:1", "CL:3")
    with pytest.raises(InputError) as caught:
        select(tracks, ["EFO:1", curie], "mine")
    assert str(caught.value) == (
        f"key 'track_sets.mine': the model has no {output} track {curie!r}; it has 2,"
        f" such as {others}"
    )
