import itertools
import re

import pytest
from endobench.design.benchmark_names import (
    PRIMARY_MODEL,
    base_of,
    by_model,
    is_step,
    model_in,
    name_of,
    settings_of,
    window_of,
    without_model,
)
from endobench.design.protocol import (
    Protocol,
    pattern_of,
    protocols_by,
    protocols_of,
    scorers_of,
)
from endobench.design.scorers import (
    STUDY_SCORER,
    WINDOWS_BP,
    is_answerable,
    is_study,
    sends_bases,
    unstudied,
)

SCORERS = ["DNASE-501-DIFF_LOG2_SUM", "ATAC-501-DIFF_MEAN"]
SETS = ["K562", "all"]
MODEL = {
    "service": "alphagenome",
    "protocol": ["corrected", "published"],
    "scorer": SCORERS[:1],
    "window_bp": [16_384],
    "study_window_bp": [2_048],
    "track_set": SETS[:1],
    "track_sets": {"K562": {"tracks": ["EFO:0002067"]}, "a.b": {"tracks": "all"}},
    "datasets": [{"name": "a", "ladder": False}, {"name": "b", "ladder": False}],
}
SEVERAL = {**MODEL, "scorer": SCORERS, "track_set": SETS}
TABLE = {**SEVERAL, "service": "table"}
ON_A_LADDER = [{"name": "a", "ladder": False}, {"name": "b", "ladder": True}]
LADDERS = [
    {**config, "datasets": ON_A_LADDER}
    for config in (MODEL, SEVERAL, TABLE, {**MODEL, "track_set": ["all"]})
]


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
        "corrected.DNASE-501-DIFF_LOG2_SUM.16384bp.all",
        "corrected.ATAC-501-DIFF_MEAN.16384bp.K562",
        "corrected.ATAC-501-DIFF_MEAN.16384bp.all",
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
    wide = protocols_of({**SEVERAL, "window_bp": [1_048_576]})
    assert wide["corrected"].scoring == "1048576bp"
    assert wide["published"] == protocols_of(SEVERAL)["published"]


def test_every_window_meets_every_scorer_and_set_once():
    windows = [16_384, 2_048, 131_072]
    found = protocols_of({**SEVERAL, "window_bp": windows, "study_window_bp": windows})
    corrected = [each for name, each in found.items() if each.correct]
    choices = [(each.scorer, each.window_bp, each.track_set) for each in corrected]
    assert choices == list(itertools.product(SCORERS, windows, SETS))
    published = [name for name, each in found.items() if not each.correct]
    assert published == [
        "published",
        "published.study-mean.2048bp.all",
        "published.study-mean.131072bp.all",
    ]
    assert len({each.scoring for each in found.values()}) == 6


@pytest.mark.parametrize("config", [SEVERAL, {**SEVERAL, "window_bp": [2_048, 16_384]}])
def test_any_combination_is_known_by_its_name_and_a_listed_one_is_what_it_says(config):
    found = protocols_of(config)
    pattern = re.compile(pattern_of(config))
    for scorer, window_bp, track_set in itertools.product(
        SCORERS, [2_048, 131_072], [*SETS, "a.b"]
    ):
        name = name_of("corrected", scorer, window_bp, track_set)
        assert pattern.fullmatch(name)
        assert settings_of(name) == (scorer, window_bp, track_set)
        assert settings_of(by_model(name, "mine")) == settings_of(name)
        protocol = found[name]
        assert (protocol.scorer, protocol.window_bp) == (scorer, window_bp)
        assert (protocol.track_set, protocol.prepared) == (track_set, "corrected")
        assert protocol.correct
    # Asking does not list.
    assert list(found) == list(protocols_of(config))
    for name, protocol in found.items():
        assert pattern.fullmatch(name)
        if name.count(".") > 1:
            assert type(found)()[name] == protocol


def test_a_tissues_tracks_are_known_where_the_config_names_them():
    name = name_of("corrected", SCORERS[0], 131_072, "tissue")
    assert not re.fullmatch(pattern_of(SEVERAL), name)
    asked = {**SEVERAL, "track_set": ["K562", "tissue"]}
    assert re.fullmatch(pattern_of(asked), name)


def test_other_names_are_no_benchmarks():
    pattern = re.compile(pattern_of(SEVERAL))
    for name in (
        "corrected.ATAC-501-DIFF_MEAN.16384bp.HepG2",
        "corrected.ATAC-501-DIFF_MEAN.1000bp.K562",
        "corrected.CAGE-501-DIFF_MEAN.16384bp.K562",
        "published.ATAC-501-DIFF_MEAN.2048bp.all",
        "correctedx",
        "ladder.mask",
    ):
        assert not pattern.fullmatch(name)
    only_table = re.compile(pattern_of(TABLE))
    assert only_table.fullmatch("corrected")
    assert not only_table.fullmatch("corrected.ATAC-501-DIFF_MEAN.16384bp.K562")


def test_a_scorings_name_says_its_window_and_whether_bases_are_sent():
    for protocol in protocols_of({**SEVERAL, "window_bp": [2_048, 16_384]}).values():
        assert window_of(protocol.scoring) == protocol.window_bp
        assert is_study(protocol.scoring) == is_study(protocol.scorer)
        is_short = protocol.window_bp == 2_048
        assert sends_bases(protocol.scorer, protocol.window_bp) == is_short
    assert sends_bases(STUDY_SCORER, 131_072)


def test_a_table_of_scores_has_one_scoring_and_one_track():
    found = protocols_of(TABLE)
    assert list(found) == ["corrected", "published"]
    for name, protocol in found.items():
        assert (protocol.scoring, protocol.track_set) == ("table", "scores")
        assert protocol.window_bp == 0
        assert protocol.effect_column == protocols_of(MODEL)[name].effect_column


