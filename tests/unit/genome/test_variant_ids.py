import pyarrow as pa
import pytest
from endobench.core.errors import InputError
from endobench.genome.variant_ids import (
    read_variant_ids,
    read_variant_keys,
    split_gtex_ids,
    split_variant_ids,
)
from frames import rows_of

IDS = ["chr2_9_A_G_b38", "chr10_5_AC_A_b38"]
PARTS = ["chrom", "pos", "ref", "alt"]


def test_an_id_of_a_contig_with_underscores_is_one():
    contig = "chr1_KI270706v1_random_12_A_G_b38"
    encoded = pa.array([contig]).dictionary_encode()
    variants = split_variant_ids("table", encoded, "GRCh38", "variant_id")
    assert variants["chrom"].tolist() == ["chr1_KI270706v1_random"]


def test_a_malformed_id_is_named_with_its_line():
    encoded = pa.array([IDS[0], "rs123", IDS[1]]).dictionary_encode()
    with pytest.raises(
        InputError, match=r"table: line 3: .*'rs123' is not a variant id"
    ):
        split_variant_ids("table", encoded, "GRCh38", "id")


def test_ids_of_gtex_are_split_at_once_and_others_left_to_the_reader():
    split = split_gtex_ids(pa.array(IDS), "GRCh38").to_pandas()
    assert rows_of(split, *PARTS) == [("chr2", 9, "A", "G"), ("chr10", 5, "AC", "A")]
    without = split_gtex_ids(pa.array(["chr2_9_A_G"]), "hg19")
    assert without["variant_id"].to_pylist() == ["chr2_9_A_G_b37"]
    for other in ("2_9_A_G_b38", "chrMT_9_A_G_b38", "chr2_9_A_G_b37", "chr2_9_a_G_b38"):
        assert split_gtex_ids(pa.array([*IDS, other]), "GRCh38") is None


@pytest.mark.parametrize(
    "others",
    [
        *(["", "chr2"], ["chr2_9_A_b38", "chr_2_9_A_G_b38"]),
        *(
            [f"chr2_{pos}_A_G_b38"]
            for pos in ("", "09", "+9", "-9", "0", "0x1F", "9e1")
        ),
        *([f"chr2_{pos}_A_G_b38"] for pos in (10**9, "١", "9" * 30, "9 ")),
        *([f"chr2_9_{alleles}_b38"] for alleles in ("_G", "A_", "A", "A_G_T", "A_N")),
        *([f"{chrom}_9_A_G_b38"] for chrom in ("", "_chr2", "chr2_", "chr-2", "chré")),
        *(["chr2_9_A_G"], ["chr2_9_A_G_"], ["chr2_9_A_G_b38_b38"], ["chr2_9_A_G_b3"]),
    ],
)
def test_no_id_of_another_form_is_split_at_once(others):
    assert split_gtex_ids(pa.array([*IDS, *others]), "GRCh38") is None
    assert split_gtex_ids(pa.array(others), "hg19") is None or others == ["chr2_9_A_G"]


def test_ids_may_be_a_slice_of_others_and_have_the_largest_numbers():
    ids = pa.array(["chr3", *IDS, f"chrX_{10**9 - 1}_ACGT_T_b38", "chr4"])[1:4]
    split = split_gtex_ids(ids, "GRCh38")
    assert split["variant_id"].to_pylist() == ids.to_pylist()
    assert rows_of(split.to_pandas(), *PARTS)[1:] == [
        ("chr10", 5, "AC", "A"),
        ("chrX", 10**9 - 1, "ACGT", "T"),
    ]
    assert split_gtex_ids(ids[:0], "GRCh38") is None


def test_an_id_that_is_none_has_no_parts():
    encoded = pa.array(["rs5", "1:4:A:<DEL>", "1:4:a:G", ":4:A:G"]).dictionary_encode()
    found = read_variant_ids("t", encoded, "GRCh38", "id")
    assert found["chrom"].notna().tolist() == [False, False, True, False]
    assert found["variant_id"].tolist()[0] == "rs5"


def test_a_build_is_known_by_its_names():
    forms = ["1:5:A:G:{}", "{}:1:5:A:G", "1:5[{}]A,G"]
    for build, names in {
        "GRCh38": ["b38", "hg38", "GRCh38", "grch38.p13"],
        "hg19": ["b37", "hg19", "GRCh37"],
        "mm10": ["mm10", "GRCm38"],
    }.items():
        ids = [form.format(name) for form in forms for name in names]
        encoded = pa.array(ids).dictionary_encode()
        found = read_variant_ids("t", encoded, build, "id")
        assert rows_of(found, *PARTS) == [("chr1", 5, "A", "G")] * len(ids)
        with pytest.raises(InputError, match="line 2: column 'id': .* is not on hg18"):
            read_variant_ids("t", encoded, "hg18", "id")


def test_keys_without_alleles():
    keys = ["chr1:5_rs1", "1:5", "NC_000001.11:5_rs2", "chr1:1e+05", "rs5"]
    found = read_variant_keys(pa.array(keys).dictionary_encode())
    found = found.astype(object).where(found.notna(), None)
    assert rows_of(found, "chrom", "pos", "rsid") == [
        ("chr1", 5, "rs1"),
        ("1", 5, None),
        ("NC_000001.11", 5, "rs2"),
        ("chr1", 100000, None),
        (None, None, None),
    ]


@pytest.mark.parametrize("given", ["NC_000001.11:122:A:G", "nc_000001.11:122:A:G"])
def test_positions_of_spdi_count_from_0_in_any_case(given):
    encoded = pa.array([f" {given} "]).dictionary_encode()
    found = read_variant_ids("ids.txt", encoded, "GRCh38", "id")
    assert found[["chrom", "pos", "ref", "alt"]].to_numpy().tolist() == [
        ["chr1", 123, "A", "G"]
    ]
