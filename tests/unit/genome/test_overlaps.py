import numpy as np
import pandas as pd
import pytest
from endobench.core import columns
from endobench.core.columns import DROPPED, IN_PEAKS
from endobench.core.errors import InputError
from endobench.core.tables import as_table, read_frame, table_writer, write_table
from endobench.genome.overlaps import (
    PeakFilter,
    overlaps,
    select_in_peaks,
    write_in_peaks,
)
from endobench.genome.variants import make_variant_ids
from endobench.sources.formats import Source
from endobench.sources.read import read_effects
from endobench.sources.rows import Selection
from frames import rows_of, variants_of
from hypothesis import given, settings
from hypothesis import strategies as st


@pytest.fixture
def bed(tmp_path):
    def write(*rows):
        path = tmp_path / "peaks.bed"
        path.write_text("".join("\t".join(map(str, row)) + "\n" for row in rows))
        return path

    return write


@pytest.mark.parametrize(
    ("variant", "is_inside"),
    [
        ("chr1_10_A_G_b38", False),  # pos == start: the base before the interval
        ("chr1_11_A_G_b38", True),
        ("chr1_20_A_G_b38", True),  # pos == end: the last base of the interval
        ("chr1_21_A_G_b38", False),
        ("chr1_9_AC_A_b38", False),
        ("chr1_10_AC_A_b38", True),  # the deleted base is the interval's first
        ("chr1_5_ACGTACGTACGTACGTACGT_A_b38", True),
        ("chr1_10_A_ACCCCC_b38", False),  # an insertion covers its anchor alone
        ("chr1_20_A_ACCCCC_b38", True),
        ("chr2_15_A_G_b38", False),
    ],
)
def test_a_variant_is_inside_where_a_base_of_ref_is(bed, variant, is_inside):
    found = overlaps(variants_of(variant), bed(("chr1", 10, 20)))
    assert found.tolist() == [is_inside]


def test_intervals_may_hold_others(bed):
    path = bed(("chr1", 10, 25), ("chr1", 12, 14), ("chr1", 30, 34), ("chr2", 5, 9))
    variants = variants_of(*(f"chr1_{pos}_A_G_b38" for pos in (10, 11, 20, 26, 31, 35)))
    assert overlaps(variants, path).tolist() == [False, True, True, False, True, False]


def test_the_published_study_uses_the_first_base_only(bed):
    variants = variants_of("chr1_10_AC_A_b38", "chr1_11_AC_A_b38", "chr1_20_A_G_b38")
    path = bed(("chr1", 10, 20))
    assert overlaps(variants, path, whole_ref=False).tolist() == [False, True, True]
    kept, lost = select_in_peaks(variants, PeakFilter(path, whole_ref=False))
    assert kept["pos"].tolist() == [11, 20]
    assert lost["variant_id"].tolist() == ["chr1_10_AC_A_b38"]


def test_the_first_base_of_a_chromosome(bed):
    variants = variants_of("chr1_1_A_G_b38", "chr1_2_A_G_b38")
    assert overlaps(variants, bed(("chr1", 0, 1))).tolist() == [True, False]


def test_columns_after_the_third_decide_nothing(bed):
    variants = variants_of("chr1_15_A_G_b38", "chr1_50_A_G_b38")
    row = ("chr1", 10, 20, "name", 1000, ".", 4.5, -1, 3.2, 7)
    assert overlaps(variants, bed(row)).tolist() == [True, False]


def test_a_chromosome_without_peaks_or_without_variants(bed):
    variants = variants_of("chr1_15_A_G_b38", "chr3_15_A_G_b38", "chrX_15_A_G_b38")
    path = bed(("chr2", 10, 20), ("chr3", 10, 20))
    assert overlaps(variants, path).tolist() == [False, True, False]
    assert overlaps(variants.iloc[:0], path).tolist() == []


def test_without_intervals_no_variant_overlaps(bed):
    assert overlaps(variants_of("chr1_15_A_G_b38"), bed()).tolist() == [False]


CHROMS = st.sampled_from(["chr1", "chr2", "chr10"])
VARIANTS = st.lists(
    st.tuples(CHROMS, st.integers(1, 60), st.integers(1, 5)), max_size=30
)
INTERVALS = st.lists(
    st.tuples(CHROMS, st.integers(0, 60), st.integers(1, 12)), max_size=12
)


