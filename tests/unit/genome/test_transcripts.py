import pytest
from endobench.core.errors import InputError
from endobench.genome.transcripts import read_genes, union

EXON = 'chr1\tx\texon\t{}\t{}\t.\t{}\t.\tgene_id "{}"; transcript_id "{}"; {}\n'
GTF = "".join(
    EXON.format(*each)
    for each in (
        (101, 200, "+", "ENSG2.1", "a", 'gene_name "B"; gene_type "lncRNA";'),
        (301, 400, "+", "ENSG2.1", "a", ""),
        (151, 250, "+", "ENSG2.1", "b", ""),
        (901, 950, "-", "ENSG1.7", "c", 'gene_biotype "miRNA";'),
        (701, 800, "-", "ENSG1.7", "c", ""),
        (701, 750, "-", "ENSG1.7", "d", ""),
        (21, 30, ".", "ENSG9.1", "e", ""),
    )
)


@pytest.fixture
def genes(tmp_path):
    path = tmp_path / "genes.gtf"
    path.write_text(GTF + GTF.splitlines()[0].replace("exon\t101", "CDS\t1") + "\n")
    return read_genes(path)


def test_genes_have_their_transcripts_in_the_order_of_the_file(genes):
    one, other = genes
    assert (one.gene_id, one.name, one.kind, one.strand) == (
        "ENSG2.1",
        "B",
        "lncRNA",
        "+",
    )
    assert (other.gene_id, other.name, other.kind) == ("ENSG1.7", "ENSG1.7", "miRNA")
    assert (one.start, one.end, one.first_base) == (100, 400, 100)
    assert (other.start, other.end, other.first_base) == (700, 950, 949)
    assert one.exons == ((100, 250), (300, 400))
    assert [each.tss for each in one.transcripts] == [100, 150]
    assert [each.tss for each in other.transcripts] == [950, 750]
    assert other.transcripts[0].exons == ((700, 800), (900, 950))


def test_exons_are_those_of_transcripts_that_start_in_the_window(genes):
    one, other = genes
    assert one.exons_from(0, 1_000) == one.exons
    assert one.exons_from(101, 1_000) == ((150, 250),)
    assert one.exons_from(50, 320) == ((100, 250), (300, 320))
    assert one.exons_from(150, 151) == ((150, 151),)
    assert one.exons_from(151, 1_000) == ()
    # The start of a gene on the reverse strand is its end.
    assert other.exons_from(0, 951) == other.exons
    assert other.exons_from(0, 950) == ((700, 750),)
    assert other.exons_from(720, 760) == ((720, 750),)


def test_files_without_types_hold_coding_genes(tmp_path):
    path = tmp_path / "genes.gtf"
    path.write_text(EXON.format(1, 9, "+", "G1", "", ""))
    [gene] = read_genes(path)
    assert gene.kind == "protein_coding"


def test_an_id_on_two_chromosomes_is_two_genes(tmp_path):
    path = tmp_path / "genes.gtf"
    line = EXON.format(1, 9, "+", "ENSG1.1", "t", "")
    path.write_text(line + line.replace("chr1", "chr2"))
    assert [gene.chrom for gene in read_genes(path)] == ["chr1", "chr2"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("\t+\t", "\t\t"),
        ("\t+\t", "\t+-\t"),
        ('gene_id "ENSG9.1"', 'gene_id ""'),
        ('gene_id "ENSG9.1"', "gene_id"),
    ],
)
def test_an_exon_without_a_strand_or_a_gene_is_of_no_gene(tmp_path, old, new):
    path = tmp_path / "genes.gtf"
    other = EXON.format(11, 20, "+", "ENSG9.1", "e", "").replace(old, new)
    path.write_text(other + GTF)
    assert [each.gene_id for each in read_genes(path)] == ["ENSG2.1", "ENSG1.7"]


@pytest.mark.parametrize(
    ("start", "end", "reason"),
    [(9, 5, "end 5 is before start 9"), ("x2", 5, "must be whole numbers")],
)
def test_a_wrong_place_is_refused_with_its_line(tmp_path, start, end, reason):
    path = tmp_path / "genes.gtf"
    path.write_text("#\n" + EXON.format(start, end, "+", "G1", "", ""))
    with pytest.raises(InputError, match=f"line 2: .*{reason}"):
        read_genes(path)


def test_a_union_joins_what_overlaps_or_touches():
    assert union([[(5, 9), (1, 3)], [(3, 4), (8, 12)]]) == ((1, 4), (5, 12))
    assert union([]) == ()
