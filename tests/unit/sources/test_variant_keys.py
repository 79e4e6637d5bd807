import numpy as np
import pyarrow as pa
import pytest
from endobench.core.errors import InputError
from endobench.sources.formats import Source
from endobench.sources.variant_keys import unique_variants
from frames import rows_of

PLACE = [["chrom", "c"], ["pos", "p"], ["ref", "r"], ["alt", "a"]]


def variants_in(table, columns, format_name="generic", build="GRCh38", **fields):
    layout = Source(format_name, columns=columns, **fields).layout
    lines = np.arange(table.num_rows) + 2
    return unique_variants("t", table, layout, build, lines)


def table_of(*rows):
    return pa.table(
        {
            name: pa.array(values)
            for name, values in zip("cpra", zip(*rows, strict=True), strict=True)
        }
    )


@pytest.mark.parametrize(
    "value",
    [
        "chr1_5_A_G_b38",
        "chr1_5_A_G",
        "1:5:A:G",
        "chr1:5:a:g",
        "chr1_5_A_G_hg38",
        "1_5_A_G_GRCh38",
    ],
)
def test_all_forms_of_an_id_are_equivalent(value):
    table = pa.table({"id": [value]})
    _, variants, bad = variants_in(table, [["variant_id", "id"]])
    assert rows_of(variants, "variant_id", "chrom", "pos", "ref", "alt") == [
        ("chr1_5_A_G_b38", "chr1", 5, "A", "G")
    ]
    assert bad.isna().all()


@pytest.mark.parametrize("value", ["chr1_5_A_G_b37", "1:5:A:G:hg19", "1:5:A:G:mm10"])
def test_an_id_of_another_build_is_an_error_with_its_line(value):
    table = pa.table({"id": ["1:4:A:G", value]})
    with pytest.raises(
        InputError, match=f"t: line 3: column 'id': '{value}' is not on"
    ):
        variants_in(table, [["variant_id", "id"]])


def test_a_malformed_id_is_dropped_under_its_name():
    table = pa.table({"id": ["rs5", "1:4:A:G", "1:4:A:<DEL>"]})
    codes, variants, bad = variants_in(table, [["variant_id", "id"]])
    assert bad[codes].fillna("").tolist() == ["no_variant_id", "", "no_variant_id"]
    assert variants["variant_id"][codes[0]] == "rs5"


def test_two_spellings_of_a_variant_are_one_variant():
    table = pa.table({"id": ["1:4:A:G", "chr1_4_a_g", "1:5:A:G"]})
    codes, variants, _ = variants_in(table, [["variant_id", "id"]])
    assert codes[0] == codes[1] != codes[2]
    table = table_of(("1", 5, "A", "G"), ("chr1", 5, "a", "g"))
    codes, _, _ = variants_in(table, PLACE)
    assert codes[0] == codes[1]


def test_a_missing_chr_is_added_to_chromosomes():
    table = table_of(("1", 5, "A", "G"), ("X", 6, "A", "G"), ("chr2", 7, "C", "T"))
    _, variants, _ = variants_in(table, PLACE)
    assert variants["chrom"].tolist() == ["chr1", "chrX", "chr2"]


def test_the_id_of_a_build_has_its_suffix():
    for build, suffix in (("hg19", "b37"), ("mm10", "b38"), ("mm9", "b37")):
        table = table_of(("1", 5, "A", "G"))
        _, variants, _ = variants_in(table, PLACE, build=build)
        assert variants["variant_id"].tolist() == [f"chr1_5_A_G_{suffix}"]


def test_unusable_alleles_have_a_reason():
    table = table_of(
        *[("1", 5, "A", each) for each in ("G", "A", "N", "C,T", "-")],
        ("1", 0, "A", "G"),
        ("1", None, "A", "G"),
        (None, 5, "A", "G"),
        ("NA", 5, "A", "G"),
    )
    codes, _, bad = variants_in(table, PLACE)
    assert bad[codes].fillna("").tolist() == [
        "",
        "alleles_equal",
        "allele_not_ACGT",
        "several_alleles",
        "allele_not_ACGT",
        "position_below_1",
        "position_missing",
        "chromosome_missing",
        "chromosome_missing",
    ]


@pytest.mark.parametrize(
    ("table", "columns", "column"),
    [
        (table_of(("1", 5, "A", "G"), ("1", 7, "TRUE", "G")), PLACE, "r"),
        (table_of(("1", 5, "A", "G"), ("1", 7, "C", "true")), PLACE, "a"),
        (pa.table({"v": ["1:5:A:G", "1:7:C:TRUE"]}), [["variant_id", "v"]], "v"),
    ],
)
def test_a_base_that_r_read_as_a_logical_is_refused(table, columns, column):
    with pytest.raises(InputError, match=f"t: line 3: column '{column}': allele TRUE"):
        variants_in(table, columns)


@pytest.mark.parametrize("columns", [[["rsid", "c"]], PLACE[:2], [["locus", "c"]]])
def test_a_name_without_alleles_is_refused_with_advice(columns):
    table = table_of(("rs1", 5, "A", "G"))
    with pytest.raises(
        InputError, match="declare ref and alt under 'columns' of the sh"
    ):
        variants_in(table, columns)
