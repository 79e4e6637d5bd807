import math
import pathlib

import pytest
import yaml
from endobench.config.schema import read_yaml
from endobench.design.explanations import (
    CONTRADICTED,
    EXPLANATIONS,
    NAMES,
    STEPS,
    SUPPORTED,
    TESTS,
    UNDECIDED,
    Rule,
    named_test,
)

SCHEMA = pathlib.Path(__file__).parents[3] / "config/schemas/config.schema.yaml"
KEYS = read_yaml(SCHEMA)["properties"]


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.1, 0.3, SUPPORTED),
        (0.01, 0.3, SUPPORTED),
        (-0.01, 0.3, UNDECIDED),
        (-0.01, 0.04, CONTRADICTED),
        # Not zero, but too small to explain anything.
        (0.01, 0.04, CONTRADICTED),
        (-0.4, -0.3, CONTRADICTED),
        (0.0, 0.05, UNDECIDED),
        (math.nan, math.nan, UNDECIDED),
    ],
)
def test_a_rule_judges_an_interval_and_its_mirror(low, high, expected):
    assert Rule().judge(low, high) == expected
    assert Rule(is_above=False).judge(-high, -low) == expected
    assert Rule(null=1.0).judge(1 + low, 1 + high) == expected


def test_a_rule_without_a_least_difference_decides_on_both_sides_of_its_bound():
    rule = Rule(null=0.5, least=0.0, is_above=False)
    assert rule.judge(0.1, 0.4) == SUPPORTED
    assert rule.judge(0.6, 0.7) == CONTRADICTED
    assert rule.judge(0.4, 0.6) == UNDECIDED
    assert (
        rule.words == "supported: interval below 0.5; contradicted: interval above 0.5"
    )
    assert Rule().words == (
        "supported: interval above 0; contradicted: interval below 0.05"
    )


def test_each_explanation_has_one_primary_test():
    primary = [test.explanation for test in TESTS if test.is_primary]
    assert primary == [*NAMES] == [each.name for each in EXPLANATIONS]
    assert {test.explanation for test in TESTS} == set(NAMES)
    assert set(STEPS.values()) <= set(NAMES)
    assert [named_test(test.name) for test in TESTS] == [*TESTS]


@pytest.mark.parametrize("test", TESTS, ids=lambda test: test.name)
def test_a_test_says_what_would_make_it_in_keys_of_the_config(test):
    assert test.config or test.needs
    for line in test.config:
        for key in yaml.safe_load(line.format(dataset="demo", window_bp=131_072)):
            assert key in KEYS
