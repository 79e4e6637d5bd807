import anndata
import numpy as np
import pandas as pd
import pytest
from alphagenome.models.v1 import variant_scoring_utils
from endobench.core.errors import InputError
from endobench.model.strands import merging_of
from hypothesis import given, settings
from hypothesis import strategies as st


def tracks_of(*described):
    """Return tracks from words such as "+a"."""
    frame = pd.DataFrame({"name": [each[1:] for each in described]})
    return frame.assign(strand=[each[0] for each in described], more=frame.index)


def the_clients(tracks, values, strands):
    """Return scores merged by the client's own function, and its tracks."""
    rows = pd.DataFrame({"gene_id": list(map(str, range(len(strands))))})
    scores = anndata.AnnData(
        values,
        obs=rows.assign(strand=list(strands)).set_index(rows.index.map(str)),
        var=tracks.set_index(tracks.index.map(str)),
    )
    merged = variant_scoring_utils.merge_stranded_gene_tracks(scores)
    return merged.X, merged.var.reset_index(drop=True)


PAIRS = st.lists(st.sampled_from("abcdefgh"), unique=True, min_size=1, max_size=6)
GENES = st.text("+-", min_size=1, max_size=5)
ALONE = st.lists(st.sampled_from("abcdwxyz"), unique=True, max_size=6)


@settings(max_examples=25, deadline=None)
@given(
    pairs=PAIRS,
    alone=ALONE,
    strands=st.text("+-", min_size=1, max_size=5),
    data=st.data(),
)
def test_scores_are_merged_as_by_the_client(pairs, alone, strands, data):
    # As the model lists them: '+', '-', and the others behind them or before them.
    others = [f".{name}" for name in alone]
    both = [f"{strand}{name}" for strand in "+-" for name in pairs]
    tracks = tracks_of(
        *data.draw(st.sampled_from([[*both, *others], [*others, *both]]))
    )
    values = np.arange(len(strands) * len(tracks), dtype=np.float32)
    values = values.reshape(len(strands), len(tracks))
    merging = merging_of(tracks, "RNA_SEQ")
    found = merging.merge(np.stack([values, -values]), strands)
    expected, described = the_clients(tracks, values, strands)
    np.testing.assert_array_equal(found, [expected, -expected])
    pd.testing.assert_frame_equal(merging.tracks, described)
    assert merging.tracks["strand"].eq(".").all()


@settings(max_examples=25, deadline=None)
@given(pairs=PAIRS, alone=ALONE, seed=st.integers(0, 99))
def test_each_gene_has_the_score_of_its_strand_under_the_same_name(pairs, alone, seed):
    """Even where unstranded tracks stand between, which the client does not expect."""
    both = [[f"{strand}{name}" for name in pairs] for strand in "+-"]
    described, queues = [], [*both, [f".{name}" for name in alone]]
    rng = np.random.default_rng(seed)
    while queues := [each for each in queues if each]:
        described.append(queues[rng.integers(len(queues))].pop(0))
    tracks = tracks_of(*described)
    merging = merging_of(tracks, "RNA_SEQ")
    assert merging.tracks["name"].is_unique
    assert {*merging.tracks["name"]} == {*pairs, *alone}
    for strand, places in merging.places.items():
        behind = tracks.loc[places]
        assert behind["name"].tolist() == merging.tracks["name"].tolist()
        of_pairs = behind["name"].isin(pairs)
        assert behind["strand"][of_pairs].eq(strand).all()
        assert behind["strand"][~of_pairs].eq(".").all()


def test_merged_tracks_and_those_without_strand_are_left_as_they_are():
    merged = merging_of(tracks_of("+a", "-a", ".b"), "RNA_SEQ").tracks
    again = merging_of(merged, "RNA_SEQ")
    pd.testing.assert_frame_equal(again.tracks, merged)
    assert [each.tolist() for each in again.places.values()] == [[0, 1], [0, 1]]
    junctions = merging_of(merged[["name"]], "SPLICE_JUNCTIONS")
    assert junctions.tracks["name"].tolist() == ["a", "b"]
    assert junctions.tracks["strand"].tolist() == [".", "."]


@pytest.mark.parametrize(
    "described", [["+a", "-b"], ["+a", "+b", "-b", "-a"], ["+a", "+b", "-a"]]
)
def test_strands_that_do_not_match_are_told_in_one_line(described):
    with pytest.raises(InputError, match="RNA_SEQ tracks of the two strands") as caught:
        merging_of(tracks_of(*described), "RNA_SEQ")
    assert "\n" not in str(caught.value)


def test_the_list_of_the_open_model_becomes_371_tracks(shared_data):
    table = pd.read_csv(
        shared_data("tracks/rna_splicing_tracks.tsv"),
        sep="\t",
        dtype=str,
        keep_default_na=False,
    )
    counts = {}
    for output, tracks in table.groupby("output", sort=False):
        merging = merging_of(tracks, output)
        counts[output] = len(tracks), len(merging.tracks)
        for places in merging.places.values():
            names = tracks["name"].to_numpy()[places]
            assert names.tolist() == merging.tracks["name"].tolist()
    assert counts == {
        "RNA_SEQ": (667, 371),
        "SPLICE_SITE_USAGE": (734, 367),
        "SPLICE_JUNCTIONS": (367, 367),
        "SPLICE_SITES": (4, 2),
    }
    rna = merging_of(table[table["output"] == "RNA_SEQ"], "RNA_SEQ").tracks
    assert rna["gtex_tissue"].tolist()[365] == "Whole_Blood"
