import numpy as np
import pandas as pd
import pytest
from alarms import alarms_of
from endobench.gates.score_agreement import above_ceiling, orientation


def pairs_of(score_of, n=600):
    """Return one pair for each feature; a function gives the scores of its effects."""
    rng = np.random.default_rng(7)
    effect = rng.normal(size=n)
    return pd.DataFrame(
        {
            "variant_id": [f"chr1_{place}_A_G_b38" for place in range(1, n + 1)],
            "feature_id": [f"gene{place}" for place in range(n)],
            "effect": effect,
            "effect_se": 0.5,
            "unit": "slope",
            "p_value": rng.uniform(0, 1e-4, n),
            "raw": score_of(effect, rng.normal(size=n)),
        }
    )


def weak(effect, noise):
    return 0.4 * effect + noise


def copied(effect, noise):
    return effect + 0.01 * noise


def test_without_standard_errors_there_is_no_ceiling_to_be_above():
    assert alarms_of({"above_ceiling": above_ceiling(pairs_of(weak))}) == {}
    known = pairs_of(copied)
    found = above_ceiling(known)
    assert alarms_of({"above_ceiling": found}) == {"above_ceiling": "fail"}
    # Two assays may agree as well, and such tables often have no standard errors.
    found = above_ceiling(known.assign(effect_se=np.nan))
    assert np.isnan(found.value) and "no standard errors" in found.evidence


def test_effects_that_vary_less_than_their_errors_have_no_ceiling():
    found = above_ceiling(pairs_of(weak).assign(effect_se=3.0))
    assert np.isnan(found.value) and "less than their standard errors" in found.evidence


def test_scores_of_exchanged_alleles_are_turned():
    pairs = pairs_of(weak)
    turned = pairs.assign(raw=-pairs["raw"])
    for frame, expected in ((pairs, {}), (turned, {"orientation": "fail"})):
        assert alarms_of({"orientation": orientation(frame, True)}) == expected
    rho = pairs["effect"].corr(pairs["raw"], method="spearman")
    assert f"Spearman {rho:.3f}" in orientation(pairs, True).evidence
    found = orientation(turned, False)
    assert found.evidence == "the source does not state the effect allele"
    found = orientation(turned, True, has_signed_scores=False)
    assert found.evidence == "the scores have no sign"


@pytest.mark.parametrize("gate", [above_ceiling, lambda rows: orientation(rows, True)])
def test_what_does_not_vary_has_no_agreement(gate):
    pairs = pairs_of(weak)
    assert "do not vary" in gate(pairs.assign(raw=0.1)).evidence
    assert "at least 30 needed" in gate(pairs.head(10)).evidence
