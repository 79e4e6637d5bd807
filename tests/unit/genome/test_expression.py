import numpy as np
import pytest
from endobench.genome import motifs
from endobench.genome.expression import (
    FAR_BP,
    NEAR_BP,
    Regulation,
    find_sites,
    levels,
    traits,
)
from endobench.genome.transcripts import Gene, Transcript

LENGTH = 120_000
START = 60_000


@pytest.fixture(scope="module")
def sequence():
    rng = np.random.default_rng(2)
    return "".join(rng.choice(list("ACGT"), LENGTH))


@pytest.fixture(scope="module")
def regulation(sequence):
    return of(sequence)


def of(sequence, **options):
    def fetch(chrom, start, end):
        left, right = max(-start, 0), max(end - len(sequence), 0)
        return "N" * left + sequence[max(start, 0) : max(end, 0)] + "N" * right

    return Regulation(fetch, {"chr1": len(sequence)}, **options)


def gene_of(gene_id, start=START, strand="+"):
    end = start + 500
    tss = start if strand == "+" else end
    transcript = Transcript(((start, end),), tss)
    return Gene(gene_id, gene_id, "x", "chr1", start, end, strand, (transcript,))


def named(**wanted):
    """Return a gene with some traits."""
    for number in range(10_000):
        gene = gene_of(f"ENSG{number:011d}.1")
        own = traits(gene.gene_id)._asdict()
        if all(own[name] == value for name, value in wanted.items()):
            return gene
    raise AssertionError(wanted)


def test_genes_differ_in_side_reach_and_base_whatever_their_version():
    every = [traits(f"ENSG{number:011d}") for number in range(4_000)]
    assert 0.28 < np.mean([each.side == -1 for each in every]) < 0.38
    assert {each.reach_bp for each in every} == {NEAR_BP, FAR_BP}
    assert 0.45 < np.mean([each.reach_bp == NEAR_BP for each in every]) < 0.55
    assert 0.04 < np.mean([each.base < 0.01 for each in every]) < 0.09
    assert traits("ENSG00000000001.9") == traits("ENSG00000000001")


@pytest.mark.parametrize("window", [(0, LENGTH), (50_000, 65_000), (59_990, 60_010)])
@pytest.mark.parametrize("reach_bp", [NEAR_BP, FAR_BP])
def test_sums_are_those_of_all_sites_of_a_window(
    regulation, sequence, window, reach_bp
):
    gene = named(reach_bp=reach_bp)
    low, high = window
    occupied = np.rint(motifs.occupancy(sequence[low:high]) * 64) / 64
    share = regulation.share(gene, np.arange(low, high))
    found = regulation.sums(gene, low, high)
    expected = share @ occupied
    background = found - expected
    # What is expected of the window is the same for each base and share.
    assert (background <= 0).all()
    per_share = -background / share.sum()
    assert per_share[0] == pytest.approx(2936 / 2**20, rel=1e-9)
    sites = regulation.sites_of(sequence[low:high], low)
    np.testing.assert_array_equal(regulation.sums_of(gene, sites, low, high), found)


@pytest.mark.parametrize("alleles", [(1, "C"), (1, "ATTGATAAG"), (8, "T"), (3, "GA")])
@pytest.mark.parametrize("distance", [-20_000, -3, 400, 15_000])
def test_changes_are_the_difference_of_the_sums_of_both_sequences(
    sequence, alleles, distance
):
    n_ref, alt = alleles
    gene = named(reach_bp=FAR_BP)
    first = gene.first_base + distance
    ref = sequence[first : first + n_ref]
    regulation = of(sequence)
    changed = regulation.change(
        gene, regulation.changes("chr1", first + 1, ref, alt), 0, LENGTH
    )
    after = first + n_ref
    sites = find_sites(sequence[:first] + alt + sequence[after:])
    # In the coordinates of REF.
    shift = len(alt) - n_ref
    middle = np.where(
        sites.middle >= first + len(alt),
        sites.middle - shift,
        np.minimum(sites.middle, np.maximum(after - 1, 0)),
    )
    middle = np.where(sites.middle < first, sites.middle, middle)
    altered = sites._replace(middle=middle)
    expected = regulation.change(gene, altered) - regulation.change(
        gene, find_sites(sequence)
    )
    np.testing.assert_array_equal(changed, expected)


def test_a_site_beyond_a_genes_reach_does_nothing(regulation, sequence):
    gene = named(reach_bp=NEAR_BP)
    for distance in (-NEAR_BP - 20, NEAR_BP + 20):
        first = gene.first_base + distance
        sites = regulation.changes("chr1", first + 1, sequence[first], "AGATAAGAAAGA")
        assert len(sites.middle)
        assert not regulation.change(gene, sites).any()


def test_a_gained_site_raises_some_genes_and_lowers_others():
    sums = np.eye(len(motifs.MOTIFS))[:1]
    weights = np.ones((len(motifs.MOTIFS), 1))
    for side in (-1, 1):
        gene = named(side=side, base=1.0)
        before, after = (
            levels([gene.gene_id], each, weights)[0, 0] for each in (0 * sums, sums)
        )
        assert before == 1
        assert np.log(after) == pytest.approx(side / 4, abs=1e-6)


def test_levels_of_many_genes_are_those_of_each():
    rng = np.random.default_rng(3)
    ids = [f"ENSG{number:011d}" for number in range(50)]
    sums = rng.integers(-100, 100, (50, len(motifs.MOTIFS))) / 64
    weights = rng.integers(-8, 8, (len(motifs.MOTIFS), 5)) / 4
    one = levels(ids, sums, weights)
    each = [
        levels([name], row, weights)[0] for name, row in zip(ids, sums, strict=True)
    ]
    np.testing.assert_array_equal(one, each)
    assert levels([], np.zeros((0, 8)), weights).shape == (0, 5)


def test_disguised_bases_have_their_sites_elsewhere(sequence):
    gene = named(reach_bp=FAR_BP)
    right, blind = of(sequence), of(sequence, is_blind=True)
    found = [
        [
            each.change(gene, each.changes("chr1", at + 1, sequence[at], alt))
            for at in range(45_000, 75_000, 100)
            for alt in "ACGT".replace(sequence[at], "")[:1]
        ]
        for each in (right, blind)
    ]
    one, other = (np.sum(each, axis=1) for each in found)
    assert np.any(one != 0) and np.any(other != 0)
    assert abs(np.corrcoef(one, other)[0, 1]) < 0.2
