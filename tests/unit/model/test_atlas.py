import grpc
import numpy as np
import pytest
from alphagenome.atlas import atlas
from alphagenome.data import genome as ag_genome
from alphagenome.protos import atlas_service_pb2_grpc
from endobench.core.errors import InputError, WrongAnswer
from endobench.design.routes import ATLAS_WINDOW_BP
from endobench.genome.reference import centred_windows
from endobench.model.atlas import atlas_asker
from endobench.model.retries import is_transient
from endobench.model.scorers import model_asker
from endobench.model.standin import server as standin
from endobench.model.standin.atlas_service import AtlasService
from endobench.model.standin.model_service import ModelService
from endobench.model.standin.motif_model import MotifModel
from servers import client_of, substitutions, write_genome

pytestmark = pytest.mark.services

S = grpc.StatusCode
SCORER = "DNASE-501-DIFF_LOG2_SUM"


class AlteringAtlas(AtlasService):
    """An Atlas that alters its answers on demand.

    `alter_list` changes the list of its tracks and `alter` the scores of a variant. The
    next calls end with the statuses in `faults`. `headers` are those of all calls.
    """

    def __init__(self, model):
        super().__init__(model)
        self.be_as_usual()

    def be_as_usual(self):
        self.alter_list = self.alter = lambda response: None
        self.faults = []
        self.headers = []

    def _begin(self, context):
        self.headers.append(dict(context.invocation_metadata()))
        if self.faults:
            context.abort(*self.faults.pop(0))

    def ListVariantScoresMetadata(self, request, context):
        self._begin(context)
        response = super().ListVariantScoresMetadata(request, context)
        self.alter_list(response)
        return response

    def GetDenseVariantScores(self, request, context):
        self._begin(context)
        response = super().GetDenseVariantScores(request, context)
        self.alter(response)
        return response


@pytest.fixture(scope="module")
def genome(tmp_path_factory):
    return write_genome(tmp_path_factory.mktemp("genome"), length=1_200_000)


@pytest.fixture(scope="module")
def rows(genome):
    rows = substitutions(genome[1], range(600_000, 600_020))
    start, shift = centred_windows(rows["pos"], 1, ATLAS_WINDOW_BP, len(genome[1]))
    assert not shift.any()
    rows = rows.assign(window_start=start, window_end=start + ATLAS_WINDOW_BP)
    return list(rows.itertuples(index=False))


@pytest.fixture(scope="module")
def served(genome):
    model = MotifModel(genome[0])
    service = AlteringAtlas(model)
    server, port = standin.start_server(model, services=(ModelService(model), service))
    with client_of(f"127.0.0.1:{port}", key="a key") as made:
        yield service, made
    server.stop(grace=0).wait()


@pytest.fixture
def service(served):
    served[0].be_as_usual()
    return served[0]


@pytest.fixture
def made(served):
    return served[1]


@pytest.fixture
def tracks(made):
    return made.client.output_metadata().dnase["name"].tolist()


def assert_same(one, other):
    """Compare two answers bit by bit."""
    assert (one.variant_id, one.window_start) == (other.variant_id, other.window_start)
    assert one.raw.dtype == one.quantile.dtype == np.float32
    assert one.raw.tobytes() == other.raw.tobytes()
    assert one.quantile.tobytes() == other.quantile.tobytes()


def test_answers_equal_those_of_the_clients_atlas(service, made, tracks, rows):
    stub = atlas_service_pb2_grpc.AtlasServiceStub(made.channel)
    client = atlas.AtlasClient(stub, metadata=made.metadata)
    ask = atlas_asker(made, {SCORER: tracks})
    for row in rows:
        [answer] = ask(row, [SCORER])
        variant = ag_genome.Variant(row.chrom, row.pos, row.ref, row.alt)
        scores = client.query_variant(variant, requested_scorers=["DNASE"])["DNASE"]
        assert scores.var["name"].tolist() == tracks
        assert answer.raw.tobytes() == scores.X[0].tobytes()
        assert answer.quantile.tobytes() == scores.layers["quantiles"][0].tobytes()


def test_answers_equal_the_models_at_the_atlas_window(service, made, tracks, rows):
    ask = atlas_asker(made, {SCORER: tracks})
    ask_model = model_asker(made.client, {SCORER: tracks})
    largest = 0
    for row in rows:
        [answer], [expected] = ask(row, [SCORER]), ask_model(row, [SCORER])
        assert_same(answer, expected)
        largest = max(largest, np.abs(answer.raw).max())
    assert largest > 0.01


# Order of the model's tracks in the Atlas, with a ninth that the model lacks.
ORDER = [5, 3, 0, 7, 8, 1, 6, 2, 4]


