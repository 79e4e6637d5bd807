"""Servers of the real protocol that lie in one way each, with a journal of requests.

A lie is a function that alters the responses to one request; it is named after what comes
in place of what was asked for.
"""

import numpy as np
from alphagenome import tensor_utils
from alphagenome.protos import tensor_pb2
from alphagenome.protos.v1 import dna_model_pb2
from servers import FaultyService

_FIELDS = ("reference_output", "alternate_output", "output")


class Liar(FaultyService):
    """A model service whose answers a lie alters.

    Attributes
    ----------
    lie : callable or None
        From the list of responses to a request, and those to the request before, to the
        responses that are sent.
    is_lying : callable
        From the number of a request, from 0, to whether its answer is altered.
    journal : list of (str, message)
        Method and message of every request.
    """

    lie = None

    def __init__(self, model, lie=None, is_lying=lambda number: True, **faults):
        super().__init__(model, **faults)
        self.lie, self.is_lying = lie, is_lying
        self.journal = []
        self._last = []

    def _altered(self, method, requests, context):
        [request] = requests = list(requests)
        with self._lock:
            number = len(self.journal)
            self.journal.append((method, request))
        answer = getattr(super(), method)
        honest = list(answer(iter(requests), context))
        with self._lock:
            before, self._last = self._last or honest, honest
        is_altered = self.lie is not None and self.is_lying(number)
        yield from self.lie(_copies(honest), _copies(before)) if is_altered else honest

    def ScoreVariant(self, requests, context):
        yield from self._altered("ScoreVariant", requests, context)

    def PredictSequence(self, requests, context):
        yield from self._altered("PredictSequence", requests, context)

    def PredictVariant(self, requests, context):
        yield from self._altered("PredictVariant", requests, context)


def _copies(responses):
    copies = []
    for each in responses:
        copies.append(type(each)())
        copies[-1].CopyFrom(each)
    return copies


def late_by_one(responses, before):
    return before


def of_variant(change):
    """Return a lie about the variant that a score is for."""

    def lie(responses, _):
        change(responses[0].output.variant_data.metadata.variant)
        return responses

    return lie


def of_metadata(change):
    """Return a lie about the tracks of a score, or of predicted tracks."""

    def lie(responses, _):
        for tracks in metadata_of(responses):
            change(tracks)
        return responses

    return lie


def of_values(change, **packing):
    """Return a lie about values: of scores (layer, row, track) or tracks (base, track)."""

    def lie(responses, _):
        found = iter(responses)
        altered = []
        for response in found:
            tensor = _tensor_of(response)
            chunks = [next(found).tensor_chunk for _ in range(tensor.chunk_count)]
            values = change(tensor_utils.unpack_proto(tensor, chunks))
            packed, chunks = tensor_utils.pack_tensor(
                values, bytes_per_chunk=1 << 20, **packing
            )
            tensor.CopyFrom(packed)
            altered.append(response)
            altered += [type(response)(tensor_chunk=each) for each in chunks]
        return altered

    return lie


def _output_of(response):
    [name] = [name for name in _FIELDS if response.WhichOneof("payload") == name]
    return getattr(response, name)


def _tensor_of(response):
    output = _output_of(response)
    is_score = isinstance(output, dna_model_pb2.ScoreVariantOutput)
    return output.variant_data.values if is_score else output.track_data.values


def metadata_of(responses):
    """Yield the list of tracks of each output."""
    for response in responses:
        if response.WhichOneof("payload") == "tensor_chunk":
            continue
        output = _output_of(response)
        is_score = isinstance(output, dna_model_pb2.ScoreVariantOutput)
        yield (
            output.variant_data.metadata.track_metadata
            if is_score
            else output.track_data.metadata
        )


def _another_position(variant):
    variant.position += 1


def _another_chromosome(variant):
    variant.chromosome = "chr2"


def _alleles_exchanged(variant):
    ref, alt = variant.reference_bases, variant.alternate_bases
    variant.reference_bases, variant.alternate_bases = alt, ref


def _another_alternate(variant):
    variant.alternate_bases += "A"


def _backwards(tracks):
    found = list(tracks)[::-1]
    del tracks[:]
    tracks.extend(found)


def _one_track_fewer(tracks):
    del tracks[-1]


