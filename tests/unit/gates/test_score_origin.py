import numpy as np
import pandas as pd
import pytest
from alarms import alarms_of
from endobench.core.columns import TRACKS
from endobench.gates.score_origin import (
    score_model,
    score_provenance,
    standin_scores,
    track_count,
)
from endobench.gates.scores import Expected

K562 = "EFO:0002067"
SCORER = "DNASE-501-DIFF_LOG2_SUM"
MODEL = "alphagenome/default/0123456789ab"


@pytest.fixture
def tracks():
    curies = [K562, *(f"CL:{number:07}" for number in range(304))]
    frame = pd.DataFrame({"ontology_curie": curies, "output": "DNASE"})
    frame = pd.concat([frame, frame.assign(output="ATAC")], ignore_index=True)
    return frame.assign(biosample=frame["ontology_curie"]).reindex(columns=TRACKS.names)


def scores_of(model=MODEL, route="model", n_tracks=1, n=40):
    return pd.DataFrame(
        {"model": [model] * n, "route": route, "n_tracks": float(n_tracks)}
    )


@pytest.mark.parametrize(
    ("service", "model", "expected"),
    [
        ("alphagenome", MODEL, set()),
        ("address", MODEL, set()),
        ("address", "address/mine/FOLD_0/0123", set()),
        ("weights", "weights/mine/default/0123", set()),
        ("weights", "weights/default/0123", set()),
        ("standin", "standin/default/0123", set()),
        ("table", "table/mine", set()),
        ("table", "assay/dsqtl", set()),
        ("standin", MODEL, {"score_model"}),
        ("table", MODEL, {"score_model"}),
        ("address", "standin/default/0123", {"score_model", "standin_scores"}),
    ],
)
def test_a_model_is_known_by_its_name(service, model, expected):
    scores = scores_of(model)
    measured = {
        "score_model": score_model(scores, service),
        "standin_scores": standin_scores(scores, service),
    }
    assert alarms_of(measured) == dict.fromkeys(expected, "fail")


def test_scores_record_their_model_and_their_route():
    scores = scores_of()
    assert score_provenance(scores).value == 0
    scores.loc[:9, "model"] = None
    scores.loc[30:, "route"] = ""
    assert score_provenance(scores).value == 0.5
    assert np.isnan(score_provenance(scores[:0]).value)


@pytest.mark.parametrize(
    ("curies", "n_tracks", "distance"),
    [
        ([K562], 1, 0),
        ([K562, "CL:0000007"], 2, 0),
        ([K562, "CL:0000007"], 1, 1),
        ("all", 305, 0),
        ("all", 1, 304),
    ],
)
def test_tracks_are_counted_in_the_scorers_output(tracks, curies, n_tracks, distance):
    asked = Expected("alphagenome", curies, SCORER)
    assert track_count(scores_of(n_tracks=n_tracks), tracks, asked).value == distance


def test_a_table_of_scores_names_no_tracks():
    asked = Expected("table", "all", "table")
    found = track_count(scores_of("table/mine", n_tracks=np.nan), None, asked)
    assert np.isnan(found.value)


def test_a_member_of_the_set_may_have_tracks_of_another_output_only(tracks):
    expression = tracks.iloc[:2].assign(
        output="RNA_SEQ.genes", ontology_curie="UBERON:1", gtex_tissue=["Liver", "Lung"]
    )
    both = pd.concat([tracks, expression], ignore_index=True)
    for scorer in (SCORER, "RNA_SEQ"):
        asked = Expected("alphagenome", [K562, "gtex:Liver"], scorer)
        found = track_count(scores_of(), both, asked)
        assert found.value == 0 and found.n == 1
