import threading

import pandas as pd
import pytest
from endobench.evaluate.parts import Parts

PAIRS = pd.DataFrame({"variant_id": ["a", "a", "b"]})


def add(results, name, wait=None):
    if wait:
        wait.wait(10)
    results.add(name, "all_pairs", pd.DataFrame({"metric": [name]}), PAIRS)
    results.differences.append(name)


def test_parts_keep_their_order_whichever_ends_first():
    is_done = threading.Event()
    with Parts("corrected", 2) as parts:
        parts.submit(add, "first", is_done)
        second, third = parts.place(), parts.place()
        parts.submit(add, "third", results=third)
        parts.submit(add, "second", results=second)
        parts.submit(lambda results: is_done.set())
        whole = parts.gathered()
    assert whole.differences == ["first", "second", "third"]
    metrics = whole.metrics()
    assert metrics["task"].tolist() == metrics["metric"].tolist() == whole.differences
    assert set(metrics["n_variants"]) == {2} and set(metrics["stratum"]) == {
        "all_pairs"
    }


def test_an_error_of_a_part_is_raised():
    def fail(results):
        raise ValueError("no score")

    with Parts("corrected", 2) as parts, pytest.raises(ValueError, match="no score"):
        parts.submit(add, "first")
        parts.submit(fail)
        parts.gathered()
