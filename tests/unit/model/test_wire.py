import concurrent.futures
import contextlib
import itertools

import grpc
import ml_dtypes
import numpy as np
import pandas as pd
import pytest
from alphagenome import tensor_utils
from alphagenome.data import genome as ag_genome
from alphagenome.models.v1 import dna_client
from alphagenome.protos import tensor_pb2
from alphagenome.protos.v1 import dna_model_service_pb2
from endobench.core.errors import WrongAnswer
from endobench.genome.reference import centred_windows
from endobench.model.client import Endpoint, connected
from endobench.model.retries import is_transient
from endobench.model.scorer_names import parse_scorer
from endobench.model.scorers import model_asker
from endobench.model.wire import score_request, sequence_predictor, wire_asker
from servers import FaultyService, client_of, serving, substitutions, write_genome

pytestmark = pytest.mark.services

Response = dna_model_service_pb2.ScoreVariantResponse
SCORER = "DNASE-501-DIFF_LOG2_SUM"
SCORERS = [SCORER, "DNASE-501-DIFF_MEAN", "DNASE-all-DIFF_LOG2_SUM"]
WINDOWS_BP = [16_384, 131_072, 524_288, 1_048_576]


@pytest.fixture(scope="module")
def genome(tmp_path_factory):
    return write_genome(tmp_path_factory.mktemp("genome"), length=1_200_000)


@pytest.fixture(scope="module")
def made(genome):
    with serving(genome[0]) as (_, address), client_of(address) as made:
        yield made


@pytest.fixture(scope="module")
def tracks(made):
    return made.client.output_metadata().dnase["name"].tolist()


class AlteringService(FaultyService):
    """Sends its list of responses after a given function has altered it."""

    alter = None

    def ScoreVariant(self, requests, context):
        yield from self.alter(list(super().ScoreVariant(requests, context)))

    def PredictSequence(self, requests, context):
        yield from self.alter(list(super().PredictSequence(requests, context)))


@pytest.fixture(scope="module")
def altering(genome):
    """Yield an `AlteringService` and a connection to it."""
    with (
        serving(genome[0], AlteringService) as (service, address),
        client_of(address) as made,
    ):
        yield service, made


def rows_of(sequence, window_bp=16_384):
    """Return substitutions, insertions and deletions, some near an end."""
    rows = substitutions(sequence, [9_000, 9_001, 600_000, 610_000, 1_199_000])
    insertions = rows.assign(alt=rows["ref"] + "GATAAGC")
    deletions = rows.assign(
        ref=[sequence[pos - 1 : pos + 5] for pos in rows["pos"]], alt=rows["ref"]
    )
    rows = pd.concat([rows, insertions, deletions], ignore_index=True)
    start, shift = centred_windows(
        rows["pos"], rows["ref"].str.len(), window_bp, len(sequence)
    )
    rows = rows.assign(
        variant_id=[f"{row.pos}_{row.ref}_{row.alt}" for row in rows.itertuples()],
        window_start=start,
        window_end=start + window_bp,
        shift_bp=shift,
    )
    return list(rows.itertuples(index=False))


def the_clients_question(row, scorers):
    """Return what the official client is given for a row."""
    return (
        ag_genome.Interval(row.chrom, row.window_start, row.window_end),
        ag_genome.Variant(row.chrom, row.pos, row.ref, row.alt),
        [parse_scorer(name) for name in scorers],
    )


def assert_same(one, other):
    """Compare two answers bit by bit."""
    assert (one.variant_id, one.window_start) == (other.variant_id, other.window_start)
    for name in ("raw", "quantile"):
        mine, its = getattr(one, name), getattr(other, name)
        assert (mine is None) == (its is None)
        if mine is not None:
            assert mine.dtype == its.dtype == np.float32
            assert mine.shape == its.shape
            assert mine.tobytes() == its.tobytes()


