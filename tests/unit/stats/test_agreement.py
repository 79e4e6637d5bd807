import warnings

import numpy as np
import pytest
import scipy.stats
import sklearn.metrics
from endobench.stats import ranks
from endobench.stats.agreement import Signed, Unsigned
from hypothesis import given
from hypothesis import strategies as st

VALUE = st.integers(-4, 4).map(lambda number: number / 2)
N_BLOCKS = 4
ROW = st.tuples(VALUE, VALUE, st.integers(0, N_BLOCKS - 1))
ROWS = st.lists(ROW, min_size=0, max_size=25)
COUNTS = st.lists(st.integers(0, 3), min_size=N_BLOCKS, max_size=N_BLOCKS)


@pytest.fixture(
    scope="module", params=[0, np.inf], ids=["compiled", "numpy"], autouse=True
)
def patience(request):
    """Compute resamples both ways."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ranks, "PATIENCE", request.param)
        yield


def vectors(rows):
    effect, score, block = np.array(rows, dtype=float).reshape(-1, 3).T
    return effect, score, block.astype(int)


def repeated(rows, counts):
    return [row for row in rows for _ in range(counts[row[2]])]


def area(is_positive, score):
    if len(score) < 4 or len(set(is_positive.tolist())) < 2:
        return np.nan, np.nan
    return (
        sklearn.metrics.roc_auc_score(is_positive, score),
        sklearn.metrics.average_precision_score(is_positive, score),
    )


def signed_by_libraries(effect, score):
    values = np.full(4, np.nan)
    if len(effect) >= 4 and np.ptp(effect) > 0 and np.ptp(score) > 0:
        values[0] = scipy.stats.spearmanr(effect, score).statistic
        values[1] = scipy.stats.pearsonr(effect, score).statistic
    is_signed = (effect != 0) & (score != 0)
    if is_signed.sum() >= 4:
        values[2] = ((effect * score)[is_signed] > 0).mean()
    values[3] = area(effect[effect != 0] > 0, score[effect != 0])[0]
    return values


@given(rows=ROWS, counts=COUNTS, null=VALUE)
def test_a_resample_has_the_libraries_values_on_repeated_rows(rows, counts, null):
    effect, score, _ = vectors(repeated(rows, counts))
    found = Signed(*vectors(rows), N_BLOCKS, null)(counts)
    assert found == pytest.approx(
        signed_by_libraries(effect - null, score), abs=1e-12, nan_ok=True
    )


@given(rows=ROWS, counts=COUNTS)
def test_an_unsigned_resample_has_the_libraries_values_on_repeated_rows(rows, counts):
    effect, score, _ = vectors(repeated(rows, counts))
    target, all_scores, block = vectors(rows)
    found = Unsigned(target > 0, all_scores, block, N_BLOCKS)(counts)
    assert found == pytest.approx(area(effect > 0, score), abs=1e-12, nan_ok=True)


@given(rows=ROWS)
def test_estimates_are_the_libraries_and_those_of_each_block_once(rows):
    effect, score, block = vectors(rows)
    for statistic, expected in (
        (Signed(effect, score, block, N_BLOCKS), signed_by_libraries(effect, score)),
        (Unsigned(effect > 0, score, block, N_BLOCKS), area(effect > 0, score)),
    ):
        assert statistic.estimate() == pytest.approx(expected, nan_ok=True)
        once = statistic(np.ones(N_BLOCKS))
        assert once == pytest.approx(expected, abs=1e-12, nan_ok=True)


def sample(n=400, seed=1):
    generator = np.random.default_rng(seed)
    score = generator.normal(size=n)
    effect = 0.4 * score + generator.normal(size=n)
    return effect, score, generator.integers(0, 20, n)


def test_swapping_alleles_keeps_sign_agreement_and_hardly_changes_the_rest():
    effect, score, block = sample()
    sign = np.where(np.random.default_rng(2).random(len(effect)) < 0.5, -1, 1)
    first = Signed(effect, score, block, 20).estimate()
    swapped = Signed(sign * effect, sign * score, block, 20).estimate()
    assert swapped[2] == first[2]
    assert swapped == pytest.approx(first, abs=0.08)
    reverse = Signed(effect, -score, block, 20).estimate()
    assert reverse == pytest.approx([-first[0], -first[1], *(1 - first[2:])])


def test_the_order_of_rows_does_not_matter():
    effect, score, block = sample()
    order = np.random.default_rng(3).permutation(len(effect))
    counts = np.random.default_rng(4).integers(0, 4, 20)
    for make in (Signed, lambda effect, *rest: Unsigned(effect > 1, *rest)):
        first = make(effect, score, block, 20)(counts)
        assert make(effect[order], score[order], block[order], 20)(
            counts
        ) == pytest.approx(first)


def test_a_call_does_not_change_an_earlier_result():
    statistic = Signed(*sample(), 20)
    first = statistic(np.ones(20))
    kept = first.copy()
    statistic(np.arange(20))
    assert (first == kept).all()


def test_the_analytic_interval_is_the_published_one():
    effect, score, block = sample(100)
    frame = Signed(effect, score, block, 20).analytic().set_index("metric")
    assert (frame["n"] == 100).all()
    rho = frame.loc["spearman", "value"]
    half = 1.959964 * np.sqrt((1 + rho**2 / 2) / 97)
    assert frame.loc["spearman", ["ci_low", "ci_high"]].tolist() == pytest.approx(
        np.tanh(np.arctanh(rho) + np.array([-half, half]))
    )


def test_the_interval_of_the_average_precision_is_boyds():
    effect, score, block = sample(100)
    statistic = Unsigned(effect > 1, score, block, 20)
    area = statistic.analytic().set_index("metric").loc["auprc"]
    value, n = area["value"], (effect > 1).sum()
    assert statistic.prevalence == n / 100
    logit = np.log(value / (1 - value))
    half = 1.959964 / np.sqrt(n * value * (1 - value))
    assert area[["ci_low", "ci_high"]].tolist() == pytest.approx(
        1 / (1 + np.exp(-(logit + np.array([-half, half]))))
    )


@pytest.mark.parametrize(
    ("effect", "score"),
    [([], []), ([1, 2, 3], [1, 2, 3]), ([0] * 5, range(5)), ([0] * 5, [0] * 5)],
)
def test_undefined_values_are_missing_without_a_warning(effect, score):
    block = np.zeros(len(effect), int)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        statistic = Signed(effect, score, block, 1)
        assert np.isnan(statistic([1])).all()
        assert statistic.analytic().drop(columns=["metric", "n"]).isna().all(axis=None)
        statistic = Unsigned(np.array(effect) > 9, score, block, 1)
        assert np.isnan(statistic([1])).all()
        assert statistic.analytic().drop(columns=["metric", "n"]).isna().all(axis=None)


@pytest.mark.parametrize("sign", [-1, 1])
@pytest.mark.parametrize("n", [4, 5, 6, 11])
def test_a_perfect_correlation_has_no_interval(n, sign):
    # Rounding may leave such a correlation just below 1.
    effect = np.random.default_rng(n).normal(size=n)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        frame = Signed(effect, sign * effect, np.zeros(n, int), 1).analytic()
    rows = frame.set_index("metric").loc[["spearman", "pearson"]]
    assert (rows["value"] == sign).all()
    assert rows[["ci_low", "ci_high"]].isna().all(axis=None)


def test_effects_whose_squares_are_zero_have_the_correlation_of_larger_ones():
    effect, score, block = sample()
    tiny = Signed(effect * 1e-300, score * 1e-300, block, 20)(np.ones(20))
    assert tiny == pytest.approx(Signed(effect, score, block, 20)(np.ones(20)))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"effect": [1, np.nan]}, "effect nan in row 1 is not finite"),
        ({"score": [np.inf, 1]}, "score inf in row 0 is not finite"),
        ({"score": [1, 2, 3]}, "must be vectors of one length"),
        ({"block": [0, 2]}, "blocks must be codes from 0 to 1, got 0 to 2"),
    ],
)
def test_invalid_input_is_named(change, message):
    given = {"effect": [1, 2], "score": [1, 2], "block": [0, 1], **change}
    with pytest.raises(ValueError, match=message):
        Signed(**given, n_blocks=2)


@pytest.mark.parametrize("decimals", [9, 1])
def test_many_resamples_at_once_have_the_libraries_values(decimals):
    effect, score, block = sample()
    effect, score = effect.round(decimals), score.round(decimals)
    counts = np.random.default_rng(5).integers(0, 4, (7, 20))
    for statistic, expected in (
        (Signed(effect, score, block, 20), signed_by_libraries),
        (Unsigned(effect > 1, score, block, 20), lambda x, y: area(x > 1, y)),
    ):
        found = statistic(counts)
        for row, each in zip(found, counts, strict=True):
            rows = np.repeat(np.arange(len(block)), each[block])
            # Sums of some hundred rounded products.
            assert row == pytest.approx(expected(effect[rows], score[rows]), rel=1e-12)


def test_large_data_is_computed_by_numpy_first_and_compiled_later(monkeypatch):
    effect, score, block = sample(2000)
    counts = np.random.default_rng(5).integers(0, 4, (8, 20))
    expected = [Signed(effect, score, block, 20)(each) for each in counts]
    monkeypatch.setattr(ranks, "PATIENCE", 1.5 * 8 * 2000)
    monkeypatch.setattr(ranks, "_done", 0)
    statistic = Signed(effect, score, block, 20)
    before, after = statistic(counts), statistic(counts)
    assert ranks._done > ranks.PATIENCE
    # Ranks are summed exactly; the other sums are the same.
    assert (before == after).all()
    assert (before == expected).all()


def test_no_blocks_have_no_values():
    for statistic in (Signed([], [], [], 0), Unsigned([], [], [], 0)):
        assert np.isnan(statistic(np.ones((3, 0)))).all()
        assert np.isnan(statistic([])).all()
