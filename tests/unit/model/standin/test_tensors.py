import numpy as np
import pytest
from endobench.model.alphagenome_client import tensor_utils
from endobench.model.standin.tensors import CHUNK_BYTES, compressed, packed

IN_A_MESSAGE = CHUNK_BYTES // 4


@pytest.mark.parametrize("pack", [packed, compressed])
@pytest.mark.parametrize(
    ("n_values", "n_chunks"),
    [(0, 0), (1, 0), (IN_A_MESSAGE, 0), (IN_A_MESSAGE + 1, 2), (3 * IN_A_MESSAGE, 3)],
)
def test_the_client_reads_what_was_packed(pack, n_values, n_chunks):
    values = np.random.default_rng(1).normal(size=(n_values, 1)).astype(np.float32)
    tensor, chunks = pack(values)
    assert len(chunks) == tensor.chunk_count == n_chunks
    np.testing.assert_array_equal(tensor_utils.unpack_proto(tensor, chunks), values)


@pytest.mark.parametrize("pack", [packed, compressed])
def test_values_come_in_chunks_from_any_size(pack):
    values = np.arange(6, dtype=np.float32).reshape(2, 3)
    tensor, chunks = pack(values, within_bytes=values.nbytes - 1)
    assert len(chunks) == tensor.chunk_count == 1
    np.testing.assert_array_equal(tensor_utils.unpack_proto(tensor, chunks), values)


def test_a_view_is_packed_as_its_values():
    values = np.arange(12, dtype=np.float32).reshape(3, 4)[:, ::2]
    tensor, chunks = compressed(values)
    np.testing.assert_array_equal(tensor_utils.unpack_proto(tensor, chunks), values)


def test_constant_tracks_take_little_room():
    tensor, _ = compressed(np.full((16_384, 8), 0.02, dtype=np.float32))
    assert len(tensor.array.data) < 1_000
