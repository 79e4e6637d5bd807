"""Ten other demonstrations: no gate on scores raises an alarm, and leaks are caught."""

import numpy as np
import pytest
from alarms import alarms_of
from endobench.design.protocol import ALL
from endobench.gates.scores import Expected, measure
from gauntlet import alter_leaks as by
from seeded import FORMATS, SCORER, seeded_pairs

SEEDS = range(1, 11)
ASKED = Expected("standin", ALL, SCORER)
LEAKS = {
    "half the effect": by.leaked(0.3),
    "half the mean effect": by.leaked(0.3, of="mean"),
    "half of the variants": by.leaked(0.3, 0.5),
    "half of the variants, on the scale of scores": by.leaked(
        0.3, 0.5, is_matched=True
    ),
    "the sign": by.signed(1),
    "the lead's score": by.in_ld_groups(),
}


@pytest.fixture(scope="module", params=SEEDS)
def pairs(request, tmp_path_factory):
    return seeded_pairs(request.param, tmp_path_factory.mktemp("seed"))


def alarms(pairs):
    return alarms_of(measure(pairs, None, ASKED, None))


@pytest.mark.parametrize("name", FORMATS)
def test_scores_of_a_model_raise_no_alarm(pairs, name):
    assert alarms(pairs[name]) == {}


@pytest.mark.parametrize("name", LEAKS)
def test_a_leak_is_caught(pairs, name):
    leaked = LEAKS[name](pairs["pairs"], np.random.default_rng(1))
    assert alarms(leaked)["linked_agreement"] == "fail"
