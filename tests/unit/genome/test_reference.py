import logging

import numpy as np
import pandas as pd
import pytest
from alphagenome.data import genome as client
from endobench.core.columns import DROPPED, IN_PEAKS, SHARDS
from endobench.core.errors import InputError
from endobench.core.tables import as_table, read_frame, write_table
from endobench.genome import reference as module
from endobench.genome.fasta import index_genome, open_genome, read_chromosome
from endobench.genome.reference import (
    centred_windows,
    left_align,
    matches_reference,
    n_fractions,
    prepare,
    write_shards,
)
from endobench.genome.variants import make_variant_ids
from frames import fasta, rows_of, variants_of
from hypothesis import given, settings
from hypothesis import strategies as st

LIMITS = {"max_n_fraction": 0.5}
NORMALISED = ("pos", "ref", "alt")


def codes(text):
    return np.frombuffer(text.encode(), dtype=np.uint8)


@pytest.mark.parametrize(
    ("variant", "is_match"),
    [
        ("chr1_1_A_G_b38", True),
        ("chr1_8_T_G_b38", True),
        ("chr1_1_C_G_b38", False),
        ("chr1_2_CGT_C_b38", True),
        ("chr1_2_CGA_C_b38", False),  # the last base differs
        ("chr1_2_CAT_C_b38", False),  # the middle base differs
        ("chr1_7_GT_G_b38", True),
        ("chr1_7_GTA_G_b38", False),  # runs over the end
        ("chr1_9_A_G_b38", False),
        ("chr1_5_ACGTACGTACGTACGT_A_b38", False),
    ],
)
def test_every_base_of_ref_is_compared(variant, is_match):
    found = matches_reference(variants_of(variant), codes("ACGTACGT"))
    assert found.tolist() == [is_match]


def test_many_variants_are_compared_as_one_by_one():
    sequence = "ACGGTTACA"
    rows = [
        (pos, sequence[pos - 1 : pos + n]) for pos in range(1, 10) for n in range(4)
    ]
    rows = [(pos, ref) for pos, ref in rows if len(ref) > 1] + [(3, "T"), (1, "AG")]
    variants = pd.DataFrame(rows, columns=["pos", "ref"]).sample(frac=1, random_state=1)
    expected = [
        sequence[pos - 1 : pos - 1 + len(ref)] == ref
        for pos, ref in rows_of(variants, "pos", "ref")
    ]
    assert matches_reference(variants, codes(sequence)).tolist() == expected


def applied(sequence, pos, ref, alt):
    assert sequence[pos - 1 :].startswith(ref)
    return sequence[: pos - 1] + alt + sequence[pos - 1 + len(ref) :]


REPEATS = st.lists(st.sampled_from(["A", "C", "AC", "AAC"]), min_size=3, max_size=14)
CHANGES = st.lists(
    st.tuples(
        st.integers(2, 40), st.integers(1, 5), st.text("AC", min_size=1, max_size=5)
    ),
    min_size=1,
    max_size=30,
)


@given(units=REPEATS, changes=CHANGES)
@settings(max_examples=30)
def test_left_alignment_preserves_the_haplotype(tmp_path_factory, units, changes):
    sequence = "G" + "".join(units) + "T"
    rows = {
        ("chr1", pos, sequence[pos - 1 : pos - 1 + length], alt)
        for pos, length, alt in changes
        if pos - 1 + length < len(sequence)
    }
    rows = sorted(row for row in rows if row[2] != row[3])
    variants = pd.DataFrame(rows, columns=["chrom", "pos", "ref", "alt"])
    variants = variants.sample(frac=1, random_state=len(rows))
    path = fasta(tmp_path_factory.getbasetemp(), chr1=sequence)
    aligned = left_align(variants, path)
    assert aligned.index.equals(variants.index)
    written = {}
    for before, after in zip(
        rows_of(variants, *NORMALISED), rows_of(aligned, *NORMALISED), strict=True
    ):
        haplotype = applied(sequence, *before)
        assert applied(sequence, *after) == haplotype
        assert written.setdefault(haplotype, after) == after
        _, ref, alt = after
        assert ref[-1] != alt[-1]
        assert ref[0] != alt[0] or min(len(ref), len(alt)) == 1
    pd.testing.assert_frame_equal(left_align(aligned, path), aligned)


