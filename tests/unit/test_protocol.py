import pytest
from endobench.protocol import protocol_named

MODEL = {
    "service": "alphagenome",
    "scorer": "DNASE-501-DIFF_LOG2_SUM",
    "window_bp": 16_384,
    "track_set": "K562",
}
TABLE = {**MODEL, "service": "table"}


def test_the_corrected_protocol_follows_the_config():
    protocol = protocol_named("corrected", MODEL)
    assert (protocol.effect_column, protocol.lift, protocol.correct) == (
        "effect",
        True,
        True,
    )
    assert (protocol.scorer, protocol.window_bp) == ("DNASE-501-DIFF_LOG2_SUM", 16_384)
    assert protocol.track_set == "K562"
    assert protocol.scoring == "DNASE-501-DIFF_LOG2_SUM-16384bp"


def test_the_published_protocol_is_the_studys_whatever_the_config():
    protocol = protocol_named("published", MODEL)
    assert (protocol.effect_column, protocol.lift, protocol.correct) == (
        "p_value",
        False,
        False,
    )
    assert protocol.track_set == "all"
    assert protocol.scoring == "study-mean-2048bp"


@pytest.mark.parametrize("name", ["corrected", "published"])
def test_a_table_of_scores_has_one_scoring_and_one_track(name):
    protocol = protocol_named(name, TABLE)
    assert (protocol.scoring, protocol.track_set) == ("table", "scores")
    assert protocol.window_bp == 0
    assert protocol.effect_column == protocol_named(name, MODEL).effect_column
