import pandas as pd
import pytest
from endobench.design.models import (
    ASSAY,
    PREFIXES,
    STANDIN,
    is_assay,
    is_standin,
    is_table,
    name_of_scores,
    table_name,
)
from endobench.design.units import UNITS


def test_a_stand_in_is_recognised_by_its_name():
    assert is_standin("standin/default/0a1b")
    assert is_standin("alphagenome/ALL_FOLDS/0a1b", "standin/default/0a1b")


@pytest.mark.parametrize("model", ["alphagenome/x", "table/standin", "weights/x", None])
def test_no_other_model_is_one(model):
    assert not is_standin(model)
    assert not is_standin()


def test_a_table_of_another_unit_than_a_score_is_an_assay():
    for unit in UNITS:
        name = table_name("mine", unit)
        assert is_table(name)
        assert is_assay(name) == (unit != "score")
    assert table_name("mine", "score") == "table/mine"
    assert not is_table("alphagenome/x")
    assert not is_assay("alphagenome/x")


@pytest.mark.parametrize(
    ("row", "unit", "expected"),
    [
        ({"kind": "scores"}, "score", "table/t"),
        # Undeclared scores are a model's, whatever their unit.
        ({"kind": "scores"}, "dsQTL beta", "table/t"),
        ({"kind": "scores", "scores_from": "model"}, "beta", "table/t"),
        ({"kind": "scores", "scores_from": "assay"}, "beta", "assay/t"),
        ({"kind": "scores", "scores_from": "assay"}, "score", "assay/t"),
        ({"kind": "effects"}, "slope", "assay/t"),
    ],
)
def test_the_sheet_says_whose_scores_a_table_has(row, unit, expected):
    assert name_of_scores({"name": "t"} | row, unit) == expected


def test_a_table_is_no_name():
    with pytest.raises(TypeError, match="the name of a model, not a DataFrame"):
        is_standin(pd.DataFrame({"model": ["standin/x"]}))


def test_no_two_services_share_a_prefix():
    prefixes = [*PREFIXES.values(), ASSAY]
    for each in prefixes:
        assert sum(other.startswith(each) for other in prefixes) == 1
    assert PREFIXES[STANDIN] == STANDIN
