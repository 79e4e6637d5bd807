from collections import Counter

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from alarms import alarms_of
from endobench.core.columns import PAIRS
from endobench.gates.effect_tables.selection import missing_leads, one_sign

N = 400
ALL = Counter({"AG": 200, "CT": 150, "AT": 50})


def leads(n_missing):
    """Return the smallest p values of features, some of which lack their lead."""
    p_value = np.full(N, 1e-6)
    p_value[:n_missing] = 1e-5
    return pa.table(
        {
            "feature_id": [f"g{place}" for place in range(N)],
            "p_value": p_value,
            "feature_min_p": np.full(N, 1e-6),
        }
    )


def test_a_table_that_was_truncated_lacks_leads():
    found = missing_leads(leads(32), 440, ALL)
    assert found.value == 0.08
    assert alarms_of({"missing_leads": found}) == {"missing_leads": "fail"}


@pytest.mark.parametrize(
    ("n_missing", "n_variants", "changes", "words", "expected"),
    [
        (32, 400, ALL, "no insertions or deletions", {}),
        (100, 440, Counter({"AG": 400}), "no A/T and C/G substitutions", {}),
        (140, 400, Counter({"AG": 400}), "deletions, and no A/T", {}),
        # More than such variants lead.
        (80, 400, ALL, "no insertions", {"missing_leads": "fail"}),
    ],
)
def test_a_filtered_table_lacks_the_leads_of_its_filter(
    n_missing, n_variants, changes, words, expected
):
    found = missing_leads(leads(n_missing), n_variants, changes)
    assert words in found.evidence
    assert alarms_of({"missing_leads": found}) == expected


def test_a_few_variants_may_lack_a_kind_by_chance():
    found = missing_leads(leads(32), 100, Counter({"AG": 100}))
    assert found.value == 0.08


def pairs_of(effect, raw):
    ids = [f"chr1_{place}_A_G_b38" for place in range(len(effect))]
    frame = pd.DataFrame({"variant_id": ids, "effect": effect, "raw": raw})
    return frame.assign(unit="slope").reindex(columns=PAIRS.names)


@pytest.fixture
def pairs():
    rng = np.random.default_rng(1)
    effect = rng.normal(size=N)
    return pairs_of(effect, effect + 0.5 * rng.normal(size=N))


@pytest.mark.parametrize("sign", [1, -1])
def test_scores_follow_effects_that_were_chosen_by_their_sign(pairs, sign):
    chosen = pairs[sign * pairs["effect"] > 0]
    found = one_sign(chosen)
    assert found.value > 0.8
    assert alarms_of({"one_sign": found}) == {}
    # A few of the other sign do not matter.
    others = pairs[sign * pairs["effect"] < 0].head(5)
    assert one_sign(pd.concat([chosen, others])).value > 0.8


def test_scores_do_not_follow_absolute_values(pairs):
    found = one_sign(pairs.assign(effect=pairs["effect"].abs()))
    assert found.value < 0.5
    assert alarms_of({"one_sign": found}) == {"one_sign": "fail"}
    assert "400 of 400 effects are positive" in found.evidence


def test_the_sign_is_that_against_the_null(pairs):
    chosen = pairs[pairs["effect"] > 0]
    shifted = chosen.assign(effect=chosen["effect"] + 0.5)
    assert one_sign(shifted, 0.5) == one_sign(chosen)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda pairs: pairs, "both signs"),
        (lambda pairs: pairs.assign(effect=1.0, unit="p_value"), "of this unit"),
    ],
)
def test_other_effects_may_have_any_sign(pairs, change, words):
    found = one_sign(change(pairs))
    assert found.value == 1
    assert words in found.evidence


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda pairs: pairs.assign(effect=1.0)[:20], "at least 30"),
        (lambda pairs: pairs.assign(effect=1.0, raw=np.nan), "with a large score"),
    ],
)
def test_few_pairs_are_not_checked(pairs, change, words):
    found = one_sign(change(pairs))
    assert np.isnan(found.value)
    assert words in found.evidence
