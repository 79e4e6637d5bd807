import pytest
from endobench.predict.call_budget import LimitReached
from endobench.predict.calls import Calls

PREDICTION = {
    "concurrency": 4,
    "attempts": 3,
    "deadline_s": 30,
    "connect_timeout_s": 10,
    "max_requests": 5,
}


def calls(folder, **changes):
    prediction = PREDICTION | {"journal": str(folder)} | changes
    return Calls.of_config({"prediction": prediction, "tls_ca": "ca.pem"})


def test_calls_are_those_of_the_config(tmp_path):
    found = calls(tmp_path)
    assert (found.concurrency, found.attempts, found.deadline_s) == (4, 3, 30)
    assert found.tls_ca == "ca.pem"


def test_an_unknown_key_of_the_config_is_an_error(tmp_path):
    with pytest.raises(TypeError, match="unknown"):
        calls(tmp_path, unknown=1)


def test_jobs_of_a_run_share_its_budget_and_runs_do_not(tmp_path):
    first, second = (calls(tmp_path).call_budget("one") for _ in range(2))
    for budget in (first, second, first, second, first):
        budget.spend()
    with pytest.raises(LimitReached):
        second.spend()
    calls(tmp_path).call_budget("other").spend()
