"""Arrays in messages: within their answer if they are small, else in chunks after it."""

import numpy as np
import zstandard

from endobench.model.alphagenome_client import tensor_pb2, tensor_utils

CHUNK_BYTES = 1 << 20
# A predicted track is constant where bases are unknown, and elsewhere it is noise to a
# compressor. At the default level, both sides take three times as long for a tenth less.
_LEVEL = -1


def packed(values, within_bytes=CHUNK_BYTES):
    """Return an array as a message, and the chunks that follow its answer.

    Parameters
    ----------
    values : numpy.ndarray
    within_bytes : int
        Up to this size, an array is within its message. Each message costs a client and a
        server as much as a short computation.

    Returns
    -------
    tensor : tensor_pb2.Tensor
    chunks : list of tensor_pb2.TensorChunk
    """
    is_within = values.nbytes <= within_bytes
    return tensor_utils.pack_tensor(
        values, bytes_per_chunk=0 if is_within else CHUNK_BYTES
    )


def compressed(values, within_bytes=CHUNK_BYTES):
    """Return an array as `packed` does, compressed.

    Parameters
    ----------
    values : numpy.ndarray of float32
    within_bytes : int
        See `packed`; of the values before compression.
    """
    tensor = tensor_pb2.Tensor(
        shape=values.shape, data_type=tensor_pb2.DataType.DATA_TYPE_FLOAT32
    )
    content = np.ascontiguousarray(values, np.float32).reshape(-1).view(np.uint8)
    kind = tensor_pb2.CompressionType.COMPRESSION_TYPE_ZSTD
    compressor = zstandard.ZstdCompressor(level=_LEVEL)
    if len(content) <= within_bytes:
        tensor.array.data = compressor.compress(content)
        tensor.array.compression_type = kind
        return tensor, []
    chunks = [
        tensor_pb2.TensorChunk(
            data=compressor.compress(content[start : start + CHUNK_BYTES]),
            compression_type=kind,
        )
        for start in range(0, len(content), CHUNK_BYTES)
    ]
    tensor.chunk_count = len(chunks)
    return tensor, chunks
