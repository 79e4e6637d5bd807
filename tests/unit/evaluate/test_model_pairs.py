import functools

import pytest
from endobench.evaluate.model_pairs import few_of, of_task, shared_by_all, tell_of_none
from frames import benchmark


@functools.cache
def pairs():
    return benchmark(60)[0].assign(label=[1.0, 0.0, None] * 60)


def test_shared_pairs_have_one_order():
    frames = [pairs().sample(frac=1, random_state=1), pairs().iloc[9:], pairs()[:99]]
    first, *others = shared_by_all(frames, "signed", [])
    assert len(first) == 90
    for each in others:
        for name in ("source_id", "feature_id", "effect"):
            assert each[name].tolist() == first[name].tolist()


@pytest.mark.parametrize(
    ("task", "classes", "n"),
    [("signed", [], 180), ("signed", ["label", 1, 0], 60)]
    + [("unsigned", ["label", 1, 0], 120)],
)
def test_a_task_covers_positives_or_both_classes(task, classes, n):
    assert len(of_task(pairs(), task, classes)) == n
    assert len(shared_by_all([pairs()] * 2, task, classes)[1]) == n


@pytest.mark.parametrize(("n_shared", "is_few"), [(49, True), (50, False)])
def test_few_pairs_name_the_model_with_the_fewest(n_shared, is_few):
    counts = {"a": 100, "b": 60}
    words = few_of(n_shared, counts, "a")
    assert (words is not None) == is_few
    if is_few:
        assert words.startswith("only 49 of its 100 pairs")
        assert words.endswith("b has the fewest, 60")
    assert few_of(n_shared, counts, "b") is None


def test_models_that_are_not_compared_are_told(caplog):
    tell_of_none("demo/corrected", "signed", 0, {"a": 100, "b": 1})
    words = "the 0 pairs that have a score of each of a, b; b has the fewest pairs, 1"
    assert words in caplog.text
