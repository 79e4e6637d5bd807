import logging

import numpy as np
import pandas as pd
import pytest
from endobench.core.columns import TRACKS
from endobench.core.errors import InputError
from endobench.model.tracks import check_apart, lone_positions, select
from frames import rows_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st


@pytest.fixture
def tracks():
    curies = ["EFO:0002067", "CL:0000624", "EFO:0002067", None]
    frame = pd.DataFrame({"ontology_curie": curies, "position": [3, 0, 7, 5]})
    return frame.assign(output="DNASE").reindex(columns=TRACKS.names)


def positions(tracks, curies, set_name):
    return select(tracks, curies, set_name)["position"].tolist()


def test_a_curie_selects_all_of_its_tracks_and_no_other(tracks):
    assert positions(tracks, ["EFO:0002067"], "K562") == [3, 7]
    assert positions(tracks, ["CL:0000624", "EFO:0002067"], "both") == [3, 0, 7]


def test_all_selects_every_track(tracks):
    assert positions(tracks, "all", "all") == [3, 0, 7, 5]


def test_the_selection_keeps_positions(tracks):
    chosen = positions(tracks[::-1], ["EFO:0002067"], "K562")
    answer = np.arange(10.0)
    assert sorted(answer[chosen]) == [3, 7]


def test_an_unknown_curie_is_named_with_the_set_and_the_nearest(tracks):
    with pytest.raises(InputError) as caught:
        select(tracks, ["EFO:0002067", "EFO:2067"], "K562")
    assert str(caught.value) == (
        "key 'track_sets.K562': the model has no DNASE track 'EFO:2067'; nearest of 2"
        " known: EFO:0002067, CL:0000624"
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


def test_a_member_that_one_output_lacks_is_logged_and_the_others_are_selected(caplog):
    tracks = two_outputs("EFO:1", "CL:2", "EFO:1", "CL:3")
    with caplog.at_level(logging.INFO):
        chosen = select(tracks, ["EFO:1", "CL:2"], "mine")
    assert rows_of(chosen, "output", "position") == [
        ("DNASE", 0),
        ("DNASE", 1),
        ("ATAC", 0),
    ]
    assert "track set mine: no ATAC track of CL:2" in caplog.text


@pytest.mark.parametrize(
    ("curie", "output", "others"),
    [("CL:2", "ATAC", "CL:3, EFO:1"), ("CL:3", "DNASE", "CL:2, EFO:1")],
)
def test_an_output_without_any_track_of_a_set_is_an_error(curie, output, others):
    tracks = two_outputs("EFO:1", "CL:2", "EFO:1", "CL:3")
    with pytest.raises(InputError) as caught:
        select(tracks, [curie], "mine")
    assert str(caught.value) == (
        f"key 'track_sets.mine': the model has no {output} track {curie!r}; nearest of"
        f" 2 known: {others}, or leave the scorers of {output} out"
    )


def test_a_member_that_every_output_lacks_is_named_with_them():
    tracks = two_outputs("EFO:1", "CL:2", "EFO:1", "CL:3")
    with pytest.raises(
        InputError, match="no DNASE or ATAC track 'CL:9'; nearest of 3 known"
    ):
        select(tracks, ["EFO:1", "CL:9"], "mine")


def test_a_set_without_a_member_is_named(tracks):
    with pytest.raises(InputError, match="dataset 'demo': the set is empty"):
        select(tracks, [], "tissue.demo")


@pytest.fixture
def chip(tracks):
    """Return tracks of DNASE and ChIP of two cells."""
    frame = pd.DataFrame(
        [
            ("EFO:0002067", "GATA1"),
            ("EFO:0002067", "CTCF"),
            ("CL:0000624", "SPI1"),
            ("CL:0000624", "CTCF"),
        ],
        columns=["ontology_curie", "target"],
    ).assign(output="CHIP_TF", position=range(4))
    return pd.concat([tracks, frame], ignore_index=True).reindex(columns=TRACKS.names)


def chosen_of(tracks, *members):
    frame = select(tracks, list(members), "mine")
    return rows_of(frame, "output", "position")


def test_a_target_selects_its_own_track(chip):
    only = chip[chip["output"] == "CHIP_TF"]
    assert chosen_of(only, "CL:0000624/SPI1") == [("CHIP_TF", 2)]
    assert chosen_of(only, "CL:0000624/CTCF", "EFO:0002067/GATA1") == [
        ("CHIP_TF", 0),
        ("CHIP_TF", 3),
    ]


def test_a_cell_without_a_target_selects_and_logs_all_targets(chip, caplog):
    only = chip[chip["output"] == "CHIP_TF"]
    with caplog.at_level(logging.INFO):
        assert chosen_of(only, "EFO:0002067") == [("CHIP_TF", 0), ("CHIP_TF", 1)]
    assert (
        "track set mine: EFO:0002067 selects 2 targets of CHIP_TF, such as GATA1, CTCF"
        in caplog.text
    )


def test_a_named_target_replaces_the_others_of_its_cell(chip, caplog):
    with caplog.at_level(logging.INFO):
        assert chosen_of(chip, "EFO:0002067", "EFO:0002067/GATA1") == [
            ("DNASE", 3),
            ("DNASE", 7),
            ("CHIP_TF", 0),
        ]
    assert "selects 2 targets" not in caplog.text
    assert "no DNASE track of EFO:0002067/GATA1" in caplog.text
    # In another cell it does.
    found = chosen_of(chip, "EFO:0002067", "CL:0000624", "EFO:0002067/GATA1")
    assert [each for each in found if each[0] == "CHIP_TF"] == [
        ("CHIP_TF", 0),
        ("CHIP_TF", 2),
        ("CHIP_TF", 3),
    ]


def test_a_target_alone_has_no_track_of_open_chromatin(chip):
    with pytest.raises(
        InputError, match="no DNASE track 'CL:0000624/SPI1'.*CL:0000624"
    ):
        chosen_of(chip, "CL:0000624/SPI1")


def test_an_unknown_target_is_named_with_the_nearest(chip):
    with pytest.raises(InputError) as caught:
        chosen_of(chip, "EFO:0002067", "CL:0000624/spi1")
    assert "no DNASE or CHIP_TF track 'CL:0000624/spi1'; nearest of 4 known:" in str(
        caught.value
    )
    assert "CL:0000624/SPI1" in str(caught.value)


@given(order=st.permutations(["EFO:0002067", "CL:0000624/SPI1", "EFO:0002067/CTCF"]))
@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_order_of_members_does_not_matter(chip, order):
    assert chosen_of(chip, *order) == [
        ("DNASE", 3),
        ("DNASE", 7),
        ("CHIP_TF", 1),
        ("CHIP_TF", 2),
    ]


def test_lone_tracks_are_a_sets_only_tracks_of_an_output(chip):
    sets = [
        select(chip, ["CL:0000624", "CL:0000624/SPI1"], "one"),
        select(chip, ["CL:0000624"], "several"),
        select(chip, "all", "all"),
        select(chip, ["EFO:0002067", "EFO:0002067/GATA1"], "another"),
    ]
    assert lone_positions(sets) == {"DNASE": [0], "CHIP_TF": [0, 2]}
    assert lone_positions([]) == {}


def rna_tracks():
    """Return merged RNA-seq and DNase-seq tracks of blood; GTEx shares a term."""
    rna = pd.DataFrame(
        {
            "ontology_curie": ["UBERON:1", "UBERON:1", "UBERON:2", "CL:1"],
            "gtex_tissue": ["Whole_Blood", None, "Liver", ""],
            "output": "RNA_SEQ.genes",
        }
    )
    dnase = pd.DataFrame({"ontology_curie": ["CL:1", "UBERON:1"], "output": "DNASE"})
    tracks = pd.concat([rna, dnase], ignore_index=True)
    tracks["position"] = [*range(4), *range(2)]
    return tracks.reindex(columns=TRACKS.names)


def chosen(members, tracks=None):
    """Return the selected positions by output."""
    found = select(rna_tracks() if tracks is None else tracks, members, "blood")
    return found.groupby("output")["position"].apply(list).to_dict()


def test_a_tissue_of_gtex_hides_the_terms_that_other_tracks_share_with_it():
    tracks = rna_tracks()
    rna = tracks[tracks["output"] == "RNA_SEQ.genes"]
    assert chosen(["UBERON:1"], rna) == {"RNA_SEQ.genes": [0, 1]}
    assert chosen(["gtex:Whole_Blood"], rna) == {"RNA_SEQ.genes": [0]}
    both = ["UBERON:1", "CL:1", "gtex:Whole_Blood"]
    for members in (both, both[::-1]):
        assert chosen(members, rna) == {"RNA_SEQ.genes": [0]}
        # Where there is no track of GTEx, the terms select.
        assert chosen(members) == {"RNA_SEQ.genes": [0], "DNASE": [0, 1]}
    two = ["gtex:Liver", "gtex:Whole_Blood", "CL:1"]
    assert chosen(two) == {"RNA_SEQ.genes": [0, 2], "DNASE": [0]}


def test_an_unknown_tissue_is_told_with_the_nearest():
    with pytest.raises(InputError) as caught:
        chosen(["CL:1", "gtex:whole blood"])
    assert str(caught.value) == (
        "key 'track_sets.blood': the model has no RNA_SEQ or DNASE track"
        " 'gtex:whole blood'; nearest of 2 known: gtex:Whole_Blood, gtex:Liver"
    )
    # It is not looked for among the terms.
    with pytest.raises(InputError, match="'gtex:UBERON:1'; nearest of 2 known: gtex:"):
        chosen(["gtex:UBERON:1"])
    with pytest.raises(InputError, match="'Whole_Blood'; nearest of"):
        chosen(["Whole_Blood"])


def test_tissues_of_gtex_add_nothing_where_no_track_is_of_gtex():
    tracks = rna_tracks()
    dnase = tracks[tracks["output"] == "DNASE"]
    assert chosen(["CL:1", "gtex:Liver"], dnase) == {"DNASE": [0]}


def test_a_set_of_tissues_alone_has_no_track_where_no_other_track_is_of_gtex():
    with pytest.raises(
        InputError,
        match="no DNASE track 'gtex:Liver'; .*, or leave the scorers of DNASE",
    ):
        chosen(["gtex:Liver"])


def test_tracks_of_no_biosample_are_in_every_set():
    sites = pd.DataFrame({"position": [0, 1], "output": "SPLICE_SITES.genes"})
    sites = sites.reindex(columns=TRACKS.names)
    for members in (["gtex:Liver", "CL:1"], ["CL:1"]):
        found = chosen(members, pd.concat([rna_tracks(), sites], ignore_index=True))
        assert found["SPLICE_SITES.genes"] == [0, 1]
    assert chosen(["gtex:Liver"], sites) == {"SPLICE_SITES.genes": [0, 1]}
    # But a track whose biosample has no term is that of a biosample.
    with pytest.raises(InputError, match="no SPLICE_SITES track 'CL:1'"):
        chosen(["CL:1"], sites.assign(biosample="K562"))


def test_another_tissue_shares_no_track_with_the_sets_that_it_controls():
    tracks = rna_tracks()
    tracks["track"] = [f"t{place}" for place in range(len(tracks))]
    sites = pd.DataFrame({"position": [0], "output": "SPLICE_SITES.genes"})
    tracks = pd.concat([tracks, sites.reindex(columns=TRACKS.names)], ignore_index=True)
    # Tracks of no biosample are in both.
    check_apart(tracks, ["gtex:Liver", "CL:1"], "liver", {"blood": ["UBERON:1"]})
    # Members differ, but UBERON:1 has the DNASE track of both.
    blood = {"a": ["gtex:Liver", "CL:1"], "blood": ["gtex:Whole_Blood", "UBERON:1"]}
    with pytest.raises(InputError) as caught:
        check_apart(
            tracks, ["UBERON:2", "UBERON:1"], "liver", {"tissue.q": ["CL:1"]} | blood
        )
    assert str(caught.value) == (
        "key 'mismatched_track_set': 1 of the 4 tracks of key 'track_sets.liver' are also"
        " in key 'track_sets.a', such as RNA_SEQ track 't2'; choose tracks of another"
        " tissue"
    )
    with pytest.raises(
        InputError, match="in column 'tissue' of the sheet, row of data"
    ):
        check_apart(tracks, ["CL:1"], "liver", {"tissue.q": ["CL:1"]})
