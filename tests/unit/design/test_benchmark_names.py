import pytest
from endobench.design.benchmark_names import (
    PRIMARY_MODEL,
    base_of,
    by_model,
    is_step,
    model_in,
    name_of,
    name_of_step,
    settings_of,
    window_of,
    without_model,
)

SETTINGS = ("CHIP_TF-501-DIFF_MEAN", 131_072, "a.b")
NAMES = ["corrected", "published", "ladder.mask", name_of("corrected", *SETTINGS)]


def test_a_name_gives_back_what_it_was_made_of():
    name = name_of("corrected", *SETTINGS)
    assert (base_of(name), settings_of(name)) == ("corrected", SETTINGS)


@pytest.mark.parametrize("name", NAMES[:3])
def test_the_first_benchmark_of_a_protocol_and_a_step_name_no_settings(name):
    assert settings_of(name) is None


@pytest.mark.parametrize("name", NAMES)
def test_a_model_in_a_name_changes_nothing_else_that_is_read_from_it(name):
    other = by_model(name, "FOLD_0")
    assert (without_model(other), model_in(other)) == (name, "FOLD_0")
    assert (base_of(other), settings_of(other)) == (base_of(name), settings_of(name))
    assert is_step(other) == is_step(name)
    assert by_model(name, PRIMARY_MODEL) == name
    assert model_in(name) == PRIMARY_MODEL


def test_only_steps_are_steps():
    assert is_step(name_of_step("mask"))
    assert [name for name in NAMES if is_step(name)] == ["ladder.mask"]


@pytest.mark.parametrize("scoring", ["16384bp", "study-mean-16384bp", "16384bp@mine"])
def test_the_window_of_a_scoring_is_in_its_name(scoring):
    assert window_of(scoring) == 16_384
