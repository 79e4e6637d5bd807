import numpy as np
import pytest
from alphagenome.protos.v1 import dna_model_pb2
from annotated import kinds_at, window_at
from endobench.genome.alleles import align_alternate
from endobench.model.standin.gene_scores import score
from endobench.model.standin.splice_tracks import SpliceModel

OUTPUTS = ["SPLICE_SITES", "SPLICE_SITE_USAGE"]
KINDS = ["substitution", "insertion", "deletion", "many bases"]


@pytest.fixture(scope="module")
def aligned():
    """Return a function that gives the tracks of REF and of ALT in REF's coordinates."""
    known = {}

    def once(model, output, interval, variant):
        asked = output, str(interval), str(variant)
        if asked not in known:
            known[asked] = aligned_tracks(model, interval, variant)
        return known[asked]

    return once


def aligned_tracks(model, interval, variant):
    """Return the tracks of REF and of ALT in the coordinates of REF, of one length."""
    ref, alt = model.own_tracks(interval, variant)
    first = variant.position - 1 - interval.start
    alleles = variant.reference_bases, variant.alternate_bases
    alt = align_alternate(alt, first, *alleles)
    n_bases = min(len(ref), len(alt))
    return ref[:n_bases], alt[:n_bases]


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("kind", KINDS)
def test_scores_by_gene_are_changes_of_the_predicted_tracks(
    annotated, aligned, output, kind
):
    model, position = SpliceModel(annotated.model, output), 300_250
    variant, interval = (
        kinds_at(annotated.sequence, position)[kind],
        window_at(position),
    )
    ref, alt = aligned(model, output, interval, variant)
    found = score(annotated.model, interval, variant, output, False)
    assert len(found.rows) > 1
    for row, values in zip(found.rows, found.raw, strict=True):
        low, high = (
            max(each - interval.start, 0) for each in (row.gene.start, row.gene.end)
        )
        changes = np.abs(alt[low:high] - ref[low:high].astype(float)).max(axis=0)
        own = np.isfinite(values)
        assert own.sum() == len(own) / 2
        np.testing.assert_allclose(values[own], changes[own], atol=1e-6)
    assert np.nanmax(found.raw) > 0


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_centre_mask_reads_the_aligned_tracks(annotated, aligned, output, kind):
    model, position = SpliceModel(annotated.model, output), 300_250
    variant, interval = (
        kinds_at(annotated.sequence, position)[kind],
        window_at(position),
    )
    mask = dna_model_pb2.CenterMaskScorer(
        width=501, aggregation_type=dna_model_pb2.AGGREGATION_TYPE_DIFF_SUM
    )
    at = position - 1 - interval.start
    ref, alt = aligned(model, output, interval, variant)
    near = slice(at - 250, at + 251)
    expected = (alt[near] - ref[near].astype(float)).sum(axis=0)
    found = model.score(interval, variant, mask)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert np.abs(found).max() > 1e-4


def test_each_strand_has_the_sites_of_its_own_sequence(annotated):
    model = SpliceModel(annotated.model, "SPLICE_SITES")
    bases = "T" * 20 + "CAGGTAAGT" + "T" * 20
    found = model.along(bases)
    names = [(track.name, track.strand) for track in model.metadata]
    donor = names.index(("donor", dna_model_pb2.STRAND_POSITIVE))
    assert found[:, donor].argmax() == 22 and found[22, donor] == 1
    turned = bases[::-1].translate(str.maketrans("ACGT", "TGCA"))
    other = names.index(("donor", dna_model_pb2.STRAND_NEGATIVE))
    np.testing.assert_array_equal(model.along(turned)[::-1, other], found[:, donor])
