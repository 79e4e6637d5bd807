import gzip

import pyarrow as pa
import pysam
import pytest
from endobench.core.errors import InputError
from endobench.sources import text_table
from endobench.sources.table_file import open_table, read_columns

VCF = """##fileformat=VCFv4.2
##INFO=<ID=ES,Number=A,Type=Float,Description="effect">
##INFO=<ID=G,Number=1,Type=String,Description="gene">
##contig=<ID=chr1>
#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO
chr1\t7\trs1\tA\tG\t.\t.\tES=0.5;G=g1
chr1\t9\t.\tC\tG,T\t.\t.\tES=0.5,0.1;G=g2
"""


@pytest.mark.parametrize("block_bytes", [1, 70, 1 << 24])
def test_a_header_may_be_longer_than_a_block(tmp_path, monkeypatch, block_bytes):
    monkeypatch.setattr(text_table, "_BLOCK_BYTES", block_bytes)
    path = tmp_path / "v"
    path.write_text(VCF)
    types = {"POS": pa.int64(), "INFO/G": pa.string()}
    table = read_columns(open_table(path), types)
    assert table.to_pydict() == {"POS": [7, 9], "INFO/G": ["g1", "g2"]}
    path.write_text("".join(VCF.splitlines(keepends=True)[:5]))
    assert read_columns(open_table(path), types).num_rows == 0


@pytest.mark.parametrize("packing", ["", "bgzip", "gzip"])
def test_a_vcf_has_its_fields_as_columns(tmp_path, packing):
    path = tmp_path / "effects"
    path.write_text(VCF)
    if packing == "gzip":
        path.write_bytes(gzip.compress(VCF.encode()))
    elif packing:
        pysam.tabix_compress(str(path), str(tmp_path / "packed"))
        path = tmp_path / "packed"
    table_file = open_table(path)
    assert {"CHROM", "ALT", "INFO/ES", "INFO/G"} <= set(table_file.names)
    assert table_file.first_line == 6
    types = {"POS": pa.int64(), "ALT": pa.string(), "INFO/ES": pa.float64()}
    table = read_columns(table_file, types | {"ID": pa.string(), "INFO/G": pa.string()})
    assert table.to_pydict() == {
        "POS": [7, 9],
        "ALT": ["G", "G,T"],
        "INFO/ES": [0.5, None],
        "ID": ["rs1", ""],
        "INFO/G": ["g1", "g2"],
    }


def test_a_vcf_that_cannot_be_read_is_refused(tmp_path):
    path = tmp_path / "v"
    path.write_bytes(gzip.compress(b"BCF\x02\x02"))
    with pytest.raises(InputError, match="is a BCF; convert it"):
        open_table(path)
    path.write_text(VCF.split("#CHROM")[0])
    with pytest.raises(InputError, match="not a complete VCF"):
        open_table(path)


@pytest.mark.parametrize("p", ["1e-60", "4.9e-324"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_values_of_a_vcf_are_those_of_its_text(tmp_path, p, mark):
    path = tmp_path / "v"
    path.write_text(mark + VCF.replace("ES=0.5;", f"ES={p};"))
    table = read_columns(open_table(path), {"INFO/ES": pa.float64()})
    assert table["INFO/ES"].to_pylist() == [float(p), None]


def test_fields_of_a_vcf_need_no_definition(tmp_path):
    path = tmp_path / "v"
    lines = [line for line in VCF.splitlines() if not line.startswith("##INFO")]
    path.write_text("\n".join(lines).replace("G=g2", "GG=x;USED;G=g2") + "\n")
    table_file = open_table(path)
    assert {"INFO/ES", "INFO/G", "INFO/GG", "INFO/USED"} <= set(table_file.names)
    types = {"INFO/ES": pa.float64(), "INFO/G": pa.string(), "INFO/GG": pa.string()}
    assert read_columns(table_file, types).to_pydict() == {
        "INFO/ES": [0.5, None],
        "INFO/G": ["g1", "g2"],
        "INFO/GG": ["", "x"],
    }
    with pytest.raises(InputError, match="'INFO/SE' is missing; the closest is 'INFO/"):
        read_columns(table_file, {"INFO/SE": pa.float64()})


def test_a_value_of_a_vcf_that_is_not_a_number_is_named(tmp_path):
    path = tmp_path / "v"
    path.write_text(VCF.replace("ES=0.5;", "ES=high;"))
    with pytest.raises(InputError, match="v: line 6: INFO/ES: 'high' is not a number"):
        read_columns(open_table(path), {"INFO/ES": pa.float64()})


def test_a_truncated_vcf_is_refused(tmp_path):
    (tmp_path / "v").write_text(VCF)
    pysam.tabix_compress(str(tmp_path / "v"), str(tmp_path / "v.gz"))
    path = tmp_path / "v.gz"
    path.write_bytes(path.read_bytes()[:-28])
    with pytest.raises(InputError, match=r"v\.gz: truncated, since it lacks the block"):
        open_table(path)


def test_blanks_between_fields_are_no_part_of_their_names(tmp_path):
    path = tmp_path / "v"
    path.write_text(VCF.replace(";G=", "; G="))
    table = read_columns(open_table(path), {"INFO/G": pa.string()})
    assert table["INFO/G"].to_pylist() == ["g1", "g2"]


def test_a_field_that_appears_twice_in_a_record_is_refused(tmp_path):
    path = tmp_path / "v"
    path.write_text(VCF.replace("ES=0.5;G=g1", "ES=9;XES=1;ES=0.5;G=g1"))
    with pytest.raises(InputError, match="v: line 6: INFO/ES appears twice"):
        read_columns(open_table(path), {"INFO/ES": pa.float64()})


def test_values_of_samples_are_told_not_to_be_read(tmp_path):
    path = tmp_path / "v"
    lines = VCF.splitlines()
    lines[4:] = [lines[4] + "\tFORMAT\tS1", lines[5] + "\tES:SE\t0.5:0.1"]
    path.write_text("\n".join(lines) + "\n")
    with pytest.raises(
        InputError, match="'SE' is missing; values of samples are not re"
    ):
        read_columns(open_table(path), {"SE": pa.float64()})


def test_a_vcf_without_records_has_a_header(tmp_path):
    path = tmp_path / "v"
    path.write_text("\n".join(VCF.splitlines()[:5]) + "\n\n")
    assert "INFO/ES" in open_table(path).names
