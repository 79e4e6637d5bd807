import numpy as np
import pytest
from endobench.stats import mixture
from endobench.stats.mixture import FEWEST, opposite_share


def draw(rho, n=4_000, seed=1, unrelated=0.0):
    rng = np.random.default_rng(seed)
    score = rng.normal(size=n)
    rho = np.where(rng.random(n) < unrelated, 0, rho)
    return rho * score + np.sqrt(1 - rho**2) * rng.normal(size=n), score


def flip(effect, share, seed=2):
    is_flipped = np.random.default_rng(seed).random(len(effect)) < share
    return np.where(is_flipped, -effect, effect)


@pytest.mark.parametrize("share", [0.1, 0.2, 0.4])
@pytest.mark.parametrize("rho", [0.5, 0.8])
def test_the_share_of_flipped_signs_is_estimated(share, rho):
    effect, score = draw(rho)
    found = opposite_share(flip(effect, share), score)
    assert found.share == pytest.approx(share, abs=0.06)
    assert 0 <= found.low < share
    # Weak agreement leaves few opposite signs to be seen.
    assert found.low > 0 or rho < 0.8


@pytest.mark.parametrize("unrelated", [0, 0.3, 0.7])
@pytest.mark.parametrize("rho", [0, 0.2, 0.5, 0.9])
def test_weak_agreement_and_unrelated_pairs_have_no_flipped_signs(rho, unrelated):
    assert opposite_share(*draw(rho, unrelated=unrelated)).low == 0


@pytest.mark.parametrize("share", [0, 0.03, 0.3])
@pytest.mark.parametrize("rho", [0, 0.2, 0.8])
def test_shares_that_are_left_early_decide_nothing(monkeypatch, rho, share):
    effect, score = draw(rho, n=2_000)
    found = opposite_share(flip(effect, share), score)
    monkeypatch.setattr(mixture, "_STEPS_OF_CHECK", mixture._N_STEPS + 1)
    assert opposite_share(flip(effect, share), score) == found


@pytest.mark.parametrize(("sign", "share"), [(1, 0), (-1, 0.5)])
@pytest.mark.parametrize("rho", [0.98, 0.9999])
def test_signs_that_nearly_all_agree_have_finite_fits(rho, sign, share):
    effect, score = draw(rho)
    assert opposite_share(sign * effect, score).share == share


def test_units_and_heavy_tails_change_nothing():
    effect, score = draw(0.6)
    effect = flip(effect, 0.2)
    expected = opposite_share(effect, score)
    assert opposite_share(effect**3, np.sinh(score) * 100) == expected


def test_the_order_of_pairs_and_the_allele_change_nothing():
    effect, score = draw(0.6)
    effect = flip(effect, 0.2)
    order = np.random.default_rng(3).permutation(len(effect))
    expected = opposite_share(effect, score)
    assert opposite_share(effect[order], score[order]) == expected
    assert opposite_share(-effect, -score) == expected


def test_few_large_pairs_are_not_described():
    effect, score = draw(0.5, n=FEWEST)
    assert opposite_share(effect, score) is None
    assert opposite_share(np.zeros(0), np.zeros(0)) is None