def _another_cell_type(tracks):
    tracks[0].biosample.name = "another cell type"


def _another_term(tracks):
    tracks[0].ontology_term.id += 1


def _another_strand(tracks):
    tracks[0].strand = dna_model_pb2.STRAND_NEGATIVE


def _with_genes(responses, _):
    metadata = responses[0].output.variant_data.metadata
    metadata.gene_metadata.add(gene_id="ENSG00000100342")
    return responses


def _unknown_type(responses, _):
    _tensor_of(responses[0]).data_type = tensor_pb2.DATA_TYPE_UNSPECIFIED
    return responses


def _damaged(responses, _):
    chunk = responses[-1].tensor_chunk
    chunk.data = chunk.data[:-3]
    return responses


def _cut(responses, _):
    return responses[:-1]


# What `ScoreVariant` can say that does not fit the question.
ABOUT_SCORES = {
    "another position": of_variant(_another_position),
    "another chromosome": of_variant(_another_chromosome),
    "alleles exchanged": of_variant(_alleles_exchanged),
    "another alternate": of_variant(_another_alternate),
    "no variant": of_variant(lambda variant: variant.Clear()),
    "seven values under eight tracks": of_values(lambda values: values[..., 1:]),
    "nine values under eight tracks": of_values(
        lambda values: np.concatenate([values, values[..., :1]], axis=-1)
    ),
    "a second row": of_values(lambda values: np.repeat(values, 2, axis=1)),
    "no row": of_values(lambda values: values[:, :0]),
    "three layers": of_values(lambda values: np.concatenate([values, values[:1]])),
    "integers": of_values(lambda values: (1000 * values).astype(np.int64)),
    "scores of any size": of_values(
        lambda values: values + np.float32([[[1e38]], [[0]]])
    ),
    "scores of any size in double precision": of_values(
        lambda values: values.astype(float) + [[[1e300]], [[0]]]
    ),
    "quantiles beyond 1": of_values(lambda values: values + np.float32([[[0]], [[3]]])),
    "quantiles for scores": of_values(lambda values: values[[1, 1]]),
    "scores for quantiles": of_values(lambda values: values[[0, 0]]),
    "tracks backwards": of_metadata(_backwards),
    "seven tracks": of_metadata(_one_track_fewer),
    "another cell type": of_metadata(_another_cell_type),
    "another term": of_metadata(_another_term),
    "another strand": of_metadata(_another_strand),
    "genes": _with_genes,
    "an unknown type": _unknown_type,
    "damaged bytes": _damaged,
    "a cut stream": _cut,
}

# What predicted tracks can say that does not fit the question.
ABOUT_TRACKS = {
    "negative coverage": of_values(np.negative),
    "coverage of any size": of_values(lambda values: values + np.float32(1e38)),
    "half of the bases": of_values(lambda values: values[: len(values) // 2]),
    "seven values under eight tracks": of_values(lambda values: values[..., 1:]),
    "integers": of_values(lambda values: values.astype(np.int64)),
    "tracks backwards": of_metadata(_backwards),
    "another cell type": of_metadata(_another_cell_type),
    "another strand": of_metadata(_another_strand),
    "an unknown type": _unknown_type,
    "damaged bytes": _damaged,
    "a cut stream": _cut,
}


def of_another_output(responses, _):
    """Answer the scores or tracks of DNASE as if they were those of ATAC."""
    for tracks in metadata_of(responses):
        for each in tracks:
            each.name = each.name.replace("DNase-seq", "ATAC-seq")
            each.assay = "ATAC-seq"
    for response in responses:
        if response.WhichOneof("payload") != "tensor_chunk":
            output = _output_of(response)
            if isinstance(output, dna_model_pb2.Output):
                output.output_type = dna_model_pb2.OUTPUT_TYPE_ATAC
    return responses


def an_output_too_many(responses, before):
    """Answer with the output that was asked for, and with another."""
    return responses + of_another_output(_copies(responses), before)


def without_numbers(tracks, value=np.nan):
    """Return a lie that gives some tracks no number."""

    def change(values):
        values = values.copy()
        values[..., tracks] = value
        return values

    return of_values(change)


def counts(service):
    """Return how often each variant was asked about."""
    asked = [request.variant.position for _, request in service.journal]
    return {each: asked.count(each) for each in set(asked)}
