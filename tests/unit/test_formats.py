import pytest
import yaml
from endobench.columns import EFFECTS, VARIANTS
from endobench.formats import FORMATS, NUMBERS, UNITS, unit_of
from workflow import ROOT

ALL = pytest.mark.parametrize("format_", FORMATS.values(), ids=FORMATS)


@ALL
def test_a_format_says_which_variant_and_which_effect(format_):
    columns = set(format_.columns)
    assert "variant_id" in columns or {"chrom", "pos", "ref", "alt"} <= columns
    assert "effect" in columns
    assert format_.unit in ("", *UNITS)
    assert ("feature_id" in columns) != (format_.feature is not None)


@ALL
def test_a_format_fills_columns_that_the_contracts_know(format_):
    known = {*EFFECTS.names, *VARIANTS.names, *NUMBERS}
    assert set(format_.columns) <= known
    assert len(set(format_.columns.values())) == len(format_.columns)


@ALL
def test_what_decides_is_not_optional(format_):
    deciding = {"variant_id", "feature_id", "effect"}
    if format_ is not FORMATS["tidy"]:
        deciding |= {"p_value", "q_value"}
    assert not deciding & set(format_.optional)


def test_the_unit_is_the_formats_or_the_sheets():
    assert unit_of({"format": "gtex_pairs"}) == "slope"
    assert unit_of({"format": "tidy", "unit": "Pi"}) == "Pi"


def test_the_sheet_may_name_each_format_and_no_other():
    schema = yaml.safe_load((ROOT / "config/schemas/sheet.schema.yaml").read_text())
    assert schema["properties"]["format"]["enum"] == list(FORMATS)
