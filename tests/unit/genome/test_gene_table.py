import pytest
from endobench.core.errors import InputError
from endobench.genome.gene_table import gene_table, tell_of_gaps
from endobench.genome.gtf import gene_starts


def line_of(kind, start, end, strand, attributes, chrom="chr1"):
    return f"{chrom}\tx\t{kind}\t{start}\t{end}\t.\t{strand}\t.\t{attributes}\n"


def genes_in(path, *lines, chroms=("chr1",)):
    path.write_text("".join(lines))
    return gene_table(path, chroms)


def test_a_gene_starts_where_each_of_its_transcripts_does(tmp_path):
    plus, minus = 'gene_id "ENSG1.4"; gene_name "A"', 'gene_id "ENSG2.1"'
    found = genes_in(
        tmp_path / "genes.gtf",
        line_of("gene", 101, 900, "+", plus),
        line_of("transcript", 101, 900, "+", f'{plus}; transcript_id "t1"'),
        line_of("exon", 101, 200, "+", f'{plus}; transcript_id "t1"'),
        line_of("exon", 801, 900, "+", f'{plus}; transcript_id "t1"'),
        line_of("transcript", 151, 850, "+", f'{plus}; transcript_id "t2"'),
        line_of("exon", 151, 250, "+", f'{plus}; transcript_id "t2"'),
        line_of("exon", 11, 20, "-", f'{minus}; transcript_id "t3"'),
        line_of("exon", 31, 40, "-", f'{minus}; transcript_id "t3"'),
        line_of("exon", 1, 9, "+", 'gene_id "ENSG3.1"', chrom="chr2"),
    )
    assert found.to_dict("list") == {
        "gene_id": ["ENSG1", "ENSG2"],
        "gene_name": ["A", "ENSG2.1"],
        "chrom": ["chr1", "chr1"],
        "strand": ["+", "-"],
        "start": [100, 10],
        "end": [900, 40],
        "tss": [[100, 150], [40]],
        "exon_start": [[100, 800], [10, 30]],
        "exon_end": [[250, 900], [20, 40]],
    }


def test_a_gene_of_two_versions_is_refused(tmp_path):
    lines = [line_of("exon", 1, 9, "+", f'gene_id "ENSG1.{n}"') for n in (1, 2)]
    with pytest.raises(InputError, match="ENSG1.1 and ENSG1.2"):
        genes_in(tmp_path / "genes.gtf", *lines)


def test_a_gene_may_lie_on_both_sex_chromosomes(tmp_path):
    lines = [
        line_of("exon", 1, 9, "+", f'gene_id "{gene}"', chrom=chrom)
        for chrom, gene in (("chrX", "ENSG1.1"), ("chrY", "ENSG1.1_PAR_Y"))
    ]
    found = genes_in(tmp_path / "genes.gtf", *lines, chroms=["chrX", "chrY"])
    assert list(found["gene_id"]) == ["ENSG1", "ENSG1_PAR_Y"]


def test_the_first_of_two_versions_is_that_of_the_same_chromosome(tmp_path):
    places = ("chr1", 1), ("chr2", 2), ("chr2", 3)
    lines = [
        line_of("exon", 1, 9, "+", f'gene_id "ENSG1.{version}"', chrom=chrom)
        for chrom, version in places
    ]
    with pytest.raises(InputError, match="ENSG1.2 and ENSG1.3 of chr2"):
        genes_in(tmp_path / "genes.gtf", *lines, chroms=["chr1", "chr2"])


@pytest.mark.parametrize(
    ("kind", "chrom", "told"),
    [
        ("exon", "chr1", ""),
        ("exon", "chr3", "no gene lies on chr1 (found: chr3); was the file cut?"),
        ("CDS", "chr1", "no gene lies on chr1 (found: none)"),
        ("gene", "chr1", "no gene has exons"),
    ],
)
def test_an_annotation_with_gaps_is_told(tmp_path, caplog, kind, chrom, told):
    path = tmp_path / "genes.gtf"
    genes = genes_in(path, line_of(kind, 1, 9, "+", 'gene_id "ENSG1"', chrom))
    tell_of_gaps(path, genes, gene_starts(path), ["chr1"])
    assert told in caplog.text and bool(told) == bool(caplog.text)
