import pytest
from endobench.sources.formats import Source, context_of, unit_of


def test_the_unit_is_the_rows_or_the_formats():
    assert unit_of({"format": "gtex_pairs"}) == "slope"
    assert unit_of({"format": "tidy", "unit": "Pi"}) == "Pi"
    assert unit_of({"format": "tidy"}) == ""


def test_declared_columns_take_the_place_of_the_formats_own():
    source = Source("chrombpnet_qtl", columns=[["pos", "p"], ["allele1", "a"]])
    columns = source.layout.columns
    assert (columns["pos"], columns["ref"], columns["alt"]) == ("p", "a", "var.allele2")
    assert columns["chrom"] == "var.chr"


def test_a_standard_error_belongs_to_its_own_effect():
    own = Source("gtex_egenes").layout.columns
    other = Source("gtex_egenes", columns=[["effect", "log2_aFC"]]).layout.columns
    assert "effect_se" in own and "effect_se" not in other
    both = [["effect", "log2_aFC"], ["effect_se", "se"]]
    assert Source("gtex_egenes", columns=both).layout.columns["effect_se"] == "se"


def test_a_declared_column_is_not_optional():
    assert "maf" in Source("gtex_pairs").layout.optional
    assert "maf" not in Source("gtex_pairs", columns=[["maf", "f"]]).layout.optional


@pytest.mark.parametrize(
    ("columns", "gone"),
    [
        ([["variant_id", "v"]], {"chrom", "pos", "ref", "alt"}),
        ([["neg_log10_p", "l"]], {"p_value"}),
        ([["ref_activity", "r"], ["alt_activity", "a"]], {"effect"}),
    ],
)
def test_an_equivalent_column_replaces_that_of_the_format(columns, gone):
    found = set(Source("kircher_mpra", columns=columns).layout.columns)
    assert not gone & found and {name for name, _ in columns} <= found


def test_classes_have_no_other_effect():
    source = Source("alphagenome_qtl", unit="label", columns=[["label", "target"]])
    assert "effect" not in source.layout.columns
    assert "effect" in source.numbers


def test_the_genome_is_needed_to_determine_ref_or_a_preceding_base():
    assert Source("chrombpnet_qtl").needs_genome
    assert Source("kircher_mpra").needs_genome
    assert Source("generic", effect_allele="allele2").needs_genome
    assert not Source("generic").needs_genome
    assert not Source("gtex_pairs").needs_genome


def test_a_source_is_made_of_plain_values():
    row = {
        "format": "generic",
        "build": "hg19",
        "unit": "Pi",
        "columns": "variant_id=id; effect=b",
        "keep": "n>=10",
        "effect_allele": "REF",
    }
    source = Source.of_row(row)
    assert Source(*list(source)) == source
    assert list(source) == [
        "generic",
        "hg19",
        "Pi",
        [["variant_id", "id"], ["effect", "b"]],
        [["n", ">=", "10"]],
        "REF",
    ]


@pytest.mark.parametrize(
    ("format_", "context"),
    [
        ("gtex_pairs", "genome"),
        ("sure_raqtl", "reporter"),
        ("mpra_activity", "reporter"),
        ("generic", "not stated"),
        ("tidy", "not stated"),
    ],
)
def test_a_format_says_where_effects_were_measured(format_, context):
    assert context_of({"format": format_}) == context
