import gzip

import pandas as pd
import pysam
import pytest
from endobench.core.errors import InputError
from endobench.genome import gtf
from endobench.genome.gtf import FURTHEST_BP, gene_names, named, read_exons

GTF = """\
#!genome-build GRCh38
chr1\tx\tgene\t101\t900\t.\t+\t.\tgene_id "ENSG1.4"; gene_type "a"; gene_name "GATA1";
chr1\tx\texon\t101\t200\t.\t+\t.\tgene_id "ENSG1.4"; gene_name "GATA1"; exon_number 1;
chr1\tx\texon\t801\t900\t.\t+\t.\tgene_id "ENSG1.4"; gene_name "GATA1"; exon_number 2;
chr1\tx\texon\t801\t900\t.\t+\t.\tgene_id "ENSG1.4"; gene_name "GATA1"; exon_number 2;
2\tx\texon\t51\t60\t.\t-\t.\tgene_id "G2"; transcript_id "t"
chr3\tx\texon\t51\t60\t.\t-\t.\tgene_id "ENSG3.1_PAR_Y"; gene_name "<b>$x$";
"""


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "genes.gtf"
    path.write_text(GTF)
    return path


def test_names_are_found_with_and_without_version(path):
    names = gene_names(path)
    assert names["ENSG1.4"] == names["ENSG1"] == "GATA1"
    assert names["ENSG3.1_PAR_Y"] == names["ENSG3_PAR_Y"] == "<b>$x$"
    assert "G2" not in names


def test_ids_are_looked_up_as_given_then_without_version():
    names = pd.Series({"ENSG1.4": "old", "ENSG1": "GATA1", "peak": "p"})
    ids = ["ENSG1.4", "ENSG1.9", "ENSG1", "peak", "peak.1", None]
    expected = ["old", "GATA1", "GATA1", "p", None, None]
    assert named(ids, names).tolist() == expected
    assert named(pd.Categorical(ids), names).tolist() == expected
    assert named([], names).tolist() == []
    assert named(ids, None).tolist() == [None] * 6


def test_a_gene_of_a_tissue_has_the_name_of_the_gene():
    names = pd.Series({"ENSG1": "GATA1"})
    ids = ["ENSG1.9@Liver", "ENSG1@Liver", "ENSG2@Liver"]
    assert named(ids, names).tolist() == ["GATA1", "GATA1", None]


def test_a_gzipped_file_is_the_same(path, tmp_path):
    packed = tmp_path / "packed"
    packed.write_bytes(gzip.compress(GTF.encode()))
    assert gene_names(packed).equals(gene_names(path))


def test_a_gene_is_complete_if_only_its_intron_overlaps(path):
    exons = read_exons(path, [("chr1", 400, 500)])
    assert exons[["start", "end"]].to_numpy().tolist() == [[100, 200], [800, 900]]
    assert exons["gene_name"].unique() == ["GATA1"]


def test_chromosomes_without_chr_and_genes_without_a_name_are_found(path):
    exons = read_exons(path, [("chr2", 0, 100)])
    row = ["chr2", 50, 60, "-", "G2", "G2"]
    assert exons.to_numpy().tolist() == [row]


@pytest.mark.parametrize(
    ("start", "n_exons"), [(900, 2), (FURTHEST_BP, 2), (FURTHEST_BP + 901, 0)]
)
def test_a_region_without_genes_takes_the_nearest(path, start, n_exons):
    exons = read_exons(path, [("chr1", start, start + 10)])
    assert len(exons) == n_exons


def test_a_requested_gene_is_read_anywhere_on_these_chromosomes(path):
    region = [("chr1", FURTHEST_BP + 901, FURTHEST_BP + 911)]
    for gene_id in ("ENSG1.4", "ENSG1.9", "ENSG1"):
        assert len(read_exons(path, region, [gene_id])) == 2
    assert read_exons(path, region, ["G2", "unknown"]).empty


def test_regions_share_a_gene_and_may_be_on_no_chromosome_of_the_file(path):
    regions = [("chr1", 0, 150), ("chr1", 850, 851), ("chr9", 0, 100)]
    assert len(read_exons(path, regions)) == 2
    assert read_exons(path, []).empty


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "chr1\t1\t2\n",
            "line 1: 3 tab-separated columns; expected the 9 columns of GTF",
        ),
        ("", 'no line has a gene id (gene_id "..."); expected a GTF file'),
        (GTF.replace("101\t900", "x\t900"), "line 2: start 'x' and end '900' must be"),
    ],
)
def test_a_file_that_is_not_gtf_is_refused_with_its_line(tmp_path, text, message):
    path = tmp_path / "genes.gtf"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        read_exons(path, [("chr1", 0, 1)])
    assert str(caught.value).startswith(f"{path}: {message}")


def test_a_truncated_gzip_file_is_refused(tmp_path):
    path = tmp_path / "genes.gtf.gz"
    path.write_bytes(gzip.compress(GTF.encode() * 100)[:-40])
    with pytest.raises(InputError, match="expected a complete GTF file"):
        gene_names(path)


