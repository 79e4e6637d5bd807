import numpy as np
import pandas as pd
import pytest
from endobench.evaluate.model_differences import verdict, with_comparisons


@pytest.mark.parametrize(
    ("p", "difference", "words"),
    [
        (0.04, 0.1, "better"),
        (0.04, -0.1, "worse"),
        (0.05, 0.1, "no difference"),
        (1.0, 0.0, "no difference"),
        # As of two models that both get all of a dozen signs right.
        (np.nan, 0.0, "not tested"),
        (np.nan, 0.1, "not tested"),
    ],
)
def test_a_difference_is_judged_by_its_adjusted_p_value(p, difference, words):
    assert verdict({"p_adjusted": p, "difference": difference}) == words


def test_a_row_has_its_difference_from_the_reference_and_the_models_equal_to_it():
    place = {"group": "g", "task": "signed", "stratum": "leads", "metric": "spearman"}
    names = ["first", "second", "third"]
    board = pd.DataFrame(
        [place | {"name": each, "reference": "first"} for each in names]
    )
    alone = pd.DataFrame([place | {"name": "published", "reference": None}])
    board = pd.concat([board, alone], ignore_index=True)
    found = [("first", "second", 0.2, 0.01), ("first", "third", -0.1, 0.5)]
    found += [("second", "third", -0.3, 0.01)]
    differences = pd.DataFrame(
        [
            place
            | {"a": a, "b": b, "difference": change, "p": p, "p_adjusted": p}
            | {"ci_low": change - 0.05, "ci_high": change + 0.05}
            for a, b, change, p in found
        ]
    )
    rows = with_comparisons(board, differences).set_index("name")
    words = ["reference", "better", "no difference"]
    assert rows["compared"].dropna().to_dict() == dict(zip(names, words, strict=True))
    assert rows.loc["second", "difference"] == 0.2
    assert rows.loc["first", "not_different_from"] == "third"
    assert rows.loc["third", "not_different_from"] == "first"
    assert pd.isna(rows.loc["second", "not_different_from"])