@pytest.mark.parametrize("window_bp", WINDOWS_BP)
@pytest.mark.parametrize("scorers", [[SCORER], SCORERS[:2]], ids=len)
def test_answers_equal_the_clients_to_the_last_bit(
    genome, made, tracks, window_bp, scorers
):
    track_names = dict.fromkeys(scorers, tracks)
    ask, ask_client = (
        wire_asker(made, track_names),
        model_asker(made.client, track_names),
    )
    n_changed = 0
    for row in rows_of(genome[1], window_bp):
        answers = ask(row, scorers)
        assert len(answers) == len(scorers)
        for mine, its in zip(answers, ask_client(row, scorers), strict=True):
            assert_same(mine, its)
        n_changed += np.abs(answers[0].raw).max() > 1e-4
    assert n_changed > 5


def test_answers_come_in_the_order_of_the_question(genome, made, tracks):
    ask = wire_asker(made, dict.fromkeys(SCORERS, tracks))
    row = rows_of(genome[1])[0]
    forward, backward = ask(row, SCORERS), ask(row, SCORERS[::-1])
    for one, other in zip(forward, backward[::-1], strict=True):
        assert_same(one, other)
    assert_same(ask(row, SCORERS[1:2])[0], forward[1])


def test_each_thread_gets_its_own_answer(genome, made, tracks):
    ask = wire_asker(made, {SCORER: tracks})
    rows = rows_of(genome[1]) * 2
    alone = [ask(row, [SCORER])[0] for row in rows]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda row: ask(row, [SCORER])[0], rows))
    for one, other in zip(alone, together, strict=True):
        assert_same(one, other)


class Recorder(grpc.GenericRpcHandler):
    """Keeps the bytes of every call and answers none; it lists no tracks."""

    def __init__(self):
        self.calls = []

    def service(self, details):
        def keep(requests, context):
            headers = dict(context.invocation_metadata())
            key = headers.get("x-goog-api-key")
            self.calls.append((details.method, list(requests), key))
            context.abort(grpc.StatusCode.UNIMPLEMENTED, "recorded")

        if details.method.endswith("/GetMetadata"):
            return grpc.unary_stream_rpc_method_handler(lambda *_: iter(()))
        return grpc.stream_stream_rpc_method_handler(keep)


@contextlib.contextmanager
def recording():
    """Serve a `Recorder`; yield it and its address."""
    recorder = Recorder()
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(2))
    server.add_generic_rpc_handlers((recorder,))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield recorder, f"127.0.0.1:{port}"
    finally:
        server.stop(grace=0).wait()


def test_the_request_equals_the_clients_to_the_last_byte(genome, tracks):
    rows = rows_of(genome[1])[::5]
    with recording() as (recorder, address):
        for version, key in [(None, ""), ("ALL_FOLDS", "a key"), ("FOLD_2", "")]:
            where = Endpoint(address, False, key, version, 30, 10)
            recorder.calls.clear()
            with connected(where) as made:
                ask = wire_asker(made, dict.fromkeys(SCORERS, tracks))
                for row, scorers in itertools.product(rows, ([SCORER], SCORERS)):
                    with pytest.raises(grpc.RpcError):
                        ask(row, scorers)
                    with pytest.raises(grpc.RpcError):
                        made.client.score_variant(*the_clients_question(row, scorers))
            assert len(recorder.calls) == 2 * 2 * len(rows)
            assert recorder.calls[::2] == recorder.calls[1::2]
            for _, [request], given in recorder.calls:
                parsed = dna_model_service_pb2.ScoreVariantRequest.FromString(request)
                assert parsed.model_version == (version or "")
                assert given == (key or None)


def test_every_model_version_is_sent_by_its_name(genome):
    row = rows_of(genome[1])[0]
    for version in dna_client.ModelVersion:
        request = score_request(row, [parse_scorer(SCORER)], version.name)
        assert request.model_version == version.name


def repacked(responses, change, **packing):
    """Return responses with their values changed and packed in another form."""
    responses, result = iter(responses), []
    for response in responses:
        values = response.output.variant_data.values
        chunks = [next(responses).tensor_chunk for _ in range(values.chunk_count)]
        array = change(tensor_utils.unpack_proto(values, chunks))
        packed, chunks = tensor_utils.pack_tensor(array, **packing)
        values.CopyFrom(packed)
        result.append(response)
        result += [Response(tensor_chunk=chunk) for chunk in chunks]
    return result