def steps_of(config):
    """Return the protocols of a ladder in order, with both its ends."""
    found = protocols_of(config)
    steps = {name: each for name, each in found.items() if is_step(name)}
    return {"published": found["published"], **steps, "corrected": found["corrected"]}


@pytest.mark.parametrize("config", [MODEL, SEVERAL, TABLE])
def test_steps_exist_only_where_a_dataset_asks_for_them_and_change_nothing_else(config):
    found = protocols_of(config)
    assert not any(map(is_step, found))
    laddered = protocols_of({**config, "datasets": ON_A_LADDER})
    assert list(laddered)[: len(found)] == list(found)
    assert all(laddered[name] == protocol for name, protocol in found.items())
    assert all(map(is_step, list(laddered)[len(found) :]))


def test_the_steps_are_the_faults_of_the_study_in_order():
    names = [name for name in protocols_of(LADDERS[0]) if is_step(name)]
    assert names == ["ladder.column", "ladder.build", "ladder.tracks", "ladder.mask"]


@pytest.mark.parametrize("config", LADDERS[:3])
def test_each_step_differs_from_the_one_before_in_exactly_one_choice(config):
    steps = list(steps_of(config).values())
    choices = [name for name in Protocol._fields if name != "prepared"]
    for before, after in itertools.pairwise(steps[:-1]):
        changed = [
            name for name in choices if getattr(before, name) != getattr(after, name)
        ]
        assert len(changed) == 1


@pytest.mark.parametrize("config", LADDERS)
def test_no_step_takes_a_change_back(config):
    *steps, corrected = steps_of(config).values()
    for name in ("effect_column", "lift", "track_set"):
        values = [getattr(step, name) for step in steps]
        # Once as it is at the end, it stays so.
        is_changed = [value == getattr(corrected, name) for value in values]
        assert is_changed == sorted(is_changed)
        assert is_changed[-1]
    # REF is checked, and the genome given as flanks, by the corrected protocol alone.
    assert not any(step.correct for step in steps)
    assert unstudied(steps[-1].scorer) == corrected.scorer


@pytest.mark.parametrize("config", LADDERS)
def test_a_step_is_prepared_anew_only_where_effects_or_peaks_change(config):
    steps = steps_of(config)
    del steps["corrected"]
    for (_, before), (name, after) in itertools.pairwise(steps.items()):
        is_same = (before.effect_column, before.lift) == (
            after.effect_column,
            after.lift,
        )
        assert after.prepared == (before.prepared if is_same else name)


def test_all_steps_share_the_calls_of_the_published_protocol():
    for config in LADDERS:
        *steps, _ = steps_of(config).values()
        assert len({step.scoring for step in steps}) == 1


def test_a_table_of_scores_has_no_steps_for_tracks_and_mask():
    names = [name for name in protocols_of(LADDERS[2]) if is_step(name)]
    assert names == ["ladder.column", "ladder.build"]


@pytest.mark.parametrize(
    "chip", ["CHIP_TF-501-DIFF_MEAN", "CHIP_HISTONE-2001-DIFF_SUM"]
)
def test_bins_of_chip_have_no_answer_where_sequences_are_sent(chip):
    config = {**SEVERAL, "scorer": [*SCORERS, chip]}
    pattern = re.compile(pattern_of(config))
    for scorer, window_bp in itertools.product(config["scorer"], WINDOWS_BP):
        has_answer = scorer != chip or window_bp > 2_048
        assert is_answerable(scorer, window_bp) == has_answer
        name = name_of("corrected", scorer, window_bp, "K562")
        assert (pattern.fullmatch(name) is not None) == has_answer
    # Nor have they among the study's sequences, however long.
    assert not is_answerable(f"study-{chip}", 16_384)
    assert is_answerable(f"study-{SCORERS[1]}", 2_048)
    assert is_answerable(STUDY_SCORER, 2_048)


def test_names_of_every_dataset_are_known():
    own = {"name": "b", "ladder": False, "scorer": ["RNA_SEQ"], "window_bp": [131_072]}
    config = {**MODEL, "protocol": ["corrected"]}
    config["datasets"] = [*MODEL["datasets"][:1], own | {"protocol": ["published"]}]
    assert scorers_of(config) == [*SCORERS[:1], "RNA_SEQ"]
    pattern = re.compile(pattern_of(config))
    for name in ("corrected", "published", "corrected.RNA_SEQ.1048576bp.K562"):
        assert pattern.fullmatch(name)


@pytest.mark.parametrize("name", ["published", "ladder.column", "corrected.mine"])
def test_a_protocol_that_is_not_run_is_unknown(name):
    own = {"name": "a", "ladder": False, "protocol": ["corrected"]}
    with pytest.raises(KeyError, match=name):
        protocols_of(LADDERS[0], own)[name]


def test_a_further_model_has_names_of_its_own_and_the_same_inputs():
    protocols = protocols_of({**SEVERAL, "protocol": ["corrected"]})
    found = protocols_by("FOLD_0", protocols)
    assert list(found) == [f"{name}@FOLD_0" for name in protocols]
    for name, each in found.items():
        first = protocols[without_model(name)]
        assert each._replace(model=PRIMARY_MODEL) == first
        assert (each.prepared, base_of(name)) == (first.prepared, "corrected")
        assert each.scoring == by_model(first.scoring, "FOLD_0")
        assert window_of(each.scoring) == first.window_bp
        assert (model_in(name), model_in(first.scoring)) == ("FOLD_0", PRIMARY_MODEL)


def test_a_benchmark_of_a_further_model_is_not_made_on_request():
    with pytest.raises(KeyError):
        protocols_of(SEVERAL)["corrected.DNASE-501-DIFF_MEAN.16384bp.K562@FOLD_0"]