@given(rows=VARIANTS, intervals=INTERVALS)
@settings(max_examples=40)
def test_overlaps_equal_a_comparison_of_all_with_all(tmp_path_factory, rows, intervals):
    path = tmp_path_factory.getbasetemp() / "random.bed"
    path.write_text("".join(f"{c}\t{s}\t{s + n}\n" for c, s, n in sorted(intervals)))
    variants = pd.DataFrame(rows, columns=["chrom", "pos", "length"])
    variants["ref"] = ["A" * length for length in variants["length"]]
    expected = [
        any(c == chrom and s < pos - 1 + n and pos - 1 < s + m for c, s, m in intervals)
        for chrom, pos, n in rows
    ]
    assert overlaps(variants, path).tolist() == expected


def test_variants_in_peaks_and_in_no_blacklist_are_kept(bed, tmp_path):
    blacklist = tmp_path / "blacklist.bed"
    blacklist.write_text("chr1\t14\t15\nchr1\t99\t100\n")
    variants = variants_of("chr1_12_A_G_b38", "chr1_15_A_G_b38", "chr1_100_A_G_b38")
    peak_filter = PeakFilter(bed(("chr1", 10, 20)), blacklist)
    kept, lost = select_in_peaks(variants, peak_filter)
    assert kept["variant_id"].tolist() == ["chr1_12_A_G_b38"]
    assert list(lost) == DROPPED.names
    assert rows_of(lost, "stage", "reason", "variant_id") == [
        ("peaks", "blacklisted", "chr1_15_A_G_b38"),
        ("peaks", "outside_peaks", "chr1_100_A_G_b38"),
    ]


def test_without_peaks_all_variants_stay(bed):
    variants = variants_of("chr1_12_A_G_b38", "chr1_50_A_G_b38")
    kept, lost = select_in_peaks(variants, PeakFilter())
    pd.testing.assert_frame_equal(kept[list(variants)], variants)
    # Without peaks a variant is neither inside nor outside.
    assert kept["in_peak"].isna().all()
    assert as_table(kept, IN_PEAKS)["in_peak"].null_count == 2
    assert lost.empty
    blacklist = PeakFilter(blacklist_path=bed(("chr1", 49, 50)))
    kept, _ = select_in_peaks(variants, blacklist)
    assert kept["pos"].tolist() == [12]


def test_variants_outside_peaks_may_be_kept_and_are_marked(bed, tmp_path):
    blacklist = tmp_path / "blacklist.bed"
    blacklist.write_text("chr1\t14\t15\nchr1\t79\t80\n")
    ids = [f"chr1_{pos}_A_G_b38" for pos in (12, 15, 50, 80)]
    peaks = bed(("chr1", 10, 20))
    keeping = PeakFilter(peaks, blacklist, outside_peaks="keep")
    kept, lost = select_in_peaks(variants_of(*ids), keeping)
    assert rows_of(kept, "variant_id", "in_peak") == [(ids[0], True), (ids[2], False)]
    assert rows_of(lost, "reason", "variant_id") == [
        ("blacklisted", ids[1]),
        ("blacklisted", ids[3]),
    ]
    dropping, _ = select_in_peaks(variants_of(*ids), PeakFilter(peaks, blacklist))
    assert rows_of(dropping, "variant_id", "in_peak") == [(ids[0], True)]


def test_without_overlap_the_error_names_the_chromosomes_of_both(bed):
    variants = variants_of("chr1_12_A_G_b38", "chr2_12_A_G_b38")
    path = bed(["track name=x"], ("1", 0, 50), ("2", 0, 50))
    with pytest.raises(InputError) as caught:
        select_in_peaks(variants, PeakFilter(path, peaks_name="k562"))
    assert str(caught.value) == (
        "k562: none of 2 variants lies in a peak (chromosomes of the variants: chr1,"
        " chr2; of the peaks: 1, 2); check the build and the chromosome names"
    )


