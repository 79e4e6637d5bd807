"""A server whose answers by gene lie in one way each; see `liars`."""

import numpy as np
from alphagenome import tensor_utils
from alphagenome.protos.v1 import dna_model_pb2
from gene_answers import GeneService, responses_of
from liars import Liar


class LiarByGene(Liar, GeneService):
    """A model service by gene whose answers a lie alters."""


def of_genes(change):
    """Return a lie about an answer of one scorer.

    `change` takes the values (layer, row, track), the messages of rows and those of tracks,
    and returns these three.
    """

    def lie(responses, _):
        data = responses[0].output.variant_data
        chunks = [
            each.tensor_chunk for each in responses[1 : 1 + data.values.chunk_count]
        ]
        values = np.array(tensor_utils.unpack_proto(data.values, chunks))
        metadata = data.metadata
        values, *named = change(
            values, list(metadata.gene_metadata), list(metadata.track_metadata)
        )
        return list(responses_of(values, metadata.variant, *named))

    return lie


def _with(message, **fields):
    """Return a copy of a message with some fields changed; None clears one."""
    copy = type(message)()
    copy.CopyFrom(message)
    for name, value in fields.items():
        copy.ClearField(name)
        if value is not None:
            setattr(copy, name, value)
    return copy


def _first_gene(**fields):
    """Return a lie about the first gene, which may depend on the second."""

    def change(values, rows, tracks):
        found = {
            name: value(rows[1]) if callable(value) else value
            for name, value in fields.items()
        }
        return values, [_with(rows[0], **found), *rows[1:]], tracks

    return of_genes(change)


def _values(change):
    return of_genes(lambda values, rows, tracks: (change(values), rows, tracks))


def _another_version(row):
    return row.gene_id.split(".")[0] + ".99"


def _on_plus(tracks):
    return [_with(each, strand=dna_model_pb2.STRAND_POSITIVE) for each in tracks]


# What an answer by gene can say that does not fit the question. It must have two genes.
ABOUT_GENES = {
    "a row too few": _values(lambda values: values[:, 1:]),
    "a row too many": _values(
        lambda values: np.concatenate([values, values[:, :1]], axis=1)
    ),
    "no rows": _values(lambda values: values[:, :0]),
    "no genes": of_genes(lambda values, rows, tracks: (values, [], tracks)),
    "a gene twice": _first_gene(gene_id=lambda row: row.gene_id),
    "a gene twice in two versions": _first_gene(gene_id=_another_version),
    "no id": _first_gene(gene_id=None),
    "a text for an id": _first_gene(gene_id="my gene"),
    "no strand": _first_gene(strand=None),
    "both strands": _first_gene(strand=dna_model_pb2.STRAND_UNSTRANDED),
    "tracks backwards": of_genes(
        lambda values, rows, tracks: (values, rows, tracks[::-1])
    ),
    "a track too few": of_genes(
        lambda values, rows, tracks: (values[..., 1:], rows, tracks[1:])
    ),
    "values of a track too few": _values(lambda values: values[..., 1:]),
    "tracks of one strand": of_genes(
        lambda values, rows, tracks: (values, rows, _on_plus(tracks))
    ),
    "three layers": _values(lambda values: np.concatenate([values, values[:1]])),
    "ratios of any size": _values(lambda values: values + [[[1e38]], [[0]]]),
    "quantiles beyond 1": _values(lambda values: values + [[[0]], [[3]]]),
    "quantiles for scores": _values(lambda values: values[[1, 1]]),
    "integers": _values(np.int64),
}


def _on_the_other_strand(values, rows, tracks):
    other = {
        dna_model_pb2.STRAND_POSITIVE: dna_model_pb2.STRAND_NEGATIVE,
        dna_model_pb2.STRAND_NEGATIVE: dna_model_pb2.STRAND_POSITIVE,
    }
    return values, [_with(rows[0], strand=other[rows[0].strand]), *rows[1:]], tracks


def _in_another_version(values, rows, tracks):
    return (
        values,
        [_with(rows[0], gene_id=_another_version(rows[0])), *rows[1:]],
        tracks,
    )


# What contradicts an earlier answer.
ABOUT_KNOWN_GENES = {
    "on the other strand": of_genes(_on_the_other_strand),
    "in another version": of_genes(_in_another_version),
}
