import pyarrow as pa
import pytest
from endobench.core import columns
from endobench.evaluate.summary import SUMMARY

SCHEMAS = {
    name: value for name, value in vars(columns).items() if isinstance(value, pa.Schema)
} | {"SUMMARY": SUMMARY}


@pytest.mark.parametrize("name", SCHEMAS)
def test_no_contract_names_a_column_twice(name):
    assert len(set(SCHEMAS[name].names)) == len(SCHEMAS[name].names)


def test_a_name_means_one_kind_of_value_in_every_contract():
    kinds = {}
    for schema in SCHEMAS.values():
        for field in schema:
            is_text = pa.types.is_dictionary(field.type)
            kind = pa.string() if is_text else field.type
            kinds.setdefault(field.name, set()).add(kind)
    # Lists of all tracks in an answer, a single number in a score.
    for name in ("raw", "quantile", "ref_value", "alt_value"):
        assert kinds.pop(name) == {pa.list_(pa.float32()), pa.float64()}
    # An estimate, or the value for which a row was dropped.
    assert kinds.pop("value") == {pa.float64(), pa.string()}
    assert [name for name, found in kinds.items() if len(found) > 1] == []


def test_a_pair_is_an_effect_and_its_score():
    expected = {*columns.EFFECTS.names, *columns.SCORES.names}
    expected |= {"is_source_lead", "scored_gene", "in_gene"}
    assert set(columns.PAIRS.names) == expected


@pytest.mark.parametrize("name", ["ANSWERS", "FAILURES", "SCORES", "PAIRS"])
def test_predictions_name_model_route_scorer_and_window(name):
    assert {"model", "route", "scorer", "window_bp"} <= set(SCHEMAS[name].names)
