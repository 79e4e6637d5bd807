import threading
from concurrent.futures import ThreadPoolExecutor

import grpc
import pandas as pd
import pytest
from alphagenome.atlas import atlas_utils
from alphagenome.protos import atlas_service_pb2_grpc
from endobench.design.routes import ATLAS_WINDOW_BP
from endobench.model.atlas import atlas_asker
from endobench.model.atlas_lists import Lists, dense_intervals
from endobench.model.standin import server as standin
from endobench.model.standin.atlas_service import AtlasService
from endobench.model.standin.model_service import ModelService
from endobench.model.standin.motif_model import MotifModel
from servers import client_of, write_genome

pytestmark = pytest.mark.services

SCORER = "DNASE-501-DIFF_LOG2_SUM"
S = grpc.StatusCode
FIRST = 600_001


class CountingAtlas(AtlasService):
    """Notes its calls; `begin` waits; the next lists end with `faults`.

    `alter` changes a page, given its request.
    """

    def __init__(self, model):
        super().__init__(model)
        self.calls, self.faults = [], []
        self.begin = lambda request: None
        self.alter = lambda request, page: None

    def ListDenseVariantScores(self, request, context):
        self.calls.append(("list", request.interval.start, request.page_token))
        self.begin(request)
        if self.faults:
            context.abort(self.faults.pop(0), "not now")
        response = super().ListDenseVariantScores(request, context)
        self.alter(request, response)
        return response

    def GetDenseVariantScores(self, request, context):
        self.calls.append(("one", request.variant.position, ""))
        return super().GetDenseVariantScores(request, context)


@pytest.fixture(scope="module")
def genome(tmp_path_factory):
    return write_genome(tmp_path_factory.mktemp("genome"), length=1_200_000)


@pytest.fixture(scope="module")
def model(genome):
    return MotifModel(genome[0])


@pytest.fixture
def served(model):
    service = CountingAtlas(model)
    server, port = standin.start_server(model, services=(ModelService(model), service))
    with client_of(f"127.0.0.1:{port}") as made:
        yield service, made
    server.stop(grace=0).wait()


@pytest.fixture
def tracks(served):
    return served[1].client.output_metadata().dnase["name"].tolist()


def substitutions_at(sequence, positions, n_alleles=3):
    rows = pd.DataFrame(
        [
            {"chrom": "chr1", "pos": pos, "ref": ref, "alt": alt}
            for pos in positions
            for ref in sequence[pos - 1]
            for alt in [each for each in "ACGT" if each != ref][:n_alleles]
        ]
    )
    ids = rows["pos"].astype(str) + rows["ref"] + rows["alt"]
    start = rows["pos"] - ATLAS_WINDOW_BP // 2
    return rows.assign(
        variant_id=ids, window_start=start, window_end=start + ATLAS_WINDOW_BP
    )


def together(ask, rows, n_threads=8):
    with ThreadPoolExecutor(n_threads) as pool:
        found = pool.map(lambda row: ask(row, [SCORER]), rows.itertuples(index=False))
        return [answer for [answer] in found]


def same(mine, others):
    return [each.raw.tobytes() for each in mine] == [
        each.raw.tobytes() for each in others
    ] and [each.quantile.tobytes() for each in mine] == [
        each.quantile.tobytes() for each in others
    ]


def test_listed_answers_are_those_of_single_calls(genome, served, tracks):
    service, made = served
    rows = substitutions_at(genome[1], range(FIRST, FIRST + 40))
    expected = together(atlas_asker(made, {SCORER: tracks}), rows)
    assert [kind for kind, *_ in service.calls] == ["one"] * 120
    service.calls.clear()
    found = together(atlas_asker(made, {SCORER: tracks}, rows=rows), rows)
    assert same(found, expected)
    # All substitutions of 40 bases in intervals of 32, in pages of ten.
    assert {kind for kind, *_ in service.calls} == {"list"}
    assert len(service.calls) == len(set(service.calls)) <= 40 * 3 // 10 + 3


def test_distant_variants_are_asked_one_by_one_and_alleles_of_a_site_together(
    genome, served, tracks
):
    service, made = served
    rows = pd.concat(
        [
            substitutions_at(genome[1], range(FIRST, FIRST + 1_000, 100), 1),
            substitutions_at(genome[1], [FIRST + 50], 2),
        ],
        ignore_index=True,
    )
    expected = together(atlas_asker(made, {SCORER: tracks}), rows)
    service.calls.clear()
    found = together(atlas_asker(made, {SCORER: tracks}, rows=rows), rows)
    assert same(found, expected)
    kinds = [kind for kind, *_ in service.calls]
    assert (kinds.count("one"), kinds.count("list")) == (10, 1)


def test_threads_list_as_many_intervals_at_once(genome, served):
    service, made = served
    together_now = threading.Barrier(4, timeout=30)
    rows = substitutions_at(genome[1], range(FIRST + 31, FIRST + 31 + 128))
    stub = atlas_service_pb2_grpc.AtlasServiceStub(made.channel)
    filter_text = atlas_utils.build_filter(requested_scorers=["DNASE"])
    lists = Lists(stub, [], ["variant", "scores"], dense_intervals(rows))

    begun = iter(range(4))

    def waiting(request):
        # A thread that is done early may begin a fifth one.
        if not request.page_token and next(begun, None) is not None:
            together_now.wait()

    service.begin = waiting
    with ThreadPoolExecutor(4) as pool:
        some = rows.head(4).itertuples(index=False)
        found = list(pool.map(lambda row: lists.pop(row, filter_text), some))
    # All four asked for the first interval, but each listed another one meanwhile.
    assert all(found)
    assert not together_now.broken
    assert len({start for _, start, _ in service.calls}) >= 4


