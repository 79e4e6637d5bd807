import numpy as np
import pandas as pd
import pytest
from endobench.benchmark import annotations
from endobench.benchmark.annotations import annotate, assign_folds
from endobench.core.columns import ANNOTATIONS
from endobench.core.errors import InputError
from endobench.core.tables import as_table
from frames import fasta, rows_of, variants_of

RNG = np.random.default_rng(3)
SEQUENCE = "".join(RNG.choice(list("ACGT"), 600))
# A GATA1 site, AGATAAGG, at 0-based 300.
SEQUENCE = SEQUENCE[:300] + "AGATAAGG" + SEQUENCE[308:]


def variant_at(start, ref_bp, alt, sequence=SEQUENCE, shift=0):
    ref = sequence[start : start + ref_bp]
    return f"chr1_{start + 1 + shift}_{ref}_{alt}_b38"


VARIANTS = [
    variant_at(302, 1, "C"),
    variant_at(302, 1, "G"),
    variant_at(299, 3, SEQUENCE[299]),
    variant_at(303, 1, "TCCGG"),
    variant_at(450, 1, "GA"),
    variant_at(5, 1, "T"),
    variant_at(595, 1, "T"),
]


def spliced(start, ref_bp, alt):
    return SEQUENCE[:start] + alt + SEQUENCE[start + ref_bp :]


def test_a_lost_motif_site_is_a_loss(tmp_path):
    found = annotate(variants_of(*VARIANTS[:3]), fasta(tmp_path, chr1=SEQUENCE))
    assert list(found) == ANNOTATIONS.names
    assert (found["motif_change"] < -0.3).all()
    as_table(found, ANNOTATIONS)


def test_gc_is_counted(tmp_path):
    sequence = "N" * 60 + "GC" * 30 + "A" + "T" * 60
    variants = variants_of(
        "chr1_121_A_G_b38", "chr1_121_A_AGC_b38", "chr1_119_GC_G_b38", "chr1_10_N_A_b38"
    )
    found = annotate(variants, fasta(tmp_path, chr1=sequence))
    assert found["gc_change"].tolist() == [1, 2, -1, 0]
    assert found["gc_content"][0] == 50 / 101
    # 9 unknown bases and 42 of AT around the 119th base.
    assert found["gc_content"][2] == pytest.approx(52 / 101, abs=0.01)
    assert np.isnan(found["gc_content"][3])


@pytest.mark.parametrize(
    ("start", "ref_bp", "alt"),
    [(302, 1, "C"), (303, 1, "TCCGG"), (299, 3, SEQUENCE[299]), (30, 2, "GA")],
)
def test_exchanging_the_alleles_negates_the_changes(tmp_path, start, ref_bp, alt):
    ref = SEQUENCE[start : start + ref_bp]
    there = annotate(
        variants_of(f"chr1_{start + 1}_{ref}_{alt}_b38"), fasta(tmp_path, chr1=SEQUENCE)
    )
    back = annotate(
        variants_of(f"chr1_{start + 1}_{alt}_{ref}_b38"),
        fasta(tmp_path, chr1=spliced(start, ref_bp, alt)),
    )
    for name in ("gc_change", "motif_change"):
        assert back[name][0] == pytest.approx(-there[name][0], abs=1e-9)


def test_moving_the_genome_moves_nothing_else(tmp_path):
    inner = [variant for variant in VARIANTS if 100 < int(variant.split("_")[1]) < 500]
    here = annotate(variants_of(*inner), fasta(tmp_path, chr1=SEQUENCE))
    moved = [
        f"chr1_{int(pos) + 77}_{ref}_{alt}_b38"
        for _, pos, ref, alt, _ in (variant.split("_") for variant in inner)
    ]
    there = annotate(variants_of(*moved), fasta(tmp_path, chr1="C" * 77 + SEQUENCE))
    for name in ("gc_change", "gc_content", "motif_change"):
        np.testing.assert_allclose(there[name], here[name], atol=1e-6)


def test_company_and_order_of_variants_decide_nothing(tmp_path, monkeypatch):
    path = fasta(tmp_path, chr1=SEQUENCE)
    together = annotate(variants_of(*VARIANTS), path)
    assert together["motif_change"].notna().all()
    monkeypatch.setattr(annotations, "_BATCH", 2)
    batched = annotate(variants_of(*VARIANTS[::-1], VARIANTS[0]), path)
    assert batched["variant_id"].tolist() == VARIANTS[::-1]
    batched = batched[::-1].reset_index(drop=True)
    pd.testing.assert_frame_equal(batched, together, check_exact=False, atol=1e-6)


def test_without_genome_and_folds_these_are_missing():
    found = annotate(variants_of(*VARIANTS))
    assert found[["gc_content", "motif_change", "fold"]].isna().all(axis=None)
    assert found["gc_change"].notna().all()
    assert annotate(variants_of(*VARIANTS).iloc[:0]).empty


FOLDS = pd.DataFrame(
    [
        ("chr1", 10, 20, "fold0"),
        ("chr1", 12, 15, "fold0"),
        ("chr1", 20, 30, "fold3"),
        ("chr2", 0, 5, "fold1"),
    ],
    columns=["chrom", "start", "end", "name"],
)


def test_a_fold_holds_the_bases_of_its_intervals():
    chrom = ["chr1"] * 6 + ["chr2", "chr3"]
    pos = [10, 11, 20, 21, 30, 31, 5, 5]
    expected = [None, "fold0", "fold0", "fold3", "fold3", None, "fold1", None]
    assert assign_folds(chrom, pos, FOLDS).tolist() == expected
    assert assign_folds(chrom, pos, FOLDS[::-1]).tolist() == expected
    found = annotate(variants_of("chr1_11_A_G_b38"), folds=FOLDS)
    assert rows_of(found, "fold") == [("fold0",)]


def test_folds_that_overlap_or_have_no_name_are_an_error():
    both = FOLDS.assign(end=[21, 15, 30, 5])
    with pytest.raises(InputError, match="overlap: fold3 at chr1:20-30 and fold0 bef"):
        assign_folds(["chr1"], [20], both)
    with pytest.raises(InputError, match="chr1:10-20 has no name"):
        assign_folds(["chr1"], [20], FOLDS.assign(name=[None, "a", "b", "c"]))