@pytest.mark.parametrize("escaped", ['\\"', '""'])
def test_genes_are_the_same_in_quotes_after_a_mark_and_under_an_alias(path, escaped):
    expected = gene_names(path), read_exons(path, [("chr1", 0, 1000)])
    lines = [line.split("\t") for line in GTF.splitlines()]
    lines = [[field.replace('"', escaped) for field in fields] for fields in lines]
    quoted = ["\t".join(f'"{field}"' for field in fields) for fields in lines[1:]]
    text = "\n".join(["\ufeff#!genome", *quoted]).replace("chr1", "NC_000001.11")
    path.write_text(text + "\n")
    pd.testing.assert_series_equal(gene_names(path), expected[0])
    exons = read_exons(path, [("chr1", 0, 1000)])
    pd.testing.assert_frame_equal(exons, expected[1])


def test_positions_may_be_in_any_notation_and_gff3_is_refused(path):
    exon = 'chr1\tx\texon\t1e+05\t100009.0\t.\t+\t.\tgene_id "g";\n'
    path.write_text(exon)
    exons = read_exons(path, [("chr1", 0, 10)])
    assert exons.loc[0, ["start", "end"]].tolist() == [99999, 100009]
    path.write_text(exon.replace('gene_id "g"', "gene_id=g"))
    with pytest.raises(InputError, match="line 1: attributes of GFF3"):
        gene_names(path)


def test_a_truncated_gtf_of_bgzip_is_refused(tmp_path):
    path = tmp_path / "genes.gtf.gz"
    with pysam.BGZFile(str(path), "w") as file:
        file.write(GTF.encode())
    assert len(gene_names(path))
    path.write_bytes(path.read_bytes()[:-28])
    with pytest.raises(InputError, match=r"genes\.gtf\.gz: truncated"):
        gene_names(path)


def test_regions_without_any_gene_on_their_chromosomes_are_told(path, caplog):
    assert read_exons(path, [("chr9", 0, 1000)]).empty
    assert f"{path}: no gene lies on 'chr9' (found: 'chr1', '2', 'chr3')" in caplog.text


def test_an_end_before_its_start_is_refused(tmp_path):
    path = tmp_path / "genes.gtf"
    path.write_text('chr1\tH\texon\t20\t10\t.\t+\t.\tgene_id "G1";\n')
    with pytest.raises(InputError, match="line 1: end 10 is before start 20"):
        read_exons(path, [("chr1", 0, 30)])


@pytest.mark.parametrize(
    ("attributes", "name"),
    [
        ("gene_id 'G1'; gene_name 'A';", "A"),
        ('gene_id "G1"; gene_name "3\'A";', "3'A"),
        ('gene_id G1; gene_name "A; B"', "A; B"),
    ],
)
def test_attributes_in_any_quotes(tmp_path, attributes, name):
    path = tmp_path / "genes.gtf"
    path.write_text(f"chr1\tH\tgene\t1\t10\t.\t+\t.\t{attributes}\n")
    assert gene_names(path).to_dict() == {"G1": name}


GENE = 'chr{}\tx\t{}\t{}\t{}\t.\t{}\t.\tgene_id "{}"; transcript_id "t";\n'


def test_a_gene_starts_where_transcription_does(tmp_path):
    path = tmp_path / "genes.gtf"
    path.write_text(
        GENE.format(1, "gene", 101, 900, "+", "ENSG00000000001.5")
        + GENE.format(1, "transcript", 301, 900, "+", "ENSG00000000001.5")
        + GENE.format(1, "exon", 301, 400, "+", "ENSG00000000001.5")
        + GENE.format(2, "gene", 101, 900, "-", "other")
    )
    starts = gtf.gene_starts(path)
    found = set(starts.itertuples(index=False, name=None))
    assert found == {
        (name, "chr1", start, "+")
        for name in ("ENSG00000000001.5", "ENSG00000000001")
        for start in (101, 301)
    } | {("other", "chr2", 900, "-")}
    strands = gtf.strands_of(starts)
    assert strands["ENSG00000000001"] == strands["ENSG00000000001.5"] == "+"
    assert strands["other"] == "-"


@pytest.mark.parametrize("strand", [".", "-1"])
def test_genes_without_a_strand_start_nowhere(tmp_path, strand):
    path = tmp_path / "genes.gtf"
    path.write_text("#\n" + 2 * GENE.format(1, "gene", 101, 900, strand, "G1"))
    with pytest.raises(
        InputError, match=rf"no gene has a strand, .* \(line 2: '{strand}"
    ):
        gtf.gene_starts(path)


def test_a_gene_of_exons_alone_starts_at_its_first_exon(tmp_path):
    path = tmp_path / "genes.gtf"
    path.write_text(
        "".join(
            GENE.format(1, "exon", start, start + 9, strand, gene)
            for gene, strand in (("a", "+"), ("b", "-"))
            for start in (500, 100)
        )
    )
    starts = gtf.gene_starts(path).set_index("gene_id")["start"]
    assert starts.to_dict() == {"a": 100, "b": 509}


def test_a_gene_behind_the_end_of_its_chromosome_is_on_another_build(tmp_path):
    path = tmp_path / "genes.gtf"
    text = GTF.replace("900\t", "249213345\t", 1)
    path.write_text(text.partition("\n")[2])
    message = "line 1: ENSG1.4 ends at 249,213,345, behind the end of chr1 of GRCh38"
    with pytest.raises(InputError, match=message):
        gtf.gene_starts(path, "GRCh38")
    assert len(gtf.gene_starts(path, "hg19"))
