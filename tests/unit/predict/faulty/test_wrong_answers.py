import contextlib

import grpc
import liars
import numpy as np
import pytest
from asking import SCORER, remembered, run
from endobench.core.errors import InputError
from liars import (
    ABOUT_SCORES,
    Liar,
    an_output_too_many,
    late_by_one,
    of_another_output,
    of_values,
    without_numbers,
)
from servers import serving, substitutions

pytestmark = pytest.mark.services

N = 20


@pytest.fixture(scope="module")
def rows(genome):
    return substitutions(genome[1], range(9_000, 9_000 + N))


@pytest.fixture(scope="module")
def honest(genome, rows, tmp_path_factory):
    with serving(genome[0]) as (_, address):
        return run(rows, address, tmp_path_factory.mktemp("honest")).answers


def assert_same(one, other):
    assert one.keys() == other.keys()
    for key, answer in one.items():
        assert np.array_equal(answer.raw, other[key].raw)
        assert np.array_equal(answer.quantile, other[key].quantile)


@pytest.mark.parametrize("lie", ABOUT_SCORES)
def test_a_wrong_answer_is_tried_again_and_not_remembered(
    genome, rows, honest, tmp_path, lie
):
    lies = {"lie": ABOUT_SCORES[lie], "is_lying": {2, 7}.__contains__}
    with serving(genome[0], Liar, **lies) as (service, address):
        outcome = run(rows, address, tmp_path)
        assert len(service.journal) == N + 2
    assert outcome.failures.empty
    assert_same(outcome.answers, honest)


@pytest.mark.parametrize("lie", ABOUT_SCORES)
def test_wrong_answers_end_the_run_with_what_was_asked_and_what_came(
    genome, rows, tmp_path, lie
):
    # Failed variants are allowed: it is the server that fails.
    with serving(genome[0], Liar, lie=ABOUT_SCORES[lie]) as (service, address):
        with pytest.raises(InputError, match="wrong answer in 3 attempts") as caught:
            run(rows, address, tmp_path, attempts=3, max_failures=N)
        assert len(service.journal) <= 3 * 3 * 4
    message = str(caught.value)
    assert "\n" not in message
    assert any(each in message for each in rows["variant_id"])
    assert remembered(rows, tmp_path) == {}


@pytest.mark.parametrize("concurrency", [1, 4])
def test_an_answer_that_is_late_by_one_request_is_taken_for_no_other_variant(
    genome, rows, honest, tmp_path, concurrency
):
    with serving(genome[0], Liar, lie=late_by_one) as (service, address):
        # If the question is repeated next, its answer has arrived.
        with contextlib.suppress(InputError):
            run(rows, address, tmp_path, concurrency=concurrency)
        # With several calls in flight, the run may end before all have been asked.
        assert len(service.journal) > (N if concurrency == 1 else 6)
    kept = remembered(rows, tmp_path)
    assert len(kept) == N or concurrency > 1
    assert_same(kept, {key: honest[key] for key in kept})


def of_unknown_tracks(responses, _):
    """Answer with seven tracks that the model does not list."""
    [tracks] = list(liars.metadata_of(responses))
    del tracks[-1]
    for track in tracks:
        track.name = f"{track.name} of another output"
    return responses


@pytest.mark.parametrize(
    "lie", [of_another_output, an_output_too_many, of_unknown_tracks]
)
def test_an_output_that_nobody_asked_for_is_told_at_once(genome, rows, tmp_path, lie):
    with serving(genome[0], Liar, lie=lie) as (service, address):
        with pytest.raises(InputError, match="which nobody asked for") as caught:
            run(rows, address, tmp_path, attempts=12)
        # One attempt of each call in flight, and of those begun meanwhile.
        assert len(service.journal) <= 3 * 4
    assert "\n" not in str(caught.value)
    assert remembered(rows, tmp_path) == {}


def test_quantiles_that_are_missing_now_and_then_are_asked_for_again(
    genome, rows, honest, tmp_path
):
    lies = {"lie": of_values(lambda v: v[:1]), "is_lying": lambda n: n % 3 == 1}
    with serving(genome[0], Liar, **lies) as (service, address):
        outcome = run(rows, address, tmp_path, concurrency=1)
        assert len(service.journal) == N + N // 2
    assert_same(outcome.answers, honest)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("tracks", [slice(None), [3]])
def test_what_is_not_a_number_is_tried_again(
    genome, rows, honest, tmp_path, value, tracks
):
    lies = {"lie": without_numbers(tracks, value), "is_lying": {5, 6}.__contains__}
    with serving(genome[0], Liar, **lies) as (service, address):
        outcome = run(rows, address, tmp_path, concurrency=1)
        assert len(service.journal) == N + 2
    assert_same(outcome.answers, honest)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_track_that_stays_without_a_value_costs_the_track_and_not_the_variant(
    genome, rows, honest, tmp_path, caplog, value
):
    with serving(genome[0], Liar, lie=without_numbers([3], value)) as (
        service,
        address,
    ):
        outcome = run(rows, address, tmp_path, concurrency=1)
        # A track that has no value for three variants is not paid for again.
        assert len(service.journal) == N + 3 * 2
    assert outcome.failures.empty and outcome.n_answered == N
    others = np.arange(8) != 3
    for key, answer in outcome.answers.items():
        assert np.isnan(answer.raw[3])
        assert np.array_equal(answer.raw[others], honest[key].raw[others])
    assert f"track 3 has no value for {N} variants" in caplog.text


def test_quantiles_without_a_number_cost_no_score_and_few_lines(
    genome, rows, honest, tmp_path, caplog
):
    lie = of_values(lambda values: values * [[[1]], [[np.nan]]])
    with serving(genome[0], Liar, lie=lie) as (service, address):
        outcome = run(rows, address, tmp_path, concurrency=1)
        assert len(service.journal) == N + 3 * 2
    for key, answer in outcome.answers.items():
        assert np.array_equal(answer.raw, honest[key].raw)
        assert np.isnan(answer.quantile).all()
    assert caplog.text.count(f"has no quantile for {N} variants") == 5
    assert "3 more tracks have no quantile" in caplog.text
    assert "no value" not in caplog.text


def test_a_variant_without_any_value_is_a_failure(genome, rows, tmp_path):
    lies = {"lie": without_numbers(slice(None)), "is_lying": {0, 1, 2}.__contains__}
    with serving(genome[0], Liar, **lies) as (_, address):
        outcome = run(rows, address, tmp_path, concurrency=1, max_failures=1)
    assert outcome.failures["variant_id"].tolist() == [rows["variant_id"].iloc[0]]
    assert "finite number" in outcome.failures["message"].iloc[0]
    assert outcome.failures["attempts"].tolist() == [3]
    assert len(outcome.answers) == N - 1


def test_wrong_answers_among_other_faults_are_survived(genome, rows, honest, tmp_path):
    lie = ABOUT_SCORES["another position"]
    faults = {9: grpc.StatusCode.UNAVAILABLE, 10: grpc.StatusCode.INTERNAL, 11: "cut"}
    options = {"lie": lie, "is_lying": lambda number: number % 5 == 1, "faults": faults}
    with serving(genome[0], Liar, **options) as (_, address):
        outcome = run(rows, address, tmp_path, attempts=12)
    assert_same(outcome.answers, honest)
    assert {SCORER} == {scorer for scorer, _ in outcome.answers}
