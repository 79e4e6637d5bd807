import pandas as pd
import pytest
from alphagenome.data.genome import Interval
from drawings import exons_of, loci_of, locus_tracks_of
from endobench.figures.text import text_width
from endobench.loci.figure_text import heads_of, place_of, source_of, title_of

NAMES = pd.Series({"ENSG00000102145.15": "GATA1"})
BARE = NAMES.rename(lambda each: each.split(".")[0])


def test_long_alleles_are_told_by_their_length():
    row = loci_of("chr1_1001000_A_" + "ACGT" * 9 + "_b38").iloc[0]
    assert place_of(row) == "chr1:1,001,000 A>ACGT… (36 bp)"


@pytest.mark.parametrize(
    ("feature_id", "names", "shown"),
    [
        ("ENSG00000102145.15", NAMES, "GATA1"),
        ("ENSG00000102145.3", BARE, "GATA1"),
        ("ENSG00000102145.3@Liver", BARE, "GATA1@Liver"),
        ("ENSG00000102145.15", None, "ENSG00000102145.15"),
        ("peak7", NAMES, "peak7"),
        ("x" * 50, NAMES, "x" * 29 + "…"),
    ],
)
def test_a_feature_is_called_by_its_name(feature_id, names, shown):
    row = loci_of(feature_id=feature_id).iloc[0]
    assert f", {shown}, effect" in title_of(row, names)


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        (1000300, 1002900, ""),
        (1002900, 1009000, " (1.9 kb from the variant)"),
        (900000, 998099, " (2.9 kb from the variant)"),
        (1002023, 1009000, " (1.0 kb from the variant)"),
        (1002022, 1009000, ""),
    ],
)
def test_a_gene_that_is_not_drawn_has_its_distance(start, end, said):
    exons = exons_of(("GATA1", start, end, "+"), ("other", 1000300, 1002900, "+"))
    exons["gene_id"] = exons["gene_id"].replace("id of GATA1", "ENSG00000102145.3")
    span = Interval("chr1", 999975, 1002023)
    title = title_of(loci_of().iloc[0], NAMES, exons, span)
    assert f", GATA1{said}, effect" in title
    elsewhere = exons.assign(chrom="chr2")
    assert ", GATA1, effect" in title_of(loci_of().iloc[0], NAMES, elsewhere, span)


def test_what_is_missing_is_not_said():
    row = loci_of(feature_id=None, effect=None).iloc[0]
    assert title_of(row) == "chr1:1,001,000 A>G, score −1.25"
    assert title_of(loci_of(datasets=()).iloc[0]) == "chr1:1,001,000 A>G"


def test_each_dataset_has_a_line():
    lines = heads_of(loci_of(datasets=("demo", "other")), NAMES, 20)
    assert lines == [
        "demo: GATA1, effect +0.5 (s.e. 0.1, p = 1.0 × 10⁻⁹), score −1.25"
        " (quantile −0.99999)",
        "other: GATA1, effect −0.5 (s.e. 0.1, p = 1.0 × 10⁻⁹), score −1.25"
        " (quantile −0.99999)",
    ]
    bare = loci_of(effect_se=None, p_value=None, quantile=None)
    assert heads_of(bare, NAMES, 20) == ["demo: GATA1, effect +0.5, score −1.25"]
    assert heads_of(loci_of(datasets=()), NAMES, 20) == [
        "requested; not in any dataset of this run"
    ]


def test_lines_are_cut_to_the_width():
    rows = loci_of(datasets=("W" * 300,))
    [line] = heads_of(rows, NAMES, 5)
    assert line.endswith("…")
    assert text_width([line]) * 7 / 8 <= 5


def test_the_source_says_whose_tracks_these_are():
    row = loci_of(track_set="K562").iloc[0]
    lines = " ".join(source_of(row, locus_tracks_of(), 20))
    for part in ("K562", "DNASE-501-DIFF_LOG2_SUM", "16,384 bp", "alphagenome/default"):
        assert part in lines


def test_the_size_of_a_change_has_no_sign():
    rows = loci_of(
        scorer="SPLICE_SITE_USAGE", score=0.25, quantile=0.5, gene_id="ENSG01"
    )
    [line] = heads_of(rows, NAMES, 20)
    assert "effect +0.5" in line
    assert line.endswith("splice site usage change 0.25 (quantile 0.50000)")
    assert title_of(rows.iloc[0], NAMES).endswith("splice site usage change 0.25")


@pytest.mark.parametrize(
    ("scorer", "joined"),
    [("SPLICE_SITES", "maxima of 3 bp"), ("POLYADENYLATION", "means of 3 bp")],
)
def test_the_source_says_what_became_of_many_bases(scorer, joined):
    row = loci_of(scorer=scorer).iloc[0]
    assert joined in source_of(row, locus_tracks_of(resolution_bp=3), 20)[0]
