from endobench.evaluate.conditions.outcome import (
    BUILT_IN,
    POSITIVE,
    DeclaredControl,
    Outcome,
)


def test_a_config_need_not_declare_a_control():
    assert DeclaredControl() == (None, None, "")


def test_an_outcome_may_have_no_row():
    assert Outcome("sham", "pass", "found none").row is None


def test_a_positive_control_is_not_built_in():
    assert POSITIVE not in BUILT_IN
    assert len(set(BUILT_IN)) == len(BUILT_IN)
