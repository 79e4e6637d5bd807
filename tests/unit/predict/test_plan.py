import pandas as pd
import pytest
from endobench.core.columns import BUDGET
from endobench.predict.plan import (
    assumed_call_s,
    in_words,
    note,
    seconds_per_variant,
    unchecked_in_words,
)


def budget_of(*rows):
    """Make a budget of (chrom, route, variants, remembered, calls, seconds)."""
    columns = ["chrom", "route", "n_variants", "n_remembered", "n_calls", "expected_s"]
    frame = pd.DataFrame(rows, columns=columns).assign(
        scoring="1048576bp", model="standin"
    )
    frame["n_to_ask"] = frame["n_variants"] - frame["n_remembered"]
    return frame[BUDGET.names]


@pytest.fixture
def budget():
    return budget_of(
        ("chr1", "atlas", 9_000, 8_000, 1_010, 20.0),
        ("chr1", "model", 500, 0, 1_000, 3_600.0),
        ("chr2", "atlas", 4_000, 3_000, 1_000, 19.6),
        ("chr2", "model", 0, 0, 0, 0.0),
    )


def test_all_chromosomes_and_routes_are_summed_up(budget):
    assert in_words(budget) == (
        "1048576bp: 13,500 unique variants, 11,000 remembered, 2,500 to request (2,000"
        " from the Atlas, 500 from the model), 3,010 calls, about 1:00:40 with one job at"
        " a time (1.2 s per call of standin)"
    )


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.00335, "0.0034"),
        (0.0875, "0.087"),
        (12, "12"),
        (120, "120"),
        (7_680, "7,680"),
    ],
)
def test_the_pace_is_easy_to_read(seconds, words):
    rows = budget_of(("chr1", "model", 10, 0, 10, 10 * seconds))
    assert f"({words} s per call of standin)" in in_words(rows)


def test_the_order_of_rows_does_not_matter(budget):
    assert in_words(budget[::-1]) == in_words(budget)


def test_a_long_run_is_given_in_days():
    budget = budget_of(("chr1", "model", 300_000, 0, 300_000, 300_000.0))
    assert "about 3 days, 11:20:00" in in_words(budget)


def test_no_call_is_needed_if_all_answers_are_known():
    budget = budget_of(
        ("chr1", "model", 2_000, 2_000, 0, 0.0), ("chr2", "model", 0, 0, 0, 0.0)
    )
    words = in_words(budget, max_requests=0)
    assert words == "1048576bp: all 2,000 variants are remembered, no call is needed"


def test_a_limit_is_mentioned_only_if_it_ends_the_run(budget):
    assert in_words(budget, 3_010) == in_words(budget)
    words = in_words(budget, 3_009)
    assert words == in_words(budget) + "; the run will stop after max_requests 3,009"


def test_the_last_recorded_pace_is_read(tmp_path):
    path = tmp_path / "model" / "atlas-16384bp.seconds"
    for seconds in (2.5, 0.014):
        note(path, seconds)
        assert seconds_per_variant(path, 9) == pytest.approx(seconds)
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_a_pace_is_assumed_before_one_is_recorded(tmp_path):
    assert seconds_per_variant(tmp_path / "nothing", 0.5) == 0.5


def test_the_pace_that_is_assumed_is_that_of_the_service():
    hosted_s = assumed_call_s("alphagenome")
    assert hosted_s == assumed_call_s("address")
    # Calls of the hosted service are in flight together; those of others wait.
    assert assumed_call_s("alphagenome", concurrency=8) == pytest.approx(hosted_s / 8)
    for service in ("standin", "weights"):
        one, many = (assumed_call_s(service, concurrency=n) for n in (1, 8))
        assert one == many > 0
    # The demonstration ends in seconds: 3,872 variants took 13 s.
    assert 3_872 * assumed_call_s("standin") < 60
    assert assumed_call_s("standin") < hosted_s / 50


def test_the_pace_of_the_open_model_is_that_of_its_device():
    gpu_s = assumed_call_s("weights", "gpu", window_bp=1_048_576)
    cpu_s = [assumed_call_s("weights", "cpu", window_bp=n) for n in (2_048, 16_384)]
    # Measured: 90 to 150 s. Shorter windows are padded.
    assert cpu_s[0] == cpu_s[1] > 90 > 10 * gpu_s
    assert assumed_call_s("weights", "cpu", window_bp=1_048_576) >= 64 * cpu_s[1]


@pytest.mark.parametrize("damaged", [b"", b"\n", b"\0\0\0", b"fast", b"\xff\xfe1.0"])
def test_a_damaged_file_counts_as_missing(tmp_path, damaged):
    path = tmp_path / "model.seconds"
    path.write_bytes(damaged)
    assert seconds_per_variant(path, 0.5) == 0.5


def test_remembered_answers_that_are_requested_again_are_calls():
    budget = budget_of(("chr1", "model", 2_000, 2_000, 100, 30.0))
    assert in_words(budget) == (
        "1048576bp: all 2,000 variants are remembered, 100 calls request some again"
    )


def test_unchecked_answers_are_told_with_the_command():
    words = unchecked_in_words("1048576bp", 3_872)
    assert words.startswith("1048576bp: 3,872 of the remembered answers")
    assert words.endswith("--config 'prediction={recheck: 100}' -R predict")
