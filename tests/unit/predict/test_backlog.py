import time

import pandas as pd
import pytest
from asking import SCORER, backlog_of
from endobench.predict import backlog
from endobench.predict.sharing import Announcements
from servers import substitutions, write_genome

OTHER = "DNASE-501-DIFF_MEAN"


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    _, sequence = write_genome(tmp_path_factory.mktemp("genome"))
    return substitutions(sequence, range(9_000, 9_040))


def test_new_questions_and_canaries_take_turns(rows, tmp_path):
    backlog = backlog_of(rows.iloc[:6], tmp_path, {SCORER: [1, 3, 5]}, [5, 1])
    found = [(each.position, each.is_canary) for each in backlog.questions()]
    assert found == [(0, False), (5, True), (2, False), (1, True), (4, False)]


def test_a_question_names_the_scorers_that_are_missing(rows, tmp_path):
    known = {SCORER: [0, 1], OTHER: [1, 2]}
    backlog = backlog_of(rows.iloc[:4], tmp_path, known, canaries=[1])
    assert backlog.is_missing().tolist() == [
        [False, True],
        [False, False],
        [True, False],
        [True, True],
    ]
    found = {each.position: each.scorers for each in backlog.questions()}
    assert found == {0: [OTHER], 1: [SCORER, OTHER], 2: [SCORER], 3: [SCORER, OTHER]}
    for each in backlog.questions():
        assert each.row.variant_id == rows["variant_id"].iloc[each.position]
    with backlog.journals[OTHER]:
        assert backlog.held(OTHER, 2).variant_id == rows["variant_id"].iloc[2]


def test_more_questions_than_a_batch_keep_their_order(rows, tmp_path):
    many = pd.concat([rows] * 60, ignore_index=True)
    many["variant_id"] = [f"v{number}" for number in range(len(many))]
    backlog = backlog_of(many, tmp_path, {SCORER: []})
    found = [each.row.variant_id for each in backlog.questions()]
    assert len(found) > 2_000
    assert found == many["variant_id"].tolist()


def test_what_another_run_has_announced_comes_last(rows, tmp_path, monkeypatch):
    monkeypatch.setattr(backlog, "PATIENCE_S", 0.3)
    left_to_ask = backlog_of(rows, tmp_path, {SCORER: []})
    other = Announcements(tmp_path / SCORER)
    other.add(rows["variant_id"].iloc[[0, 3]])
    found = list(left_to_ask.questions())
    waits = [each for each in found if each is None]
    asked = [each.position for each in found if each is not None]
    assert waits and found.index(None) == len(rows) - 2
    assert asked == [*(at for at in range(40) if at not in (0, 3)), 3, 0]
    other.close()


def test_what_another_run_answers_meanwhile_is_not_asked(rows, tmp_path):
    left_to_ask = backlog_of(rows, tmp_path, {SCORER: []})
    questions = left_to_ask.questions()
    assert next(questions).position == 0
    backlog_of(rows, tmp_path, {SCORER: [38]})
    # A job looks at most every 50 ms.
    time.sleep(0.1)
    found = {each.position: each.scorers for each in questions}
    assert found.pop(38) == []
    assert all(scorers == [SCORER] for scorers in found.values())


def test_where_nothing_is_missing_only_what_is_rechecked_is_asked_again(rows, tmp_path):
    known = backlog_of(rows.iloc[:4], tmp_path, {SCORER: [0, 1, 2, 3]}, canaries=[1, 2])
    assert not list(known.questions())
    found = list(known._replace(rechecked=[3]).questions())
    assert [(each.position, each.is_canary) for each in found] == [(3, True)]
