import gzip

import numpy as np
import pandas as pd
import pybedtools
import pyBigWig
import pysam
import pytest
from endobench.core.columns import PAIRS
from endobench.export.browser_tracks import (
    base_scores,
    write_bed,
    write_bedgraph,
    write_bigwig,
    write_chrom_sizes,
)
from endobench.export.scored_variants import scored_variants
from frames import fasta, rows_of
from hypothesis import given, settings
from hypothesis import strategies as st
from scored import GENOME, ROWS, SEQUENCE, pairs_by_gene, pairs_of

EMPTY = PAIRS.empty_table().to_pandas()
BASES = [
    ("chr1", 10, 11, -0.75),
    ("chr1", 11, 12, -1.25),
    ("chr1", 20, 21, 1e-9),
    ("chr10", 2, 3, 12345.678),
    ("chr2", 4, 5, -0.01),
]


@pytest.fixture
def genome(tmp_path):
    return fasta(tmp_path, **GENOME)


def as_float32(rows):
    return [(*row[:3], np.float32(row[3])) for row in rows]


def test_the_bed_covers_all_bases_of_ref_of_every_variant(tmp_path, genome):
    path = tmp_path / "scores.bed.gz"
    write_bed(scored_variants(pairs_of(), genome), path, "demo corrected")
    lines = gzip.decompress(path.read_bytes()).decode().splitlines()
    assert "non-commercial" in lines[0] and lines[0].startswith("#")
    assert lines[1:4] == [
        "#demo corrected: alphagenome/default; DNASE-501-DIFF_LOG2_SUM; K562;"
        " ALT minus REF",
        "#chrom\tstart\tend\tname\tscore",
        "chr1\t10\t11\tchr1_11_A_G_b38\t0.20062743",
    ]
    with pysam.TabixFile(str(path)) as file:
        names = [line.split("\t")[3] for line in file.fetch("chr1", 13, 14)]
    # The deletion's last base.
    assert names == ["chr1_12_CGT_C_b38"]
    regions = pybedtools.BedTool("chr1\t13\t14\nchr10\t2\t3\n", from_string=True)
    found = pybedtools.BedTool(str(path)).intersect(regions)
    assert [each.name for each in found] == ["chr1_12_CGT_C_b38", "chr10_3_G_GA_b38"]


def test_each_base_has_its_largest_absolute_score(genome):
    variants = scored_variants(pairs_of(), genome)
    assert rows_of(
        base_scores(variants), "chrom", "start", "end", "score"
    ) == as_float32(BASES)


@st.composite
def scored(draw):
    """Draw variants in any order, several of them at a base."""
    place = st.tuples(st.sampled_from(sorted(GENOME)), st.integers(1, 7))
    change = st.tuples(
        st.sampled_from(["A", "AC", "ACG"]), st.sampled_from(["G", "GT"])
    )
    value = st.floats(-4, 4, width=16)
    rows = draw(
        st.lists(
            st.tuples(place, change, value), max_size=12, unique_by=lambda row: row[:2]
        )
    )
    return [
        (f"{chrom}_{pos}_{ref}_{alt}_b38", "g", 0.1, 0.1, value)
        for (chrom, pos), (ref, alt), value in rows
    ]


@given(scored())
@settings(max_examples=15)
def test_intervals_are_sorted_and_never_overlap(rows):
    variants = scored_variants(pairs_of(rows))
    bases = base_scores(variants)
    places = rows_of(bases, "chrom", "start", "end")
    assert places == sorted(places)
    for (chrom, _, end), (next_chrom, start, _) in zip(
        places, places[1:], strict=False
    ):
        assert chrom < next_chrom or end <= start
    assert set(zip(bases["chrom"], bases["start"] + 1, strict=True)) == set(
        zip(variants["chrom"], variants["pos"], strict=True)
    )
    largest = variants.assign(size=variants["score"].abs())
    largest = largest.groupby(["chrom", "pos"], observed=True)["size"].max()
    assert bases["score"].abs().tolist() == largest.tolist()


def test_of_equal_absolute_scores_the_positive_counts():
    scores = zip("ACG", (-1.0, 1.0, -1.0), strict=True)
    rows = [(f"chr1_5_T_{alt}_b38", "g", 0.1, 0.1, raw) for alt, raw in scores]
    assert base_scores(scored_variants(pairs_of(rows)))["score"].tolist() == [1]


