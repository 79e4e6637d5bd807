import pytest
from endobench.design.units import UNITS
from endobench.sources.formats import Source
from endobench.sources.published_formats import COLUMN_NAMES, FORMATS

ALL = pytest.mark.parametrize("format_", FORMATS.values(), ids=FORMATS)


@ALL
def test_a_format_identifies_variant_and_feature(format_):
    columns = set(format_.columns)
    places = [{"variant_id"}, {"locus"}, {"chrom", "pos"}]
    assert format_ is FORMATS["generic"] or any(each <= columns for each in places)
    assert ("feature_id" in columns) != (format_.feature is not None)
    assert format_.unit in ("", *UNITS)


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "generic"])
def test_a_format_has_effects_or_joins_them(name):
    assert "effect" in Source(name).numbers


@ALL
def test_a_format_names_known_columns(format_):
    assert set(format_.columns) <= set(COLUMN_NAMES)
    assert len(set(format_.columns.values())) == len(format_.columns)
    assert set(format_.columns.values()) <= set(format_.header or [*_all(format_)])


def _all(format_):
    return format_.columns.values()


@ALL
def test_essential_columns_are_not_optional(format_):
    deciding = {"variant_id", "feature_id", "effect"}
    if format_.unit == "slope":
        deciding |= {"p_value", "q_value"}
    assert not deciding & set(format_.optional)
