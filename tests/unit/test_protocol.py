import itertools

import pytest
from endobench.protocol import STUDY_SCORER, output_of, protocols_of

SCORERS = ["DNASE-501-DIFF_LOG2_SUM", "ATAC-501-DIFF_MEAN"]
SETS = ["K562", "all"]
MODEL = {
    "service": "alphagenome",
    "protocol": ["corrected", "published"],
    "scorer": SCORERS[:1],
    "window_bp": 16_384,
    "track_set": SETS[:1],
}
SEVERAL = {**MODEL, "scorer": SCORERS, "track_set": SETS}
TABLE = {**SEVERAL, "service": "table"}


def test_the_corrected_protocol_follows_the_config():
    protocol = protocols_of(MODEL)["corrected"]
    assert (protocol.effect_column, protocol.lift, protocol.correct) == (
        "effect",
        True,
        True,
    )
    assert (protocol.scorer, protocol.window_bp) == (SCORERS[0], 16_384)
    assert protocol.track_set == "K562"
    assert protocol.scoring == "16384bp"


@pytest.mark.parametrize("config", [MODEL, SEVERAL])
def test_the_published_protocol_is_the_studys_whatever_the_config(config):
    protocol = protocols_of(config)["published"]
    assert (protocol.effect_column, protocol.lift, protocol.correct) == (
        "p_value",
        False,
        False,
    )
    assert protocol.track_set == "all"
    assert protocol.scoring == "study-mean-2048bp"


def test_one_scorer_and_one_set_are_one_benchmark_a_protocol():
    assert list(protocols_of(MODEL)) == ["corrected", "published"]
    reversed_ = {**MODEL, "protocol": ["published", "corrected"]}
    assert list(protocols_of(reversed_)) == ["published", "corrected"]
    assert list(protocols_of({**MODEL, "protocol": ["published"]})) == ["published"]


def test_every_scorer_meets_every_set_of_tracks_once_and_the_first_is_corrected():
    found = protocols_of(SEVERAL)
    assert list(found) == [
        "corrected",
        "corrected.DNASE-501-DIFF_LOG2_SUM.all",
        "corrected.ATAC-501-DIFF_MEAN.K562",
        "corrected.ATAC-501-DIFF_MEAN.all",
        "published",
    ]
    del found["published"]
    pairs = [(each.scorer, each.track_set) for each in found.values()]
    assert pairs == list(itertools.product(SCORERS, SETS))
    assert found["corrected"] == protocols_of(MODEL)["corrected"]


def test_further_benchmarks_share_the_first_ones_preparation_and_predictions():
    found = protocols_of(SEVERAL)
    published = found.pop("published")
    assert {each.prepared for each in found.values()} == {"corrected"}
    assert {each.scoring for each in found.values()} == {"16384bp"}
    assert published.prepared == "published"


def test_another_window_is_another_scoring():
    wide = protocols_of({**SEVERAL, "window_bp": 1_048_576})
    assert wide["corrected"].scoring == "1048576bp"
    assert wide["published"] == protocols_of(SEVERAL)["published"]


def test_a_table_of_scores_has_one_scoring_and_one_track():
    found = protocols_of(TABLE)
    assert list(found) == ["corrected", "published"]
    for name, protocol in found.items():
        assert (protocol.scoring, protocol.track_set) == ("table", "scores")
        assert protocol.window_bp == 0
        assert protocol.effect_column == protocols_of(MODEL)[name].effect_column


@pytest.mark.parametrize(
    ("scorer", "output"),
    [
        (SCORERS[0], "DNASE"),
        ("CHIP_TF-501-DIFF_MEAN", "CHIP_TF"),
        (STUDY_SCORER, "DNASE"),
    ],
)
def test_a_scorer_reads_one_output(scorer, output):
    assert output_of(scorer) == output