@pytest.mark.parametrize(
    ("given_as", "normalised"),
    [
        ("chr1_8_AA_A_b38", "chr1_3_GA_G_b38"),
        ("chr1_8_A_AA_b38", "chr1_3_G_GA_b38"),
        ("chr1_14_ACAC_AC_b38", "chr1_12_TCA_T_b38"),
        ("chr1_3_GAA_TAA_b38", "chr1_3_G_T_b38"),
        ("chr1_3_GA_TC_b38", "chr1_3_GA_TC_b38"),
        ("chr1_5_A_G_b38", "chr1_5_A_G_b38"),
    ],
)
@pytest.mark.parametrize("case", [str.upper, str.lower])
def test_known_normal_forms_whatever_the_case_of_the_genome(
    tmp_path, given_as, normalised, case
):
    #            1234567890123456789
    sequence = "TTGAAAAAAAATCACACAGTT"
    variants = variants_of(given_as)
    aligned = left_align(variants, fasta(tmp_path, chr1=case(sequence)))
    assert make_variant_ids(aligned).tolist() == [normalised]


def test_an_indel_moved_onto_unknown_bases_keeps_its_alleles(tmp_path):
    path = fasta(tmp_path, chr1="NNNNNAAAACGT")
    variants = variants_of("chr1_8_AA_A_b38", "chr1_8_A_AA_b38")
    aligned = left_align(variants, path)
    assert rows_of(aligned, *NORMALISED) == [(5, "NA", "N"), (5, "N", "NA")]


def test_substitutions_of_one_base_need_no_genome(tmp_path):
    variants = variants_of("chr1_8_A_G_b38")
    pd.testing.assert_frame_equal(left_align(variants, tmp_path / "none.fa"), variants)


@given(
    pos=st.integers(50_000, 60_000),
    ref_length=st.integers(1, 300),
    window_bp=st.integers(1, 40_000),
)
@settings(max_examples=200)
def test_windows_are_the_clients_resized_intervals(pos, ref_length, window_bp):
    variant = client.Variant("chr1", pos, "A" * ref_length, "G")
    expected = variant.reference_interval.resize(window_bp)
    start, shift = centred_windows(
        np.array([pos]), np.array([ref_length]), window_bp, 200_000
    )
    assert (start[0], start[0] + window_bp) == (expected.start, expected.end)
    assert shift[0] == 0