def test_if_no_variant_is_left_the_reasons_and_examples_are_named(tmp_path, bed):
    peaks, blacklist = bed(("chr1", 0, 50)), tmp_path / "blacklist.bed"
    blacklist.write_text("chr1\t0\t50\n")
    variants = variants_of("chr1_12_A_G_b38", "chr1_13_A_G_b38", "chr1_90_A_G_b38")
    expected = (
        "none of 3 variants lies in a peak and outside the blacklist: blacklisted 2,"
        " outside_peaks 1 (such as 'chr1_12_A_G_b38', 'chr1_13_A_G_b38')"
    )
    with pytest.raises(InputError) as caught:
        select_in_peaks(variants, PeakFilter(peaks, blacklist))
    assert str(caught.value) == f"{blacklist}: {expected}"
    write_table(variants, tmp_path / "variants", columns.VARIANTS)
    outputs = tmp_path / "new" / "kept", tmp_path / "new" / "lost"
    with pytest.raises(InputError, match="none of 3 variants lies in a peak"):
        write_in_peaks(tmp_path / "variants", *outputs, PeakFilter(peaks, blacklist))
    assert not [each for each in tmp_path.glob("new/*") if each.is_file()]


def test_peaks_that_were_all_lost_in_lifting_are_an_error(bed):
    with pytest.raises(InputError, match="of the peaks: none"):
        select_in_peaks(variants_of("chr1_12_A_G_b38"), PeakFilter(bed()))


def test_an_empty_table_is_no_error(bed):
    nothing = variants_of("chr1_12_A_G_b38").iloc[:0]
    path = bed(("chr1", 0, 50))
    kept, lost = select_in_peaks(nothing, PeakFilter(path, path))
    assert kept.empty and lost.empty


@given(seed=st.integers(0, 99))
@settings(max_examples=10)
def test_row_order_decides_nothing(tmp_path_factory, seed):
    path = tmp_path_factory.getbasetemp() / "peaks.bed"
    path.write_text("chr1\t10\t20\nchr2\t5\t15\n")
    variants = pd.DataFrame(
        {"chrom": ["chr1", "chr2"] * 10, "pos": range(1, 21), "ref": "A", "alt": "G"}
    )
    variants["variant_id"] = make_variant_ids(variants)
    permuted = variants.sample(frac=1, random_state=seed)
    kept, lost = select_in_peaks(variants, PeakFilter(path))
    again = select_in_peaks(permuted, PeakFilter(path))
    for found, expected in zip(again, (kept, lost), strict=True):
        assert sorted(found["variant_id"]) == sorted(expected["variant_id"])
    assert len(kept) + len(lost) == len(variants)
    assert not np.isin(kept["variant_id"], lost["variant_id"]).any()


def test_whole_blood_variants_in_k562_peaks_of_chr22(shared_data):
    table = shared_data(
        "gtex_v8/Whole_Blood.v8.independent_eqtls.annotated_Peters_celltype_eQTLs.txt.gz"
    )
    peaks = shared_data(
        "k562_dnase_chr22/K562_DNase.chr22.macs2_qval1e-5_le5kb.narrowPeak"
    )
    parsed = read_effects(
        table, Source("gtex_independent"), Selection(chromosomes=["chr22"])
    )
    kept, lost = select_in_peaks(parsed.variants, PeakFilter(peaks))
    assert (len(kept), len(kept) + len(lost)) == (52, 509)


@pytest.mark.parametrize("outside_peaks", ["drop", "keep"])
def test_written_variants_equal_the_selected_ones(bed, tmp_path, outside_peaks):
    blacklist = tmp_path / "blacklist.bed"
    blacklist.write_text("chr1\t14\t15\n")
    variants = variants_of(
        *(f"chr{c}_{pos}_A_G_b38" for c in (1, 2) for pos in range(9, 30))
    )
    peaks = bed(("chr1", 10, 20), ("chr2", 11, 12))
    peak_filter = PeakFilter(peaks, blacklist, outside_peaks=outside_peaks)
    expected = select_in_peaks(variants, peak_filter)
    path = tmp_path / "variants"
    with table_writer(path, columns.VARIANTS) as writer:
        for rows in (variants[:5], variants[5:30], variants[30:]):
            writer.write_table(as_table(rows, columns.VARIANTS))
    paths = tmp_path / "kept", tmp_path / "lost"
    write_in_peaks(path, *paths, peak_filter)
    for found, frame, schema in zip(paths, expected, (IN_PEAKS, DROPPED), strict=True):
        found = read_frame(found, schema)
        assert found.astype(str).equals(frame.astype(found.dtypes).astype(str))
