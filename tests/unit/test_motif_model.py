import numpy as np
import pytest
from alphagenome.protos import dna_model_pb2
from endobench.motif_model import BadRequest, MotifModel, aggregate, quantiles
from servers import write_genome

REF = np.array([[1.0, 2.0], [3.0, 0.0]])
ALT = np.array([[2.0, 2.0], [5.0, 1.0]])
VALUES = {
    "DIFF_MEAN": [1.5, 0.5],
    "DIFF_SUM": [3, 1],
    "DIFF_SUM_LOG2": [np.log2(3 * 6 / (2 * 4)), 1],
    "DIFF_LOG2_SUM": [np.log2(8 / 5), np.log2(4 / 3)],
    "L2_DIFF": [np.sqrt(5), 1],
    "L2_DIFF_LOG1P": [np.hypot(np.log(3 / 2), np.log(6 / 4)), np.log(2)],
    "ACTIVE_MEAN": [3.5, 1.5],
    "ACTIVE_SUM": [7, 3],
}


@pytest.mark.parametrize("name", VALUES)
def test_aggregations_are_those_that_the_client_documents(name):
    number = dna_model_pb2.AggregationType.Value(f"AGGREGATION_TYPE_{name}")
    assert np.allclose(aggregate(REF, ALT, number), VALUES[name])


def test_an_aggregation_that_is_none_is_refused():
    with pytest.raises(BadRequest):
        aggregate(REF, ALT, dna_model_pb2.AGGREGATION_TYPE_UNSPECIFIED)


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