@given(
    pos=st.lists(st.integers(1, 100), min_size=1),
    window_bp=st.integers(1, 50).map(lambda half: 2 * half),
)
def test_windows_stay_inside_and_say_how_far_they_moved(pos, window_bp):
    pos = np.array(pos)
    start, shift = centred_windows(pos, np.ones_like(pos), window_bp, 100)
    assert (start >= 0).all() and (start + window_bp <= 100).all()
    assert (start <= pos - 1).all() and (pos <= start + window_bp).all()
    free = start - shift
    assert (free == pos - window_bp // 2).all()
    would_run_over = (free < 0) | (free + window_bp > 100)
    assert ((shift != 0) == would_run_over).all()


@given(
    sequence=st.text("NACGn", max_size=60),
    starts=st.lists(st.integers(0, 60)),
    window_bp=st.integers(1, 70),
)
def test_unknown_bases_are_counted_as_by_hand(sequence, starts, window_bp):
    starts = [start for start in starts if start <= len(sequence)]
    expected = [sequence[s : s + window_bp].count("N") / window_bp for s in starts]
    found = n_fractions(codes(sequence), np.array(starts, dtype=int), window_bp)
    assert found.tolist() == expected


SEQUENCE = "ACGTACGTTTGCAGGCATTACGATTTTTTGCA" * 4
IDS = [
    "chr1_60_CG_C_b38",
    "chr1_60_A_T_b38",
    "chr1_2_C_T_b38",
    "chr2_60_A_T_b38",
    "chr1_126_G_T_b38",
]


@pytest.fixture
def genome(tmp_path):
    return fasta(tmp_path, chr1=SEQUENCE, chr2="T" * 128)


def agreeing(*ids):
    """Return variants with REF taken from `SEQUENCE`."""
    variants = variants_of(*ids)
    variants["ref"] = [
        SEQUENCE[pos - 1 : pos - 1 + len(ref)]
        for pos, ref in rows_of(variants, "pos", "ref")
    ]
    variants["alt"] = [
        ref[0] if len(ref) > 1 else "CGTA"["ACGT".index(ref)] for ref in variants["ref"]
    ]
    return variants.assign(variant_id=make_variant_ids(variants))


def test_prepared_variants_keep_the_contract(genome):
    variants = agreeing("chr1_60_A_T_b38").assign(in_peak=False)
    kept, lost = prepare(variants, genome, 32, **LIMITS)
    assert set(kept) == set(SHARDS.names)
    assert kept["in_peak"].tolist() == [False]
    assert list(lost) == DROPPED.names
    assert as_table(kept, SHARDS).num_rows == 1
    assert rows_of(kept, "window_start", "window_end", "shift_bp") == [(44, 76, 0)]


def test_every_variant_is_kept_or_dropped(genome):
    variants = pd.concat([agreeing(*IDS[:3]), variants_of(*IDS[3:])], ignore_index=True)
    kept, lost = prepare(variants, genome, 32, **LIMITS)
    assert sorted([*kept["source_id"], *lost["variant_id"]]) == sorted(
        variants["variant_id"]
    )


def test_a_ref_that_disagrees_is_dropped_with_its_allele(genome):
    variants = pd.concat([agreeing(*IDS[:3]), variants_of(IDS[3])], ignore_index=True)
    kept, lost = prepare(variants, genome, 32, **LIMITS)
    assert len(kept) == 3
    assert rows_of(lost, "stage", "reason", "variant_id", "value") == [
        ("sequences", "ref_mismatch", IDS[3], "A")
    ]


def test_few_agreeing_refs_are_dropped_one_by_one_since_a_gate_judges_the_share(
    tmp_path, caplog
):
    genome = fasta(tmp_path, chr1="A" * 89, chr2="T" * 128)
    ids = ["chr1_45_A_G_b38", "chr2_60_A_T_b38", "chr2_61_A_T_b38"]
    with caplog.at_level(logging.INFO):
        kept, lost = prepare(variants_of(*ids), genome, 32, **LIMITS)
    assert kept["source_id"].tolist() == ids[:1]
    assert rows_of(lost, "reason", "variant_id") == [
        ("ref_mismatch", each) for each in ids[1:]
    ]
    assert f"REF matches {genome} for 1 of 3" in caplog.text


def test_indels_are_left_aligned_and_remember_their_id(tmp_path):
    genome = fasta(tmp_path, chr1="TTGAAAAAAAATCACACAGTT")
    kept, _ = prepare(variants_of("chr1_8_AA_A_b38"), genome, 8, **LIMITS)
    names = ["variant_id", "source_id", "pos", "ref", "window_start"]
    assert rows_of(kept, *names) == [("chr1_3_GA_G_b38", "chr1_8_AA_A_b38", 3, "GA", 0)]


def test_two_spellings_of_an_indel_are_two_sources_of_one_variant(tmp_path):
    genome = fasta(tmp_path, chr1="TTGAAAAAAAATCACACAGTT")
    ids = ["chr1_8_AA_A_b38", "chr1_5_AA_A_b38"]
    kept, _ = prepare(variants_of(*ids), genome, 8, **LIMITS)
    assert sorted(kept["source_id"]) == sorted(ids)
    assert kept["variant_id"].tolist() == ["chr1_3_GA_G_b38"] * 2


def test_without_a_window_only_ref_is_checked(tmp_path):
    genome = fasta(tmp_path, chr1="N" * 40 + "ACGTACGT")
    variants = variants_of("chr1_41_A_G_b38", "chr1_42_A_G_b38")
    kept, lost = prepare(variants, genome, 0, max_n_fraction=0)
    assert kept["variant_id"].tolist() == ["chr1_41_A_G_b38"]
    assert lost["reason"].tolist() == ["ref_mismatch"]
    assert "window_start" not in kept


def test_windows_of_unknown_bases_are_dropped(tmp_path):
    genome = fasta(tmp_path, chr1="N" * 40 + "ACGTACGT" * 10)
    variants = variants_of("chr1_41_A_G_b38", "chr1_45_A_G_b38", "chr1_81_A_G_b38")
    kept, lost = prepare(variants, genome, 32, max_n_fraction=0.4)
    assert kept["n_fraction"].tolist() == [11 / 32, 0]
    assert rows_of(lost, "reason", "variant_id", "value") == [
        ("too_many_N", "chr1_41_A_G_b38", "0.469")
    ]


def test_a_chromosome_shorter_than_the_window_is_dropped(tmp_path):
    genome = fasta(tmp_path, chr1=SEQUENCE, chr2="A" * 20)
    variants = pd.concat([agreeing(IDS[1]), variants_of("chr2_9_A_G_b38")])
    kept, lost = prepare(variants.reset_index(drop=True), genome, 32, **LIMITS)
    assert len(kept) == 1
    assert lost["reason"].tolist() == ["chromosome_shorter_than_window"]


def test_nothing_left_is_an_error_that_gives_the_reasons(tmp_path):
    genome = fasta(tmp_path, chr1="A" * 20)
    expected = (
        r"none of 1 variants .*: chromosome_shorter_than_window 1 .such as 'chr1_9"
    )
    with pytest.raises(InputError, match=expected):
        prepare(variants_of("chr1_9_A_G_b38"), genome, 32, **LIMITS)


def test_moved_windows_are_counted(genome, caplog):
    with caplog.at_level(logging.INFO):
        kept, _ = prepare(agreeing(*IDS[:3], IDS[4]), genome, 32, **LIMITS)
    assert "moved 2 windows at the end" in caplog.text
    shift = kept.set_index("source_id")["shift_bp"]
    assert sorted(shift[shift != 0]) == [-14, 14]


def test_the_published_protocol_keeps_every_variant_as_given(genome):
    variants = variants_of(*IDS, "chr1_1_C_G_b38")
    kept, lost = prepare(variants, genome, 32, max_n_fraction=0, correct=False)
    assert sorted(kept["variant_id"]) == sorted(variants["variant_id"])
    assert (kept["variant_id"] == kept["source_id"]).all()
    assert lost.empty
    # The windows of the study are never moved.
    assert (kept["window_start"] == kept["pos"] - 1 - 16).all()
    assert "shift_bp" not in kept


def test_without_a_genome_nothing_is_checked():
    variants = variants_of(*IDS)
    kept, lost = prepare(variants, None, 32, **LIMITS)
    assert kept["source_id"].tolist() == IDS
    assert lost.empty


@pytest.mark.parametrize("correct", [True, False])
def test_no_variant_is_no_error(genome, correct):
    nothing = variants_of(*IDS).iloc[:0]
    kept, lost = prepare(nothing, genome, 32, **LIMITS, correct=correct)
    assert as_table(kept, SHARDS).num_rows == as_table(lost, DROPPED).num_rows == 0


def test_row_order_decides_nothing(tmp_path):
    genome = fasta(tmp_path, chr1=SEQUENCE, chr2="T" * 128)
    variants = pd.concat([agreeing(*IDS[:3]), variants_of(*IDS[3:])], ignore_index=True)
    kept, lost = prepare(variants, genome, 32, **LIMITS)
    names = ["reason", "variant_id", "value"]
    for seed in range(10):
        permuted = variants.sample(frac=1, random_state=seed)
        other_kept, other_lost = prepare(permuted, genome, 32, **LIMITS)
        pd.testing.assert_frame_equal(other_kept, kept)
        assert sorted(rows_of(other_lost, *names)) == sorted(rows_of(lost, *names))


@pytest.mark.parametrize(("window_bp", "n_moved"), [(16_384, 0), (131_072, 12)])
def test_the_real_slice_of_chr1(shared_data, tmp_path, caplog, window_bp, n_moved):
    path = tmp_path / "chr1.fa"
    index_genome(shared_data("hg38_chr1_1Mb/hg38_1m.fa.gz"), path)
    table = shared_data("hg38_chr1_1Mb/gtex_v8_eqtls_chr1_0-1Mb.tsv")
    rows = variants_of(*pd.read_csv(table, sep="\t")["variant_id"])
    with open_genome(path) as genome:
        is_match = matches_reference(rows, read_chromosome(genome, "chr1"))
    assert (is_match.sum(), len(rows)) == (47, 47)
    variants = rows.drop_duplicates(ignore_index=True)
    with caplog.at_level(logging.INFO):
        kept, lost = prepare(variants, path, window_bp, max_n_fraction=1)
    assert (len(kept), len(lost)) == (32, 0)
    assert f"moved {n_moved} windows at the end" in caplog.text
    assert (kept["window_start"] >= 0).all() and (kept["window_end"] <= 1_000_000).all()
    assert (kept["window_end"] - kept["window_start"] == window_bp).all()
    is_over = kept["pos"] - 1 + window_bp // 2 >= 1_000_000
    is_over |= kept["pos"] < window_bp // 2
    assert (is_over == (kept["shift_bp"] != 0)).all()


@given(text=st.text("AN", min_size=1, max_size=40), segment=st.sampled_from([1, 3, 64]))
@settings(max_examples=60)
def test_runs_of_n_are_found_across_segments(text, segment):
    before, module._SEGMENT_BP = module._SEGMENT_BP, segment
    try:
        found = n_fractions(codes(text), np.arange(len(text)), 1)
    finally:
        module._SEGMENT_BP = before
    assert found.tolist() == [float(base == "N") for base in text]


def test_written_shards_equal_the_prepared_variants(tmp_path, genome):
    variants = variants_of(*IDS)
    kept, lost = prepare(variants, genome, 32, **LIMITS)
    path, shards = tmp_path / "in_peaks", {}
    write_table(variants.sort_values(["chrom", "pos"]), path, IN_PEAKS)
    shards = {chrom: tmp_path / chrom for chrom in ("chr1", "chr2", "chr3")}
    write_shards(path, genome, 32, shards, tmp_path / "lost", **LIMITS)
    parts = [read_frame(each, SHARDS) for each in shards.values()]
    assert parts[2].empty
    columns = [*NORMALISED, "variant_id", "source_id", "window_start", "shift_bp"]
    found = [row for part in parts for row in rows_of(part, *columns)]
    assert found == rows_of(kept, *columns)
    columns = ["stage", "reason", "variant_id", "value"]
    found = read_frame(tmp_path / "lost", DROPPED)
    assert rows_of(found, *columns) == rows_of(lost, *columns)


def test_variants_that_a_pilot_leaves_out_are_dropped_and_are_no_loss(
    tmp_path, genome, caplog
):
    variants = variants_of(*IDS)
    path = tmp_path / "in_peaks"
    write_table(variants.sort_values(["chrom", "pos"]), path, IN_PEAKS)
    shards = {chrom: tmp_path / chrom for chrom in ("chr1", "chr2")}
    everything, _ = prepare(variants, genome, 32, **LIMITS)
    first = everything["source_id"].iloc[0]
    options = {"is_asked": lambda rows: (rows["variant_id"] == first).to_numpy()}
    write_shards(path, genome, 32, shards, tmp_path / "lost", **LIMITS, **options)
    kept = [read_frame(each, SHARDS)["source_id"] for each in shards.values()]
    assert [each for part in kept for each in part] == [first]
    lost = read_frame(tmp_path / "lost", DROPPED)
    assert set(lost["reason"]) == {"outside_pilot"}
    assert len(lost) == len(variants) - 1
    assert "outside_pilot" not in caplog.text
