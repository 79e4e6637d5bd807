import concurrent.futures
import multiprocessing
import tempfile

import pytest
from endobench.core.errors import InputError
from endobench.predict.call_budget import CallBudget, LimitReached
from hypothesis import given
from hypothesis import strategies as st
from spending import LIMITS, N_JOBS, run_job, spend_until_refused


@pytest.mark.services
def test_processes_and_their_threads_meet_a_limit_together(tmp_path):
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(N_JOBS, mp_context=context) as pool:
        taken = list(pool.map(run_job, [tmp_path] * N_JOBS, range(N_JOBS)))
    by_limit = dict(zip(LIMITS, map(sum, zip(*taken, strict=True)), strict=True))
    large = by_limit.pop(2_345)
    assert by_limit == {limit: limit for limit in LIMITS[:-1]}
    assert 2_345 - N_JOBS * 3 <= large <= 2_345


@pytest.mark.parametrize("limit, n_taken", [(10, 10), (11, 10), (1_999, 1_998)])
def test_questions_of_two_calls_stop_before_the_limit(tmp_path, limit, n_taken):
    assert spend_until_refused(tmp_path, limit, n_calls=2) == n_taken


@given(
    limit=st.sampled_from([0, 1, 2, 3, 5, 20, 1_999, 2_001]),
    spends=st.lists(st.tuples(st.integers(0, 2), st.integers(1, 3)), max_size=40),
)
def test_no_order_of_spending_exceeds_a_limit(limit, spends):
    with tempfile.TemporaryDirectory() as folder:
        jobs = [CallBudget(folder, limit) for _ in range(3)]
        n_taken = 0
        for job, n_calls in spends:
            try:
                jobs[job].spend(n_calls)
                n_taken += n_calls
            except LimitReached:
                continue
        assert n_taken <= limit
        n_taken += spend_until_refused(folder, limit)
        # A job that ends leaves the rest of its claim unused.
        assert limit - 3 * 5 <= n_taken <= limit


def test_a_later_job_of_the_run_takes_what_is_left(tmp_path):
    first = CallBudget(tmp_path, 5)
    for _ in range(3):
        first.spend()
    assert spend_until_refused(tmp_path, 5) == 2
    with pytest.raises(LimitReached):
        first.spend()


def test_another_run_has_its_own_budget(tmp_path):
    assert spend_until_refused(tmp_path / "one", 20) == 20
    assert spend_until_refused(tmp_path / "two", 20) == 20


def test_without_a_limit_nothing_is_counted(tmp_path):
    assert spend_until_refused(tmp_path / "run", None, stop_after=2_000) >= 2_000
    assert not (tmp_path / "run").exists()


def test_a_limit_of_zero_is_named(tmp_path):
    with pytest.raises(InputError, match="prediction.max_requests 0 is reached"):
        CallBudget(tmp_path, 0).spend()
