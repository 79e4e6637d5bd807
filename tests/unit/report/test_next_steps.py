from types import SimpleNamespace

from drawings import REAL, STANDIN
from endobench.report.next_steps import next_steps

KEY = ("demo", "corrected")


def steps(model=REAL, is_reportable="yes", config=(), is_simulated=False):
    finding = SimpleNamespace(
        model=model, is_reportable=is_reportable, why="gate build fails"
    )
    answers = [SimpleNamespace(config=list(each)) for each in config]
    explained = [SimpleNamespace(dataset="demo", answers=answers)] if config else []
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


def test_tests_left_out_are_made_by_lines_that_name_each_key_once():
    config = [["window_bp: [1, 2]", "rank_tracks: true"], ["window_bp: [1, 3]"]]
    [step] = [each for each in steps(config=config) if each.is_config]
    assert step.commands == ["window_bp: [1, 2]", "rank_tracks: true"]
    assert not any(each.is_config for each in steps())