def list_in_order(response):
    tracks = response.variant_scorer_metadata[0].metadata[0].tracks.metadata
    found = list(tracks)
    other = type(found[0])()
    other.CopyFrom(found[0])
    other.name = "another track"
    found.append(other)
    del tracks[:]
    tracks.extend(found[place] for place in ORDER)


def score_in_order(response):
    for score in response.scores:
        for name in ("scores", "calibrated_scores"):
            values = np.append(np.frombuffer(getattr(score, name), "<f4"), 99)
            setattr(score, name, values[ORDER].astype("<f4").tobytes())
        score.shape[:] = [1, len(ORDER)]


def test_tracks_are_put_in_the_models_order(service, made, tracks, rows):
    expected = [atlas_asker(made, {SCORER: tracks})(row, [SCORER])[0] for row in rows]
    service.alter_list, service.alter = list_in_order, score_in_order
    ask = atlas_asker(made, {SCORER: tracks})
    for row, each in zip(rows, expected, strict=True):
        assert_same(ask(row, [SCORER])[0], each)
        assert each.raw.max() < 99


def forget_a_track(response):
    del response.variant_scorer_metadata[0].metadata[0].tracks.metadata[3]


def name_two_alike(response):
    tracks = response.variant_scorer_metadata[0].metadata[0].tracks.metadata
    tracks.extend([tracks[3]])


def forget_the_scorer(response):
    del response.variant_scorer_metadata[:]


@pytest.mark.parametrize("alter", [forget_a_track, name_two_alike, forget_the_scorer])
def test_mismatched_tracks_are_reported_with_a_remedy(service, made, tracks, alter):
    service.alter_list = alter
    with pytest.raises(InputError, match=f"{SCORER}.*route: model"):
        atlas_asker(made, {SCORER: tracks})


def test_a_scorer_that_the_atlas_does_not_list_is_named(service, made, tracks):
    other = "ATAC-501-DIFF_LOG2_SUM"
    with pytest.raises(InputError, match=f"{other}.*route: model"):
        atlas_asker(made, {SCORER: tracks, other: ["K562 ATAC-seq"]})


def test_a_variant_that_the_atlas_lacks_has_an_answer_without_tracks(
    service, made, tracks, rows
):
    ask = atlas_asker(made, {SCORER: tracks})
    row = rows[0]
    for change in ({"ref": row.alt, "alt": row.ref}, {"alt": row.ref + "A"}):
        [answer] = ask(row._replace(**change), [SCORER])
        assert answer.raw.shape == (0,)
        assert answer.quantile is None
        assert (answer.variant_id, answer.window_start) == (
            row.variant_id,
            row.window_start,
        )
    service.alter = lambda response: response.ClearField("scores")
    [answer] = ask(row, [SCORER])
    assert answer.raw.shape == (0,)


def test_an_answer_without_quantiles_is_kept(service, made, tracks, rows):
    ask = atlas_asker(made, {SCORER: tracks})
    [expected] = ask(rows[0], [SCORER])
    service.alter = lambda response: response.scores[0].ClearField("calibrated_scores")
    [answer] = ask(rows[0], [SCORER])
    assert answer.raw.tobytes() == expected.raw.tobytes()
    assert answer.quantile is None


@pytest.mark.parametrize("code", [S.UNAVAILABLE, S.RESOURCE_EXHAUSTED, S.INTERNAL])
def test_any_other_status_is_raised_unchanged(service, made, tracks, rows, code):
    ask = atlas_asker(made, {SCORER: tracks})
    service.faults = [(code, "injected")]
    with pytest.raises(grpc.RpcError) as raised:
        ask(rows[0], [SCORER])
    assert raised.value.code() == code
    assert is_transient(raised.value)


@pytest.mark.parametrize(
    "code, details",
    [
        (S.UNAUTHENTICATED, "no key"),
        (S.PERMISSION_DENIED, "not for you"),
        (S.INVALID_ARGUMENT, "API key not valid. Please pass a valid API key."),
    ],
)
def test_a_refused_key_is_reported_in_one_line(service, made, tracks, code, details):
    service.faults = [(code, details)] * 9
    with pytest.raises(InputError) as raised:
        atlas_asker(made, {SCORER: tracks})
    message = str(raised.value)
    assert message.startswith(f"the Atlas refuses the API key: {code.name}: {details}")
    assert "ALPHAGENOME_API_KEY" in message
    assert "\n" not in message
    assert "a key" not in message


