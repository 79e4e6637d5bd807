import numpy as np
import pytest
from alphagenome.protos.v1 import dna_model_pb2
from annotated import kinds_at, window_at
from endobench.genome.alleles import align_alternate
from endobench.model.standin.gene_scores import PSEUDOCOUNT, score
from endobench.model.standin.rna_tracks import RnaModel

POSITION = 300_250


@pytest.fixture(scope="module")
def rna(annotated):
    return RnaModel(annotated.model)


@pytest.mark.parametrize(
    "kind", ["substitution", "insertion", "deletion", "many bases"]
)
@pytest.mark.parametrize("position", [300_250, 300_400, 300_198])
def test_scores_by_gene_are_those_of_the_predicted_tracks(
    rna, annotated, position, kind
):
    variant = kinds_at(annotated.sequence, position)[kind]
    interval = window_at(position)
    ref, alt = (each.astype(float) for each in rna.own_tracks(interval, variant))
    alt = align_alternate(
        alt,
        position - 1 - interval.start,
        variant.reference_bases,
        variant.alternate_bases,
    )
    found = score(annotated.model, interval, variant, "RNA_SEQ", False)
    n_checked = 0
    for row, values in zip(found.rows, found.raw, strict=True):
        if row.gene.end > interval.end - 200:
            continue
        mask = np.concatenate(
            [
                np.arange(low, high)
                for low, high in row.gene.exons_from(interval.start, interval.end)
            ]
        )
        means = [each[mask - interval.start].mean(axis=0) for each in (ref, alt)]
        expected = np.log(means[1] + PSEUDOCOUNT) - np.log(means[0] + PSEUDOCOUNT)
        own = np.isfinite(values)
        np.testing.assert_allclose(values[own], expected[own], atol=1e-5)
        n_checked += 1
    assert n_checked > 15


@pytest.mark.parametrize("kind", ["substitution", "insertion", "deletion"])
def test_a_centre_mask_sums_the_aligned_tracks(rna, annotated, kind):
    variant = kinds_at(annotated.sequence, POSITION)[kind]
    interval = window_at(POSITION)
    mask = dna_model_pb2.CenterMaskScorer(
        width=501, aggregation_type=dna_model_pb2.AGGREGATION_TYPE_DIFF_LOG2_SUM
    )
    found = rna.score(interval, variant, mask)
    at = POSITION - 1 - interval.start
    ref, alt = (each.astype(float) for each in rna.own_tracks(interval, variant))
    alt = align_alternate(alt, at, variant.reference_bases, variant.alternate_bases)
    low, high = at - 250, at + 251
    expected = np.log2(1 + alt[low:high].sum(0)) - np.log2(1 + ref[low:high].sum(0))
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert np.abs(found).max() > 1e-4


def test_a_sequence_is_placed_by_the_bases_that_it_shares_with_the_genome(
    rna, annotated
):
    interval = window_at(POSITION)
    sequence = annotated.sequence[interval.start : interval.end]
    placed = rna.along(sequence, "chr1", interval.start)
    np.testing.assert_array_equal(rna.along(sequence), placed)
    variant = kinds_at(annotated.sequence, POSITION)["substitution"]
    ref, _ = rna.own_tracks(interval, variant)
    np.testing.assert_array_equal(placed, ref)
    assert (placed > 0).any() and (placed >= 0).all()
    # Bases of another genome have no genes.
    assert not rna.along(sequence[::-1]).any()


def test_coverage_of_a_window_beyond_the_chromosomes_end_is_that_of_known_bases(
    rna, annotated
):
    position = 412_000
    interval = window_at(position)
    variant = kinds_at(annotated.sequence, position)["deletion"]
    ref, alt = rna.own_tracks(interval, variant)
    assert ref.shape == alt.shape == (2**17, len(rna.metadata))
    assert not ref[len(annotated.sequence) - interval.start :].any()


def test_stranded_tracks_have_exons_of_their_strand_alone(rna, annotated):
    interval = window_at(POSITION)
    values = rna.along(annotated.sequence[interval.start : interval.end])
    strands = np.array([track.strand for track in rna._tracks])
    covered = {strand: np.zeros(len(values), dtype=bool) for strand in "+-"}
    for gene in annotated.model.genes_in("chr1", interval.start, interval.end):
        for low, high in gene.exons:
            part = slice(max(low - interval.start, 0), max(high - interval.start, 0))
            covered[gene.strand][part] = True
    for strand, is_exon in covered.items():
        assert not values[~is_exon][:, strands == strand].any()
    either = covered["+"] | covered["-"]
    assert not values[~either].any()
