import numpy as np
import pytest
from annotated import variant_at
from endobench.model.standin.coverage import Exons, factors, touches

SEQUENCE = "ACGTACGTAC" * 3


@pytest.fixture
def exons():
    return Exons(lambda chrom, start, end: SEQUENCE[start:end])


def altered(exons, position, n_ref, alt, start=10, end=20):
    variant = variant_at(SEQUENCE, position, n_ref, alt)
    return exons.altered(variant, "+", start, end)


def test_bases_behind_a_signal_count_half():
    bases = "ACGTN" + "AATAAA" + "AA" + "AATAAA" + "A"
    values = factors(bases, "+")
    assert values[:11].tolist() == [1, 1.25, 1.125, 0.875, 0, 1, 1, 0.875, 1, 1, 1]
    assert values[11:13].tolist() == [0.5, 0.5]
    assert values[-1] == 0.25
    turned = bases.translate(str.maketrans("ACGT", "TGCA"))[::-1]
    assert factors(turned, "-")[::-1][-1] == 0.25 * 0.875


def test_a_substitution_changes_its_base(exons):
    aligned, own, start = altered(exons, 15, 1, "C")
    assert aligned.tolist() == own.tolist()
    whole = exons.factors("chr1", "+", 10, 20)
    assert (aligned != whole).nonzero()[0].tolist() == [4]
    assert start == 10


def test_inserted_bases_count_with_their_maximum_and_deleted_ones_as_0(exons):
    aligned, own, _ = altered(exons, 15, 1, SEQUENCE[14] + "CC")
    assert len(aligned) == 10 and len(own) == 12
    assert aligned[4] == 1.25
    aligned, own, _ = altered(exons, 15, 3, SEQUENCE[14])
    assert aligned[5:7].tolist() == [0, 0]
    assert len(own) == 8


@pytest.mark.parametrize(
    ("position", "n_ref", "n_own", "own_start"),
    # The exon's bases follow the one before a deletion that takes its first ones.
    [(9, 4, 8, 9), (19, 4, 9, 10), (11, 1, 10, 10)],
)
def test_a_deletion_over_the_end_of_an_exon_takes_its_own_bases_alone(
    exons, position, n_ref, n_own, own_start
):
    aligned, own, found = altered(exons, position, n_ref, SEQUENCE[position - 1])
    assert len(aligned) == 10
    whole = exons.factors("chr1", "+", 10, 20)
    deleted = set(range(position, position - 1 + n_ref)) & set(range(10, 20))
    assert {10 + place for place in np.flatnonzero(aligned != whole)} == deleted
    assert (len(own), found) == (n_own, own_start)


def test_an_exon_can_be_deleted_whole(exons):
    aligned, own, _ = altered(exons, 9, 14, SEQUENCE[8])
    assert not aligned.any() and not len(own)


def test_a_variant_touches_the_intervals_that_its_bases_overlap():
    variant = variant_at(SEQUENCE, 11, 3, "A")
    assert touches(variant, 0, 11) and touches(variant, 12, 14)
    assert not touches(variant, 0, 10) and not touches(variant, 13, 15)