ZSTD = tensor_pb2.CompressionType.COMPRESSION_TYPE_ZSTD
FORMS = {
    "whole": (lambda values: values, {}),
    "whole, compressed": (lambda values: values, {"compression_type": ZSTD}),
    "bfloat16 in chunks": (
        lambda values: values.astype(ml_dtypes.bfloat16),
        {"bytes_per_chunk": 10, "compression_type": ZSTD},
    ),
    "float16, raw alone": (lambda values: values[:1].astype(np.float16), {}),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_values_is_read_as_the_client_reads_it(
    genome, altering, tracks, form
):
    service, made = altering
    change, packing = FORMS[form]
    service.alter = lambda responses: repacked(responses, change, **packing)
    track_names = dict.fromkeys(SCORERS, tracks)
    row = rows_of(genome[1])[0]
    answers = wire_asker(made, track_names)(row, SCORERS)
    expected = model_asker(made.client, track_names)(row, SCORERS)
    for mine, its in zip(answers, expected, strict=True):
        assert_same(mine, its)
        assert (mine.quantile is None) == (form == "float16, raw alone")


def torn(responses):
    *whole, last = responses
    return [*whole, Response(tensor_chunk={"data": last.tensor_chunk.data[:-4]})]


# Of two outputs of one chunk each.
INCOMPLETE = {
    "no output": lambda responses: [],
    "one output of two": lambda responses: responses[:2],
    "no head": lambda responses: responses[1:],
    "no chunk": lambda responses: responses[:-1],
    "a chunk too many": lambda responses: [*responses, responses[-1]],
    "a head for a chunk": lambda responses: [*responses[:-1], responses[0]],
    "a chunk too short": torn,
    "a response of nothing": lambda responses: [*responses, Response()],
}


@pytest.mark.parametrize("kind", INCOMPLETE)
def test_an_incomplete_answer_may_be_requested_again(genome, altering, tracks, kind):
    service, made = altering
    service.alter = INCOMPLETE[kind]
    ask = wire_asker(made, dict.fromkeys(SCORERS[:2], tracks))
    with pytest.raises(ValueError) as raised:
        ask(rows_of(genome[1])[0], SCORERS[:2])
    assert is_transient(raised.value)


def test_after_a_fault_the_same_request_succeeds(genome, tracks):
    row = rows_of(genome[1])[0]
    faults = dict(enumerate(["cut", "empty", grpc.StatusCode.INTERNAL]))
    with (
        serving(genome[0], faults=faults) as (service, address),
        client_of(address) as made,
    ):
        ask = wire_asker(made, {SCORER: tracks})
        for n_calls in range(1, 4):
            with pytest.raises((ValueError, grpc.RpcError)) as raised:
                ask(row, [SCORER])
            assert is_transient(raised.value)
            assert len(service.calls) == n_calls
        expected = model_asker(made.client, {SCORER: tracks})(row, [SCORER])
        assert_same(ask(row, [SCORER])[0], expected[0])


S = grpc.StatusCode


@pytest.mark.parametrize(
    ("status", "is_kept"),
    [
        (S.RESOURCE_EXHAUSTED, True),
        (S.UNAVAILABLE, True),
        (S.DEADLINE_EXCEEDED, True),
        (S.CANCELLED, False),
        (S.INTERNAL, False),
        (S.DATA_LOSS, False),
    ],
)
def test_a_whole_answer_is_kept_unless_what_follows_speaks_against_it(
    genome, tracks, status, is_kept
):
    row = rows_of(genome[1])[0]
    with (
        serving(genome[0], late={0: status}) as (service, address),
        client_of(address) as made,
    ):
        ask = wire_asker(made, {SCORER: tracks})
        if not is_kept:
            with pytest.raises(grpc.RpcError):
                ask(row, [SCORER])
        first, again = (ask(row, [SCORER])[0] for _ in range(2))
        assert len(service.calls) == 2 + (not is_kept)
    assert_same(first, again)


def test_an_answer_whose_stream_never_ends_is_kept_at_the_deadline(genome, tracks):
    row = rows_of(genome[1])[0]
    with (
        serving(genome[0], faults={0: "endless"}) as (service, address),
        client_of(address, deadline_s=1) as made,
    ):
        ask = wire_asker(made, {SCORER: tracks})
        assert_same(ask(row, [SCORER])[0], ask(row, [SCORER])[0])
        assert len(service.calls) == 2


def test_a_status_after_one_of_two_answers_fails_the_call(genome, tracks):
    class OneOfTwo(FaultyService):
        def ScoreVariant(self, requests, context):
            yield from list(super().ScoreVariant(requests, context))[:2]
            context.abort(S.UNAVAILABLE, "injected")

    with (
        serving(genome[0], OneOfTwo) as (_, address),
        client_of(address) as made,
        pytest.raises(grpc.RpcError),
    ):
        ask = wire_asker(made, dict.fromkeys(SCORERS[:2], tracks))
        ask(rows_of(genome[1])[0], SCORERS[:2])


def backwards(responses):
    metadata = responses[0].output.variant_data.metadata
    tracks = list(metadata.track_metadata)[::-1]
    del metadata.track_metadata[:]
    metadata.track_metadata.extend(tracks)
    return responses


def test_tracks_in_another_order_than_listed_are_refused(genome, made, tracks):
    ask = wire_asker(made, {SCORER: tracks[::-1]})
    with pytest.raises(WrongAnswer, match="in order"):
        ask(rows_of(genome[1])[0], [SCORER])


def test_tracks_that_change_their_order_are_refused_every_time(
    genome, altering, tracks
):
    service, made = altering
    ask = wire_asker(made, {SCORER: tracks})
    first, *others = rows_of(genome[1])
    service.alter = lambda responses: responses
    ask(first, [SCORER])
    service.alter = backwards
    for row in others[:2]:
        with pytest.raises(WrongAnswer, match=f"^{row.variant_id} .* the 8 tracks"):
            ask(row, [SCORER])


OUTPUTS = [dna_client.OutputType.CHIP_TF, dna_client.OutputType.DNASE]


def test_predicted_tracks_equal_the_clients_to_the_last_bit(genome, made):
    sequence = "N" * 8_192 + genome[1][:8_192]
    asked = {"requested_outputs": OUTPUTS, "ontology_terms": None}
    found = sequence_predictor(made)(sequence, **asked)
    expected = made.client.predict_sequence(sequence, **asked)
    assert set(found) == set(OUTPUTS)
    for output, tracks in found.items():
        its = expected.get(output)
        pd.testing.assert_frame_equal(tracks.metadata, its.metadata)
        assert tracks.resolution == its.resolution
        assert tracks.values.dtype == its.values.dtype
        assert tracks.values.tobytes() == its.values.tobytes()


def test_a_sequence_of_other_letters_is_not_sent(genome):
    with serving(genome[0]) as (service, address), client_of(address) as made:
        with pytest.raises(ValueError, match="ACGTN, not R"):
            sequence_predictor(made)("R" + "A" * 16_383, requested_outputs=OUTPUTS)
        assert service.n_sequences == 0


@pytest.mark.parametrize(
    "kind", ["no head", "no chunk", "a chunk too many", "a head for a chunk"]
)
def test_an_incomplete_prediction_may_be_requested_again(genome, altering, kind):
    service, made = altering
    service.alter = INCOMPLETE[kind]
    with pytest.raises(ValueError) as raised:
        sequence_predictor(made)(genome[1][:16_384], requested_outputs=OUTPUTS)
    assert is_transient(raised.value)


def test_what_answers_say_about_a_track_may_not_change(genome, altering, tracks):
    """Even if the model's list does not say it."""
    service, made = altering
    ask = wire_asker(made, {SCORER: tracks})
    rows = rows_of(genome[1])

    def saying(mean):
        def alter(responses):
            metadata = responses[0].output.variant_data.metadata
            metadata.track_metadata[2].nonzero_mean = mean
            return responses

        return alter

    service.alter = saying(0.5)
    ask(rows[0], [SCORER])
    service.alter = lambda responses: responses
    ask(rows[1], [SCORER])
    service.alter = saying(0.25)
    with pytest.raises(WrongAnswer, match="with nonzero_mean 0.5; it came with 0.25"):
        ask(rows[2], [SCORER])
