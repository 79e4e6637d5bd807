"""Ten other demonstrations: no gate on scores raises an alarm, and leaks are caught."""

import numpy as np
import pandas as pd
import pytest
from alarms import alarms_of
from endobench.design.protocol import ALL
from endobench.gates.scores import Beside, Expected, measure, measure_parts
from gauntlet import alter_leaks as by
from seeded import FORMATS, SCORER, seeded_pairs

SEEDS = range(1, 11)
NAMES = list(FORMATS)
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


def of_parts(pairs, others):
    """Measure the gates on parts, with the effects of the other dataset as the control."""
    scored = {"stage": "kept", "reason": "scored pairs", "n_pairs": len(pairs)}
    waterfall = pd.DataFrame([scored])
    value = others.drop_duplicates("variant_id").set_index("variant_id")["effect"]
    control = pairs.assign(raw=pairs["variant_id"].astype(object).map(value))
    beside = Beside(waterfall, control.dropna(subset="raw"))
    return alarms_of(measure_parts(pairs, beside)[0])


@pytest.mark.parametrize("name", FORMATS)
def test_scores_of_a_model_raise_no_alarm(pairs, name):
    assert alarms(pairs[name]) == {}


@pytest.mark.parametrize(("name", "other"), [NAMES, NAMES[::-1]])
def test_parts_runs_and_scales_raise_no_alarm(pairs, name, other):
    assert of_parts(pairs[name], pairs[other]) == {}


@pytest.mark.parametrize("name", LEAKS)
def test_a_leak_is_caught(pairs, name):
    leaked = LEAKS[name](pairs["pairs"], np.random.default_rng(1))
    assert alarms(leaked)["linked_agreement"] == "fail"