def test_bedtools_reads_the_bedgraph_and_its_track_line(tmp_path, genome):
    path = tmp_path / "scores.bedgraph"
    variants = scored_variants(pairs_of(model="standin/x"), genome)
    write_bedgraph(variants, path, 'a "quoted" name')
    first, *lines = path.read_text().splitlines()
    assert first.startswith(
        'track type=bedGraph name="a \'quoted\' name" description="'
    )
    assert "STAND-IN MODEL: not AlphaGenome" in first
    rows = [line.split("\t") for line in lines]
    assert [(c, int(s), int(e), np.float32(v)) for c, s, e, v in rows] == as_float32(
        BASES
    )
    # bedtools merges nothing, so nothing overlaps.
    assert pybedtools.BedTool(str(path)).merge(d=-1).count() == len(BASES)


def test_the_bigwig_holds_the_bedgraph(tmp_path, genome):
    path = tmp_path / "scores.bw"
    write_bigwig(scored_variants(pairs_of(), genome), genome, path)
    with pyBigWig.open(str(path)) as file:
        assert file.chroms() == dict.fromkeys(GENOME, len(SEQUENCE))
        found = [
            (chrom, *each) for chrom in sorted(GENOME) for each in file.intervals(chrom)
        ]
        assert found == as_float32(BASES)
        assert file.stats("chr1", 0, 200, type="min") == [-1.25]


def test_chromosome_sizes_are_those_of_the_genome(tmp_path, genome):
    write_chrom_sizes(genome, tmp_path / "chrom.sizes")
    table = pd.read_csv(tmp_path / "chrom.sizes", sep="\t", header=None)
    assert dict(zip(table[0], table[1], strict=True)) == dict.fromkeys(GENOME, 200)


def test_variants_that_mismatch_the_genome_are_in_no_track(tmp_path, genome):
    rows = [*ROWS, ("chr2_4_G_C_b38", "g", 0.1, 0.1, 9.0)]
    rows += [("chr2_900_G_C_b38", "g", 0.1, 0.1, 9.0)]
    variants = scored_variants(pairs_of(rows), genome)
    assert len(base_scores(variants)) == len(BASES)
    write_bed(variants, tmp_path / "x.bed.gz")
    text = gzip.decompress((tmp_path / "x.bed.gz").read_bytes()).decode()
    assert "chr2_4_G_C" not in text and "chr2_5_T_C" in text
    # Without a genome, no mismatch is known.
    assert len(base_scores(scored_variants(pairs_of(rows)))) == len(BASES) + 2


def test_without_variants_the_files_are_complete(tmp_path, genome):
    variants = scored_variants(EMPTY, genome)
    write_bed(variants, tmp_path / "x.bed.gz")
    write_bedgraph(variants, tmp_path / "x.bedgraph")
    write_bigwig(variants, genome, tmp_path / "x.bw")
    with pysam.TabixFile(str(tmp_path / "x.bed.gz")) as file:
        assert list(file.fetch()) == []
    assert len((tmp_path / "x.bedgraph").read_text().splitlines()) == 1
    with pyBigWig.open(str(tmp_path / "x.bw")) as file:
        assert file.chroms() == dict.fromkeys(GENOME, len(SEQUENCE))
        assert file.intervals("chr1") is None


def test_the_order_of_pairs_changes_no_byte(tmp_path, genome):
    written = []
    for pairs in (pairs_of(), pairs_of().sample(frac=1, random_state=1)):
        variants = scored_variants(pairs, genome)
        write_bed(variants, tmp_path / "x.bed.gz")
        write_bedgraph(variants, tmp_path / "x.bedgraph")
        write_bigwig(variants, genome, tmp_path / "x.bw")
        names = ("x.bed.gz", "x.bed.gz.tbi", "x.bedgraph", "x.bw")
        written.append([(tmp_path / name).read_bytes() for name in names])
    assert written[0] == written[1]


def test_each_gene_of_a_variant_has_a_line_in_the_bed(tmp_path, genome):
    path = tmp_path / "scores.bed.gz"
    variants = scored_variants(pairs_by_gene(), genome)
    write_bed(variants, path, "demo")
    lines = gzip.decompress(path.read_bytes()).decode().splitlines()
    assert lines[1].endswith("log fold change of the gene's expression")
    rows = [line.split("\t")[3:] for line in lines if not line.startswith("#")]
    assert rows == [
        ["chr1_11_A_G_b38:ENSG01", "0.5"],
        ["chr1_11_A_G_b38:ENSG02", "-0.75"],
        ["chr1_12_CGT_C_b38:ENSG01", "0.25"],
    ]
    assert base_scores(variants)["score"].tolist() == [-0.75, 0.25]