def test_a_variant_that_is_asked_again_reaches_the_atlas(genome, served, tracks):
    service, made = served
    rows = substitutions_at(genome[1], [FIRST])
    ask = atlas_asker(made, {SCORER: tracks}, rows=rows)
    first = together(ask, rows)
    service.calls.clear()
    again = together(ask, rows)
    assert same(first, again)
    assert [kind for kind, *_ in service.calls] == ["one"] * 3


def test_a_list_that_fails_is_asked_again(genome, served, tracks):
    service, made = served
    rows = substitutions_at(genome[1], [FIRST])
    ask = atlas_asker(made, {SCORER: tracks}, rows=rows)
    service.faults = [S.UNAVAILABLE]
    row = next(rows.itertuples(index=False))
    with pytest.raises(grpc.RpcError):
        ask(row, [SCORER])
    assert len(together(ask, rows)) == 3
    assert [kind for kind, *_ in service.calls] == ["list", "list"]


@pytest.mark.parametrize("status", [S.UNIMPLEMENTED, S.INVALID_ARGUMENT, S.NOT_FOUND])
def test_an_atlas_without_lists_is_asked_one_by_one(
    genome, served, tracks, status, caplog
):
    service, made = served
    rows = substitutions_at(genome[1], range(FIRST, FIRST + 40, 1))
    expected = together(atlas_asker(made, {SCORER: tracks}), rows)
    service.calls.clear()
    service.faults = [status] * 2
    ask = atlas_asker(made, {SCORER: tracks}, rows=rows)
    found = together(ask, rows, n_threads=1)
    assert same(found, expected)
    kinds = [kind for kind, *_ in service.calls]
    assert (kinds.count("one"), kinds.count("list")) == (120, 1)
    assert "lists of the Atlas cannot be used" in caplog.text


def _the_same_page_for_ever(request, page):
    page.next_page_token = "10"


def _a_new_token_for_ever(request, page):
    page.next_page_token = f"{int(request.page_token or 0) + 1}"
    del page.variant_scores[:]


def _a_variant_again_with_other_scores(request, page):
    page.variant_scores.add().CopyFrom(page.variant_scores[0])
    page.variant_scores[-1].scores[0].scores = page.variant_scores[1].scores[0].scores


@pytest.mark.parametrize(
    ("lie", "n_most"),
    [
        (_the_same_page_for_ever, 3),
        (_a_new_token_for_ever, 40 * 3 + 1),
        (_a_variant_again_with_other_scores, 1),
    ],
)
def test_lists_that_never_end_or_contradict_themselves_are_not_used(
    genome, served, tracks, lie, n_most, caplog
):
    service, made = served
    rows = substitutions_at(genome[1], range(FIRST, FIRST + 40))
    expected = together(atlas_asker(made, {SCORER: tracks}), rows)
    service.calls.clear()
    service.alter = lie
    ask = atlas_asker(made, {SCORER: tracks}, rows=rows)
    assert same(together(ask, rows, n_threads=1), expected)
    kinds = [kind for kind, *_ in service.calls]
    assert kinds.count("one") == 120 and kinds.count("list") <= n_most
    assert "lists of the Atlas cannot be used (WrongAnswer: chr1:" in caplog.text


def _with_every_other_variant(request, page):
    del page.variant_scores[::2]


def _each_variant_twice(request, page):
    page.variant_scores.extend(list(page.variant_scores))


@pytest.mark.parametrize(
    ("lie", "n_alone"), [(_with_every_other_variant, 60), (_each_variant_twice, 0)]
)
def test_what_a_list_lacks_is_asked_alone_and_what_it_repeats_counts_once(
    genome, served, tracks, lie, n_alone
):
    service, made = served
    rows = substitutions_at(genome[1], range(FIRST, FIRST + 40))
    expected = together(atlas_asker(made, {SCORER: tracks}), rows)
    service.calls.clear()
    service.alter = lie
    ask = atlas_asker(made, {SCORER: tracks}, rows=rows)
    assert same(together(ask, rows), expected)
    assert [kind for kind, *_ in service.calls].count("one") == n_alone


def test_what_is_listed_is_forgotten_once_all_have_it(genome, served):
    service, made = served
    rows = substitutions_at(genome[1], range(FIRST, FIRST + 8), 2)
    stub = atlas_service_pb2_grpc.AtlasServiceStub(made.channel)
    filter_text = atlas_utils.build_filter(requested_scorers=["DNASE"])
    lists = Lists(stub, [], ["variant", "scores"], dense_intervals(rows))
    for row in rows.itertuples(index=False):
        found = lists.pop(row, filter_text)
        assert found.variant.alternate_bases == row.alt
        assert lists.pop(row, filter_text) is None
    # Eight of 24 are listed without need.
    assert len(service.calls) == 3
    assert lists.n_held() == 0


def test_a_third_of_the_substitutions_makes_an_interval_worth_listing():
    rows = pd.DataFrame({"chrom": "chr1", "pos": [33, 34, 36, 36, 65, 97, 97]})
    rows["variant_id"] = [str(place) for place in range(len(rows))]
    found = dense_intervals(rows)
    # Four variants at four bases; one alone; two at one base, in another chunk.
    assert found == dict.fromkeys("0123", ("chr1", 32, 36)) | dict.fromkeys(
        "56", ("chr1", 96, 97)
    )
    assert dense_intervals(rows.iloc[[0, 2, 4]]) == {}
    other = rows.assign(chrom=["chr1", "chr2"] * 3 + ["chr1"])
    assert dense_intervals(other.iloc[:2]) == {}
    assert dense_intervals(rows.iloc[:0]) == {}
