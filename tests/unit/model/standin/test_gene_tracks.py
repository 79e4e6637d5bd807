import numpy as np
import pytest
from alphagenome.models.v1 import (
    junction_data_utils,
    track_data_utils,
    variant_scoring_utils,
)
from alphagenome.protos.v1 import dna_model_pb2
from endobench.genome.motifs import MOTIFS
from endobench.model.standin.gene_tracks import SAMPLES, TRACKS, WEIGHTS, merged


def listed(output):
    made = [track.metadata("standin 123") for track in TRACKS[output]]
    return track_data_utils.metadata_from_proto(
        dna_model_pb2.TracksMetadata(metadata=made)
    )


@pytest.mark.parametrize("output", TRACKS)
def test_merged_tracks_are_those_of_the_client(output):
    tracks = listed(output)
    theirs = variant_scoring_utils.merge_stranded_track_metadata(tracks)
    for places in merged(TRACKS[output]).values():
        assert [TRACKS[output][place].name for place in places] == [*theirs["name"]]


def test_expression_has_pairs_of_strands_namesakes_and_tracks_of_gtex():
    tracks = listed("RNA_SEQ")
    by_name = tracks.groupby("name")["strand"].agg("".join)
    assert set(by_name) == {"+-", "+-.", "."}
    assert "".join(tracks["strand"]) == "".join(
        sorted(tracks["strand"], key="+-.".index)
    )
    gtex = tracks[tracks["gtex_tissue"] != ""]
    assert {"Whole_Blood", "Liver"} < set(gtex["gtex_tissue"])
    assert set(gtex["strand"]) == {"."} and gtex["gtex_tissue"].is_unique
    named = gtex["ontology_curie"] + " gtex " + gtex["gtex_tissue"]
    assert gtex["name"].tolist() == [f"{each} polyA plus RNA-seq" for each in named]
    # Its terms are also those of other samples.
    others = tracks.loc[tracks["gtex_tissue"] == "", "ontology_curie"]
    assert gtex["ontology_curie"].isin(others).any()
    assert tracks["data_source"].str.startswith("standin").all()
    assert set(tracks["Assay title"]) == {"polyA plus RNA-seq", "total RNA-seq"}


def test_splice_sites_belong_to_no_sample_and_junctions_to_no_strand():
    assert [*listed("SPLICE_SITES")["name"]] == ["donor", "acceptor"] * 2
    made = [
        track.junction_metadata("standin 1") for track in TRACKS["SPLICE_JUNCTIONS"]
    ]
    junctions = junction_data_utils.metadata_from_proto(
        dna_model_pb2.JunctionsMetadata(metadata=made)
    )
    assert junctions["name"].is_unique
    assert {"Whole_Blood", "Liver"} < set(junctions["gtex_tissue"])
    usage = listed("SPLICE_SITE_USAGE")
    assert usage["name"].str.startswith("usage_").all()
    assert (usage["strand"] == "+").sum() == (usage["strand"] == "-").sum()


def test_weights_are_exact_and_differ_between_samples():
    assert WEIGHTS.shape == (len(MOTIFS), len(SAMPLES))
    assert not (WEIGHTS * 4 % 1).any()
    assert len(np.unique(WEIGHTS, axis=1).T) == len(SAMPLES)
