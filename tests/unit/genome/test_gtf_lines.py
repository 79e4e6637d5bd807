import gzip

import pytest
from endobench.core.errors import InputError
from endobench.genome.gtf_lines import (
    attributes_of,
    chrom_of,
    gene_of,
    lines_of,
    place_of,
    without_version,
)

LINE = 'chr1\tx\texon\t5\t9\t.\t+\t.\tgene_id "ENSG1.2"; gene_name "A"; level 2;\n'


def test_lines_have_their_number_and_nine_fields(tmp_path):
    path = tmp_path / "genes.gtf.gz"
    text = "#!x\n\n" + LINE + LINE.replace("gene_id", "other_id") + LINE
    path.write_bytes(gzip.compress(text.encode()))
    found = list(lines_of(path))
    assert [line for line, _ in found] == [3, 5]
    assert all(len(fields) == 9 for _, fields in found)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (LINE.replace("\t+", ""), "line 1: 8 tab-separated columns"),
        (LINE.replace('gene_id "ENSG1.2"', "gene_id=ENSG1.2"), "attributes of GFF3"),
        ("# nothing\n", "no line has a gene id"),
    ],
)
def test_what_is_no_gtf_is_refused_with_file_and_line(tmp_path, text, reason):
    path = tmp_path / "genes.gtf"
    path.write_text(text)
    with pytest.raises(InputError, match=reason) as caught:
        list(lines_of(path))
    assert str(path) in str(caught.value)


def test_attributes_are_read_with_and_without_quotes():
    text = """gene_id "A;1"; gene_name 'B'; level 2; tag "x"; tag "y\""""
    found = attributes_of(text)
    assert found == {"gene_id": "A;1", "gene_name": "B", "level": "2", "tag": "y"}
    assert gene_of(text) == ("A;1", "B")
    assert gene_of("level 2;") == ("", "")


@pytest.mark.parametrize(
    ("start", "end", "reason"),
    [("5", "4", "end 4 is before start 5"), ("x", "9", "must be whole numbers")],
)
def test_places_are_whole_numbers_in_order(start, end, reason):
    fields = ["1", "x", "exon", start, end, ".", "+", ".", ""]
    assert chrom_of(fields) == "chr1"
    with pytest.raises(InputError, match=f"file: line 7: .*{reason}"):
        place_of("file", 7, fields)
    fields[3:5] = "5", "9"
    assert place_of("file", 7, fields) == (4, 9)


@pytest.mark.parametrize(
    ("given", "bare"),
    [
        ("ENSG01.2", "ENSG01"),
        ("ENSMUSG01.12", "ENSMUSG01"),
        ("ENSG01.2_PAR_Y", "ENSG01_PAR_Y"),
        ("ENSG01.5_2", "ENSG01"),
        ("ENSG01.5_2_PAR_Y", "ENSG01_PAR_Y"),
        ("ENSG01.5@Liver", "ENSG01@Liver"),
        ("ENSG01.5-x", "ENSG01.5-x"),
        ("ENSG01", "ENSG01"),
        ("gene.1", "gene.1"),
    ],
)
def test_versions_are_removed_from_the_ids_of_ensembl(given, bare):
    assert without_version(given) == bare


DESCRIPTION = "##description: evidence-based annotation of the human genome"


@pytest.mark.parametrize(
    ("text", "build", "what"),
    [
        (
            "#!genome-build GRCh37.p13\n",
            "GRCh38",
            "line 1: genes on GRCh37, not on GRCh38",
        ),
        ("#!genome-version hg38\n", "hg19", "line 1: genes on hg38, not on hg19"),
        (
            f"{DESCRIPTION} (GRCh38), version 46, mapped to GRCh37\n",
            "GRCh38",
            "on GRCh37",
        ),
        ("NC_000001.10" + LINE[4:], "GRCh38", "line 1: .* chr1 on hg19, not on GRCh38"),
    ],
)
def test_another_build_is_refused(tmp_path, text, build, what):
    path = tmp_path / "genes.gtf"
    path.write_text(text + LINE)
    with pytest.raises(InputError, match=what) as caught:
        list(lines_of(path, build))
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    ("text", "build"),
    [
        (f"{DESCRIPTION} (GRCh38), version 46 (Ensembl 112)\n", "GRCh38"),
        (f"{DESCRIPTION} (GRCh38), version 46, mapped to GRCh37\n", "hg19"),
        ("#!genome-build-accession GCA_000001405.14\n", "GRCh38"),
        ("# converted from hg19\n", "GRCh38"),
        ("NC_000001.11" + LINE[4:], "GRCh38"),
    ],
)
def test_the_declared_build_is_read(tmp_path, text, build):
    path = tmp_path / "genes.gtf"
    path.write_text(text + LINE)
    assert list(lines_of(path, build))
