"""Each metric of a resample has the value of scipy or scikit-learn on repeated rows."""

import numpy as np
import pytest
import scipy.stats
import sklearn.metrics
from endobench.design.metrics import NAMES, names_of
from endobench.design.tasks import SIGNED, UNSIGNED
from endobench.stats import analytic, metrics, ranks
from endobench.stats.agreement import Signed, Unsigned

RNG = np.random.default_rng(3)
N, N_BLOCKS = 60, 12
EFFECT = np.round(RNG.normal(size=N), 1)
SCORE = np.round(EFFECT + RNG.normal(size=N), 1)
BLOCK = RNG.integers(N_BLOCKS, size=N)
COUNTS = RNG.integers(3, size=N_BLOCKS)


@pytest.fixture(
    scope="module", params=[0, np.inf], ids=["compiled", "numpy"], autouse=True
)
def patience(request):
    """Compute resamples both ways."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ranks, "PATIENCE", request.param)
        yield


def sign_agreement(effect, score):
    is_signed = (effect != 0) & (score != 0)
    return np.mean((effect > 0)[is_signed] == (score > 0)[is_signed])


def sign_auroc(effect, score):
    return sklearn.metrics.roc_auc_score((effect > 0)[effect != 0], score[effect != 0])


EXPECTED = {
    "spearman": lambda x, y: scipy.stats.spearmanr(x, y)[0],
    "pearson": lambda x, y: scipy.stats.pearsonr(x, y)[0],
    "sign_agreement": sign_agreement,
    "sign_auroc": sign_auroc,
    "auroc": lambda x, y: sklearn.metrics.roc_auc_score(x > 0, y),
    "auprc": lambda x, y: sklearn.metrics.average_precision_score(x > 0, y),
}


def statistic_of(name):
    if name in names_of(SIGNED):
        return Signed(EFFECT, SCORE, BLOCK, N_BLOCKS)
    return Unsigned(EFFECT > 0, SCORE, BLOCK, N_BLOCKS)


@pytest.mark.parametrize("name", NAMES)
def test_a_resample_has_the_value_of_its_repeated_rows(name):
    rows = np.repeat(np.arange(N), COUNTS[BLOCK])
    statistic = statistic_of(name)
    found = statistic(COUNTS)[statistic.NAMES.index(name)]
    assert found == pytest.approx(EXPECTED[name](EFFECT[rows], SCORE[rows]))


@pytest.mark.parametrize("name", NAMES)
def test_a_metric_without_a_formula_has_a_value_and_no_analytic_interval(
    name, monkeypatch
):
    expected = statistic_of(name).analytic().set_index("metric").loc[name]
    monkeypatch.delattr(analytic, name)
    found = statistic_of(name).analytic().set_index("metric").loc[name]
    assert found["value"] == pytest.approx(expected["value"])
    assert np.isnan(found[["ci_low", "ci_high"]].astype(float)).all()


@pytest.mark.parametrize("task", [SIGNED, UNSIGNED])
def test_a_function_sees_the_pairs_of_its_resample(task, monkeypatch):
    name = names_of(task)[0]
    monkeypatch.setattr(
        metrics, name, lambda resample: COUNTS[resample.pairs.block].sum()
    )
    assert statistic_of(name)(COUNTS)[0] == COUNTS[BLOCK].sum()
