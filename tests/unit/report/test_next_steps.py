from types import SimpleNamespace

import pytest
from drawings import REAL, STANDIN
from endobench.design.explanations import NOT_TESTED, SUPPORTED
from endobench.report.next_steps import next_steps

KEY = ("demo", "corrected")


def answer(name, config=(), verdict=NOT_TESTED, is_by_primary=True):
    return SimpleNamespace(
        name=name, config=list(config), verdict=verdict, is_by_primary=is_by_primary
    )


def steps(model=REAL, is_reportable="yes", config=(), is_simulated=False, others=()):
    finding = SimpleNamespace(
        model=model, is_reportable=is_reportable, why="gate build fails"
    )
    answers = [answer(name, lines) for name, lines in zip("abcd", config, strict=False)]
    explained = [SimpleNamespace(dataset="demo", answers=answers)] if config else []
    if others:
        explained.append(SimpleNamespace(dataset="other", answers=list(others)))
    return next_steps({KEY: finding}, explained, is_simulated)


def test_every_step_has_a_command():
    found = steps(STANDIN, "no", [["rank_tracks: true"]], is_simulated=True)
    assert len(found) == 5
    assert all(each.commands and each.what.endswith(".") for each in found)


def test_a_stand_in_leads_to_the_service_and_a_model_does_not():
    assert any("make check-service" in each.commands for each in steps(STANDIN))
    assert not any("make check-service" in each.commands for each in steps())


def test_what_is_not_reportable_is_corrected():
    assert any("gate build fails" in each.what for each in steps(is_reportable="no"))
    assert not any("gate build fails" in each.what for each in steps())


def test_tests_left_out_are_named_with_their_lines():
    config = [["window_bp: [1, 2]"], ["rank_tracks: true"], []]
    [step] = [each for each in steps(config=config) if each.is_config]
    assert step.commands == ["window_bp: [1, 2]", "rank_tracks: true"]
    assert "for demo (a, b):" in step.what and "datasets" not in step.what
    assert not any(each.is_config for each in steps())


def test_a_test_whose_lines_contradict_others_waits_for_the_next_run():
    config = [
        ["scorer: X", "window_bp: 3"],
        ["window_bp: [1, 3]"],
        ["scorer: X", "c: d"],
    ]
    [step] = [each for each in steps(config=config) if each.is_config]
    assert step.commands == ["scorer: X", "window_bp: 3", "c: d"]
    assert "(a, c):" in step.what


@pytest.mark.parametrize(
    ("made", "is_left_out"),
    [
        (answer("a", verdict=SUPPORTED), False),
        (answer("a", verdict=SUPPORTED, is_by_primary=False), True),
        (answer("a"), True),
    ],
)
def test_a_test_that_another_dataset_makes_is_not_left_out(made, is_left_out):
    found = steps(config=[["window_bp: 3"]], others=[made])
    assert any(each.is_config for each in found) == is_left_out


def test_lines_of_a_dataset_do_not_replace_the_others():
    config = [["protocol: x", "datasets: [{name: demo, ladder: true}]"]]
    [step] = [each for each in steps(config=config) if each.is_config]
    assert "'datasets' is added to the entry of that name" in step.what
