import gzip

import pandas as pd
import pysam
import pytest
from endobench.core.errors import InputError
from endobench.sources.rsids import Alleles, fill_alleles, read_alleles
from frames import rows_of

VCF = """##fileformat=VCFv4.2
##contig=<ID=1>
##contig=<ID=NC_000002.12>
##contig=<ID=chrX>
#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO
1\t10\trs1\ta\tG\t.\t.\t.
1\t20\trs2;rs22\tA\tG,T\t.\t.\t.
NC_000002.12\t30\trs3\tAC\tA\t.\t.\t.
chrX\t40\trs4\tC\tT\t.\t.\t.
chrX\t40\trs5\tC\tG\t.\t.\t.
"""


@pytest.fixture
def vcf(tmp_path):
    path = tmp_path / "alleles.vcf"
    path.write_text(VCF)
    return path


def keys_of(**columns):
    return pd.DataFrame(columns)


def test_variants_are_found_by_rsid(vcf):
    keys = keys_of(rsid=["rs3", "rs1", "rs22", "rs9", None])
    known = read_alleles(Alleles(vcf, "GRCh38"), keys)
    assert rows_of(known, "rsid", "chrom", "pos", "ref", "alt") == [
        ("rs1", "chr1", 10, "A", "G"),
        ("rs22", "chr1", 20, "A", "G,T"),
        ("rs3", "chr2", 30, "AC", "A"),
    ]
    variants, bad = fill_alleles(keys, known)
    assert rows_of(variants[:2], "chrom", "pos", "ref", "alt") == [
        ("chr2", 30, "AC", "A"),
        ("chr1", 10, "A", "G"),
    ]
    reasons = ["", "", "several_alleles", "rsid_unknown", "rsid_unknown"]
    assert bad.fillna("").tolist() == reasons


def test_variants_are_found_by_position(vcf):
    keys = keys_of(chrom=["1", "chr2", "X", "chr1"], pos=[10, 30, 40, 11])
    variants, bad = fill_alleles(keys, read_alleles(Alleles(vcf, "GRCh38"), keys))
    assert rows_of(variants[:2], "ref", "alt") == [("A", "G"), ("AC", "A")]
    assert bad.fillna("").tolist() == ["", "", "several_alleles", "position_unknown"]


def test_a_missing_position_is_unknown(vcf):
    keys = keys_of(chrom=["NC_000002.12", "1"], pos=[30, None])
    variants, bad = fill_alleles(keys, read_alleles(Alleles(vcf, "GRCh38"), keys))
    assert rows_of(variants[:1], "ref", "alt") == [("AC", "A")]
    assert bad.fillna("").tolist() == ["", "position_unknown"]


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_vcf_may_have_a_byte_order_mark(vcf, pack):
    keys = keys_of(rsid=["rs1", "rs22"])
    expected = read_alleles(Alleles(vcf, "GRCh38"), keys)
    vcf.write_bytes(pack(f"\ufeff{VCF}".encode()))
    found = read_alleles(Alleles(vcf, "GRCh38"), keys)
    pd.testing.assert_frame_equal(found, expected)


def test_a_vcf_of_another_build_or_cut_short_is_refused(vcf, tmp_path):
    with pytest.raises(
        InputError, match="alleles.vcf: chromosome 'NC_000002.12' is the"
    ):
        read_alleles(Alleles(vcf, "hg19"), keys_of(rsid=["rs3"]))
    packed = tmp_path / "alleles.vcf.gz"
    pysam.tabix_compress(str(vcf), str(packed))
    packed.write_bytes(packed.read_bytes()[:-28])
    with pytest.raises(InputError, match=r"alleles\.vcf\.gz: truncated"):
        read_alleles(Alleles(packed, "GRCh38"), keys_of(rsid=["rs3"]))


def test_the_same_record_twice_is_one():
    known = keys_of(rsid=["rs1"] * 2, chrom=["chr1"] * 2, pos=[5] * 2)
    known = known.assign(ref="A", alt="G")
    _, bad = fill_alleles(keys_of(rsid=["rs1"]), known)
    assert bad.isna().all()


def test_a_position_is_kept_if_the_rsid_is_unknown():
    known = keys_of(rsid=["rs1"], chrom=["chr1"], pos=[5], ref=["A"], alt=["G"])
    keys = keys_of(rsid=["rs1", "rs2"], chrom=["chr1", "chr7"], pos=[4, 9])
    variants, _ = fill_alleles(keys, known)
    assert rows_of(variants, "chrom", "pos") == [("chr1", 5), ("chr7", 9)]


def test_a_file_that_is_not_a_vcf_is_an_error(tmp_path):
    path = tmp_path / "x"
    path.write_text("no vcf\n")
    with pytest.raises(InputError, match="not a complete VCF"):
        read_alleles(Alleles(path, "GRCh38"), keys_of(rsid=["rs1"]))