def test_a_server_without_an_atlas_is_reported_at_once_with_a_remedy(
    service, made, tracks
):
    service.faults = [(S.UNIMPLEMENTED, "Method not found!")] * 9
    with pytest.raises(InputError, match="Method not found!.*route: model"):
        atlas_asker(made, {SCORER: tracks})
    assert len(service.headers) == 1


def test_the_list_of_an_unavailable_atlas_is_requested_again(service, made, tracks):
    service.faults = [(S.UNAVAILABLE, "injected")]
    atlas_asker(made, {SCORER: tracks})
    assert len(service.headers) == 2


def test_scores_of_another_window_are_refused(service, made, tracks, rows):
    def shrink(response):
        response.interval.end = response.interval.start + 524_288

    ask = atlas_asker(made, {SCORER: tracks})
    service.alter = shrink
    with pytest.raises(WrongAnswer, match="524288 bp.*route: model"):
        ask(rows[0], [SCORER])


def test_fields_outside_of_the_mask_are_not_needed(service, made, tracks, rows):
    ask = atlas_asker(made, {SCORER: tracks})
    [expected] = ask(rows[0], [SCORER])
    left_out = []

    def mask(response):
        kept = service.headers[-1]["x-goog-fieldmask"].split(",")
        for prefix, message in [("", response), ("scores.", response.scores[0])]:
            for field, _ in message.ListFields():
                name = prefix + field.name
                if not any(each.startswith(name) for each in kept):
                    left_out.append(name)
                    message.ClearField(field.name)

    service.alter = mask
    assert_same(ask(rows[0], [SCORER])[0], expected)
    assert left_out == ["scores.metadata"]
    assert service.headers[-1]["x-goog-api-key"] == "a key"


def another_variant(response):
    response.variant.position += 1


def alleles_exchanged(response):
    variant = response.variant
    ref, alt = variant.reference_bases, variant.alternate_bases
    variant.reference_bases, variant.alternate_bases = alt, ref


def no_variant(response):
    response.ClearField("variant")


def another_place(response):
    response.interval.start += 1_000
    response.interval.end += 1_000


def another_chromosome(response):
    response.interval.chromosome = "chr2"


def seven_values(response):
    for name in ("scores", "calibrated_scores"):
        values = getattr(response.scores[0], name)
        setattr(response.scores[0], name, values[4:])


def seven_tracks(response):
    seven_values(response)
    response.scores[0].shape[:] = [1, 7]


def two_rows(response):
    score = response.scores[0]
    for name in ("scores", "calibrated_scores"):
        setattr(score, name, 2 * getattr(score, name))
    score.shape[:] = [2, 8]


def no_rows(response):
    response.scores[0].scores = b""
    response.scores[0].shape[:] = [0, 8]


def fewer_quantiles(response):
    score = response.scores[0]
    score.calibrated_scores = score.calibrated_scores[4:]


def quantiles_beyond_one(response):
    response.scores[0].calibrated_scores = np.full(8, 3, "<f4").tobytes()


def the_scorer_twice(response):
    response.scores.append(response.scores[0])


@pytest.mark.parametrize(
    "lie",
    [
        another_variant,
        alleles_exchanged,
        no_variant,
        another_place,
        another_chromosome,
        seven_values,
        seven_tracks,
        two_rows,
        no_rows,
        fewer_quantiles,
        quantiles_beyond_one,
        the_scorer_twice,
    ],
)
def test_an_answer_that_does_not_fit_its_question_is_tried_again(
    service, made, tracks, rows, lie
):
    ask = atlas_asker(made, {SCORER: tracks})
    service.alter = lie
    with pytest.raises(WrongAnswer, match=f"{rows[0].variant_id}") as caught:
        ask(rows[0], [SCORER])
    assert is_transient(caught.value)
    assert "\n" not in str(caught.value)


def test_of_two_scorers_none_may_be_missing(service, made, tracks, rows):
    other = "ATAC-501-DIFF_LOG2_SUM"
    names = made.client.output_metadata().atac["name"].tolist()
    ask = atlas_asker(made, {SCORER: tracks, other: names})
    assert [len(each.raw) for each in ask(rows[0], [SCORER, other])] == [8, 8]
    service.alter = lambda response: response.scores.pop()
    with pytest.raises(
        WrongAnswer, match="asked the Atlas for DNASE, ATAC; DNASE came"
    ):
        ask(rows[0], [SCORER, other])


def test_a_scorer_that_nobody_asked_for_is_told_at_once(service, made, tracks, rows):
    ask = atlas_asker(made, {SCORER: tracks})

    def rename(response):
        response.scores[0].variant_scorer.name = "ATAC"

    service.alter = rename
    with pytest.raises(InputError, match="with ATAC, which nobody asked for"):
        ask(rows[0], [SCORER])
