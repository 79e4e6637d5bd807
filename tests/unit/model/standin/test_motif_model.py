import os
import subprocess
import sys

import numpy as np
import pytest
from alphagenome.protos.v1 import dna_model_pb2
from endobench.genome import motifs
from endobench.model.aggregation import aggregate
from endobench.model.standin.motif_model import (
    ASSAYS,
    WEIGHTS,
    BadRequest,
    MotifModel,
    quantiles,
)
from portable import settings
from servers import write_genome


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """Return a stand-in, and a substitution within a window of its genome."""
    path, sequence = write_genome(tmp_path_factory.mktemp("genome"))
    position = 20_000
    ref = sequence[position - 1]
    variant = dna_model_pb2.Variant(
        chromosome="chr1",
        position=position,
        reference_bases=ref,
        alternate_bases="ACGT".replace(ref, "")[0],
    )
    interval = dna_model_pb2.Interval(chromosome="chr1", start=10_000, end=26_384)
    return MotifModel(path), interval, variant


def masked(aggregation):
    return dna_model_pb2.CenterMaskScorer(
        requested_output=dna_model_pb2.OUTPUT_TYPE_DNASE,
        width=501,
        aggregation_type=aggregation,
    )


@pytest.mark.parametrize(
    "number", list(dna_model_pb2.AggregationType.values())[1:], ids=str
)
def test_a_score_is_the_aggregate_of_both_alleles_within_the_mask(model, number):
    standin, interval, variant = model
    low = variant.position - 1 - 250
    pair = standin.alleles(interval, variant, low, low + 501)
    name = dna_model_pb2.AggregationType.Name(number)
    name = name.removeprefix("AGGREGATION_TYPE_")
    expected = aggregate(*(each.astype(np.float64) for each in pair), name)
    found = standin.score(interval, variant, masked(number))
    assert found.dtype == np.float32
    assert np.allclose(found, expected, rtol=1e-6)


# Print digests of the tracks of a genome and of the scores of its variants.
PROGRAM = """
import hashlib, sys
import numpy as np
from alphagenome.protos.v1 import dna_model_pb2
from endobench.genome import motifs
from endobench.model.standin.motif_model import ASSAYS, MotifModel
standin = MotifModel(sys.argv[1])
bases = standin.fetch("chr1", 8_000, 24_384)
interval = dna_model_pb2.Interval(chromosome="chr1", start=8_000, end=24_384)
mask = dna_model_pb2.CenterMaskScorer(width=501)
mask.aggregation_type = dna_model_pb2.AGGREGATION_TYPE_DIFF_LOG2_SUM
found = [motifs.accessibility(bases, each.weights) for each in ASSAYS]
for position in range(9_000, 20_000, 250):
    ref = standin.fetch("chr1", position - 1, position)
    for alt in ("ACGT".replace(ref, "")[0], ref + "TGATAAG"):
        variant = dna_model_pb2.Variant(chromosome="chr1", position=position)
        variant.reference_bases, variant.alternate_bases = ref, alt
        found.append(standin.score(interval, variant, mask))
for each in found:
    print(hashlib.sha256(np.ascontiguousarray(each)).hexdigest())
"""


@pytest.mark.services
def test_answers_have_the_same_bits_on_any_processor(tmp_path, monkeypatch, capsys):
    path, _ = write_genome(tmp_path)
    oldest, *_ = settings().values()
    elsewhere = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(path)],
        env=os.environ | oldest | {"PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout.split()
    monkeypatch.setattr(sys, "argv", ["", str(path)])
    exec(PROGRAM, {})
    here = capsys.readouterr().out.split()
    assert len(here) == len(ASSAYS) + 88
    assert elsewhere == here


def test_an_unspecified_aggregation_is_refused(model):
    with pytest.raises(BadRequest, match="unknown aggregation"):
        standin, interval, variant = model
        standin.score(
            interval, variant, masked(dna_model_pb2.AGGREGATION_TYPE_UNSPECIFIED)
        )


def test_quantiles_are_bounded_odd_and_rising():
    raw = np.linspace(-3, 3, 101)
    value = quantiles(raw)
    assert (np.diff(value) >= 0).all()
    assert np.allclose(value, -value[::-1])
    assert np.abs(value).max() <= 0.99999


def test_the_source_names_the_genomes_bases(tmp_path):
    paths = [tmp_path / str(number) for number in range(3)]
    for path in paths:
        path.mkdir()
    one, same, other = (
        MotifModel(write_genome(path, seed=seed)[0]).source
        for path, seed in zip(paths, (3, 3, 4), strict=True)
    )
    assert one == same != other


def test_every_assay_has_its_own_weights_and_tracks():
    weights = [each.weights for each in ASSAYS]
    for each in ASSAYS:
        assert each.weights.shape == (len(motifs.MOTIFS), len(each.tracks))
        assert each.weights.dtype == np.float32
        names = [track.name for track in each.metadata("x")]
        assert len(set(names)) == len(names)
    assert len({each.tobytes() for each in weights}) == len(ASSAYS)


def test_another_assay_reads_the_same_genome(model):
    standin, interval, variant = model
    mask = masked(dna_model_pb2.AGGREGATION_TYPE_DIFF_LOG2_SUM)
    before = standin.score(interval, variant, mask)
    for assay in ASSAYS:
        other = standin.of(assay)
        assert other.source == standin.source
        found = other.score(interval, variant, mask)
        assert found.shape == (len(other.metadata),) == (len(assay.tracks),)
    assert (
        standin.of(ASSAYS[0]).score(interval, variant, mask).tolist() == before.tolist()
    )
    assert standin.weights is WEIGHTS
    assert standin.score(interval, variant, mask).tolist() == before.tolist()


def test_inserted_bases_count_with_their_maximum(tmp_path):
    path, sequence = write_genome(tmp_path)
    model = MotifModel(path)
    position = 20_000
    ref = sequence[position - 1]
    interval = dna_model_pb2.Interval(chromosome="chr1", start=10_000, end=26_384)
    variant = dna_model_pb2.Variant(
        chromosome="chr1",
        position=position,
        reference_bases=ref,
        alternate_bases=ref + "TGCTGAGTCAT" * 3,
    )
    _, alt = model.alleles(interval, variant, position - 200, position + 200)
    assert alt.shape[0] == 400
    anchor = alt[199]
    assert (anchor <= alt.max(axis=0) + 1e-6).all()
    assert (anchor < 34 * alt[198:201].min(axis=0)).all()
