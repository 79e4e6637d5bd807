import collections
import contextlib
import itertools
import logging
import threading

import numpy as np
import pytest
import tenacity
from endobench.model.answer import Answer
from endobench.predict.call_budget import CallBudget, LimitReached
from endobench.predict.journal import Journal
from endobench.predict.workers import Asker, Limits, Question, Workers
from frames import rows_of, variants_of

SCORER = "s"
IDS = [f"chr1_{position}_A_G_b38" for position in range(1, 41)]


def questions():
    rows = variants_of(*IDS).assign(window_start=0)
    for position, row in enumerate(rows.itertuples(index=False)):
        yield Question(position, row, [SCORER], False)


def answer(row, _=None):
    return [Answer(row.variant_id, row.window_start, np.float32([row.pos]))]


@pytest.fixture
def journal(tmp_path):
    with Journal(tmp_path / "journal") as each:
        yield each


@pytest.fixture
def start(journal, tmp_path):
    def make(asker, attempts=3, limit=None):
        return Workers(
            asker,
            {SCORER: journal},
            Limits(4, attempts, 0, len(IDS)),
            CallBudget(tmp_path / "requests", limit),
            tenacity.wait_none(),
        )

    return make


def asker_of(put, hang_up=lambda: None):
    return Asker(put, hang_up)


def remembered(journal):
    rows = variants_of(*IDS).assign(window_start=0)
    is_known = journal.find(rows)["file"] >= 0
    return [name for (name,) in rows_of(rows[is_known], "variant_id")]


def test_each_question_has_one_result_and_its_answer_is_written(start, journal):
    results = list(start(asker_of(answer)).results(questions()))
    found = collections.Counter(result.question.row.variant_id for result in results)
    assert found == collections.Counter(IDS)
    for result in results:
        row = result.question.row
        assert result.answers[SCORER].raw.tolist() == [row.pos]
        assert (result.error, result.attempts) == (None, 1)
    assert remembered(journal) == IDS


def test_attempts_are_counted_and_logged_now_and_then(start, caplog):
    tries = collections.Counter()

    def put(row, _):
        tries[row.pos] += 1
        if tries[row.pos] < 3:
            raise ValueError("the stream ended")
        return answer(row)

    with caplog.at_level(logging.WARNING):
        results = list(start(asker_of(put)).results(questions()))
    assert {result.attempts for result in results} == {3}
    assert len(caplog.messages) == 1
    assert "the stream ended" in caplog.text and "trying again" in caplog.text


def test_a_reader_that_stops_ends_the_calls_in_flight(start, journal):
    hung_up = threading.Event()

    def put(row, _):
        if row.pos > 10:
            hung_up.wait(30)
        return answer(row)

    with contextlib.closing(
        start(asker_of(put, hung_up.set)).results(questions())
    ) as results:
        list(itertools.islice(results, 5))
    assert hung_up.is_set()
    # Answers to calls in flight are kept, and no call is started afterwards.
    assert 5 <= len(remembered(journal)) <= 10 + 2 * 4


def test_a_limit_is_the_last_result_and_calls_in_flight_are_waited_for(start, journal):
    results = list(start(asker_of(answer), limit=17).results(questions()))
    assert isinstance(results[-1].error, LimitReached)
    assert sum(result.error is None for result in results) == 17
    assert len(remembered(journal)) == 17


def test_an_error_among_the_questions_is_a_result(start):
    def broken():
        yield from itertools.islice(questions(), 10)
        raise MemoryError("no room")

    results = list(start(asker_of(answer)).results(broken()))
    (last,) = [result for result in results if result.question is None]
    assert isinstance(last.error, MemoryError)
    assert len(results) == 11
