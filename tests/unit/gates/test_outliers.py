import numpy as np
import pandas as pd
import pytest
from endobench.core.columns import PAIRS
from endobench.gates.outliers import effect_decimals, score_codes, score_decimals

N = 1_000


def variants(decimals=None):
    """Scores and effects of 1,000 variants, of which each has a gene of its own."""
    rng = np.random.default_rng(1)
    raw, effect = 0.1 * rng.standard_t(3, N), rng.normal(0, 0.4, N)
    frame = pd.DataFrame(
        {
            "variant_id": [f"chr{1 + i % 4}_{100 * i + 1}_A_G_b38" for i in range(N)],
            "feature_id": [f"gene{i}" for i in range(N)],
            "raw": raw if decimals is None else raw.round(decimals),
            "effect": effect if decimals is None else effect.round(decimals),
        }
    )
    return frame.reindex(columns=PAIRS.names)


def filled(is_missing, value, frame):
    return frame.assign(raw=np.where(is_missing, value, frame["raw"]))


@pytest.mark.parametrize("code", [-9.0, 999.0])
@pytest.mark.parametrize(("n_coded", "expected"), [(3, 0.003), (2, 0)])
def test_a_code_for_missing_scores_stands_apart(code, n_coded, expected):
    frame = variants()
    frame["raw"] = frame["raw"].clip(-2, 2)
    found = score_codes(filled(np.arange(N) < n_coded, code, frame))
    assert (found.value, found.n) == (expected, N)
    assert (f"3 of 1,000 variants have the score {code:.5g}" in found.evidence) == (
        expected > 0
    )


def test_a_code_stands_apart_also_where_alleles_were_exchanged():
    frame = filled(np.arange(N) < 2, 999.0, variants())
    frame = filled(np.arange(N) == 5, -999.0, frame)
    assert score_codes(frame).value == 0.003


def test_clipped_scores_and_those_of_one_variant_are_no_codes():
    frame = variants()
    clipped = frame.assign(raw=frame["raw"].clip(-0.3, 0.3))
    assert score_codes(clipped).value == 0
    assert score_codes(frame.assign(raw=0.0)).value == 0
    # The same score of several genes of a variant.
    one = frame.assign(
        variant_id=frame["variant_id"].where(frame.index > 3, "chr1_1_A_G")
    )
    assert score_codes(filled(np.arange(N) < 3, 99.0, one)).value == 0
    assert np.isnan(score_codes(frame[:10]).value)


DECIMALS = [(score_decimals, "raw"), (effect_decimals, "effect")]


@pytest.mark.parametrize(("measure", "name"), DECIMALS)
@pytest.mark.parametrize("decimals", [3, 4, 6])
@pytest.mark.parametrize("share", [0.01, 0.03, 0.3, 0.8])
def test_lost_decimal_points_are_seen(measure, name, decimals, share):
    frame = variants(decimals)
    is_lost = np.random.default_rng(2).random(N) < share
    lost = frame.assign(**{name: frame[name].mask(is_lost, 10**decimals * frame[name])})
    lost[name] = lost[name].where(~is_lost, lost[name].round())
    found = measure(lost)
    assert 0.6 * is_lost.mean() < found.value <= is_lost.mean()
    assert "those with decimals are up to" in found.evidence


@pytest.mark.parametrize(("measure", "name"), DECIMALS)
def test_codes_that_differ_are_seen(measure, name):
    codes = variants()[name].where(np.arange(N) % 100 > 0, 900.0 + np.arange(N))
    assert measure(variants().assign(**{name: codes})).value == 0.01


@pytest.mark.parametrize(("measure", "name"), DECIMALS)
@pytest.mark.parametrize(
    "values",
    [
        lambda rng: rng.standard_cauchy(N),
        lambda rng: np.exp(3 * rng.normal(size=N)),
        # Three significant digits.
        lambda rng: [float(f"{each:.3g}") for each in np.exp(2 * rng.normal(size=N))],
        lambda rng: rng.poisson(5, N).astype(float),
        # Log ratios of counts.
        lambda rng: np.log2((1 + rng.poisson(3, N)) / (1 + rng.poisson(3, N))),
        lambda rng: np.where(rng.random(N) < 0.95, 0, rng.normal(size=N)),
        lambda rng: np.zeros(N),
    ],
)
def test_honest_numbers_are_not_far_from_others(measure, name, values):
    frame = variants().assign(**{name: values(np.random.default_rng(3))})
    assert measure(frame).value == 0


@pytest.mark.parametrize(("measure", "name"), DECIMALS)
def test_few_values_are_not_checked(measure, name):
    assert np.isnan(measure(variants()[:10]).value)
