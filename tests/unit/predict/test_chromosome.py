import io
import re
import struct
import zlib
from types import SimpleNamespace
from typing import NamedTuple

import grpc
import numpy as np
import pandas as pd
import pytest
from endobench.core.errors import InputError
from endobench.design.routes import ATLAS_WINDOW_BP
from endobench.design.scorers import STUDY_SCORER, STUDY_WINDOW_BP
from endobench.model.service import Service
from endobench.model.standin import server as standin
from endobench.model.standin.atlas_service import AtlasService
from endobench.model.standin.model_service import ModelService
from endobench.model.standin.motif_model import MotifModel
from endobench.predict.call_budget import CallBudget, LimitReached
from endobench.predict.calls import Calls
from endobench.predict.chromosome import Access, connecting, predict
from endobench.predict.shard import Request, Shard
from liars import ABOUT_TRACKS, Liar, late_by_one, without_numbers
from servers import (
    WINDOW_BP,
    FaultyService,
    service_at,
    serving,
    substitutions,
    tracks_at,
    write_genome,
)

pytestmark = pytest.mark.services

SCORER = "DNASE-501-DIFF_LOG2_SUM"
OTHER = "DNASE-501-DIFF_MEAN"
ONE = Request([SCORER], WINDOW_BP, "model")
STUDY = Request([STUDY_SCORER], STUDY_WINDOW_BP, "model")


class Outcome(NamedTuple):
    answers: dict
    routes: dict
    failures: pd.DataFrame


@pytest.fixture(scope="module")
def rows(genome):
    return substitutions(genome[1], range(12_000, 12_010))


@pytest.fixture(scope="module")
def tracks(genome):
    """The stand-in's tracks, which are the same at every address."""
    with serving(genome[0]) as (_, address):
        return tracks_at(address)


def ask(
    genome,
    rows,
    tracks,
    address,
    folder,
    request=ONE,
    *,
    name=None,
    digest="0" * 64,
    max_requests=None,
    max_failed_fraction=0,
    terminal=None,
    **changes,
):
    """Predict what the journals in a folder lack; return all that they hold."""
    access = Access(
        service_at(address, name),
        genome[0],
        Calls(4, 2, 30, 10, journal=str(folder))._replace(**changes),
        CallBudget(folder / "requests", max_requests),
    )
    if request == STUDY:
        start = rows["pos"] - 1 - STUDY_WINDOW_BP // 2
        rows = rows.assign(window_start=start, window_end=start + STUDY_WINDOW_BP)
    shard = Shard(
        rows, tracks, request, journal=folder, name="chr1", genome_digest=digest
    )
    with shard:
        failures = predict(
            shard,
            access,
            max_failed_fraction=max_failed_fraction,
            label="chr1",
            terminal=terminal,
        )
        found = [
            ((scorer, answer.variant_id), answer, route)
            for scorer, routes, answers in shard.answers()
            for route, answer in zip(routes, answers, strict=True)
        ]
    return Outcome(
        {key: answer for key, answer, _ in found},
        {key: route for key, _, route in found},
        failures,
    )


def test_a_model_that_has_changed_is_refused(genome, rows, tracks, tmp_path):
    other = write_genome(tmp_path, seed=4)
    with (
        serving(other[0]) as (service, address),
        pytest.raises(InputError, match="now serves"),
    ):
        ask(genome, rows, tracks, address, tmp_path / "journal")
    assert not service.calls


class Peers(FaultyService):
    """Notes the address of each connection."""

    def __init__(self, model, **options):
        super().__init__(model, **options)
        self.peers = set()

    def ScoreVariant(self, requests, context):
        self.peers.add(context.peer())
        yield from super().ScoreVariant(requests, context)


def test_shards_of_a_job_may_share_a_connection(genome, rows, tracks, tmp_path):
    calls = Calls(4, 2, 30, 10, journal=str(tmp_path))
    with serving(genome[0], Peers) as (service, address):
        access = Access(
            service_at(address), genome[0], calls, CallBudget(tmp_path, None)
        )
        with connecting(access) as connect:
            for name, part in (("a", rows[:4]), ("b", rows[4:]), ("b", rows[4:])):
                with Shard(
                    part, tracks, ONE, journal=tmp_path, name=name, genome_digest="0"
                ) as shard:
                    predict(shard, access, connect, max_failed_fraction=0, label=name)
                    assert shard.n_missing("model") == 0
    assert len(service.peers) == 1
    assert len(service.calls) == len(rows)


def test_scorings_do_not_share_answers(genome, rows, tracks, tmp_path):
    wide = ONE._replace(window_bp=131_072)
    with serving(genome[0]) as (service, address):
        found = {}
        for request in (ONE, ONE._replace(scorers=[OTHER]), wide, STUDY):
            found |= ask(genome, rows, tracks, address, tmp_path, request).answers
        assert len(service.calls) == 3 * len(rows)
        assert service.n_sequences == 2 * len(rows)
    assert len(found) == 3 * len(rows)
    for name in rows["variant_id"]:
        assert not np.array_equal(found[SCORER, name].raw, found[OTHER, name].raw)
        assert found[STUDY_SCORER, name].ref_value is not None


def test_scorers_of_one_scoring_share_their_calls_and_an_earlier_runs_answers(
    genome, rows, tracks, tmp_path
):
    both = ONE._replace(scorers=[OTHER, SCORER])
    with serving(genome[0]) as (service, address):
        alone = ask(genome, rows.iloc[:4], tracks, address, tmp_path)
        found = ask(genome, rows, tracks, address, tmp_path, both)
        assert len(service.calls) == 4 + len(rows)
    assert len(found.answers) == 2 * len(rows)
    for key, answer in alone.answers.items():
        assert np.array_equal(answer.raw, found.answers[key].raw)


class Other(FaultyService):
    """A model with the same tracks that is not recognised as the stand-in."""

    sign = 1

    def __init__(self, model, **options):
        super().__init__(model, **options)
        for track in model.metadata:
            track.data_source = "elsewhere"

    def ScoreVariant(self, requests, context):
        for response in super().ScoreVariant(requests, context):
            if response.HasField("tensor_chunk"):
                values = np.frombuffer(response.tensor_chunk.data, "<f4")
                response.tensor_chunk.data = (self.sign * values).tobytes()
            yield response


class Reverse(Other):
    sign = -1


def test_servers_of_the_same_tracks_do_not_share_answers(genome, rows, tmp_path):
    found = []
    for kind in (Other, Reverse):
        with serving(genome[0], kind) as (service, address):
            found.append(ask(genome, rows, tracks_at(address), address, tmp_path))
            assert len(service.calls) == len(rows)
    for key, answer in found[0].answers.items():
        assert np.array_equal(answer.raw, -found[1].answers[key].raw)


def test_a_named_model_may_move_to_another_address(genome, rows, tmp_path):
    for n_calls in (len(rows), 0):
        with serving(genome[0], Other) as (service, address):
            tracks = tracks_at(address, name="mine")
            found = ask(genome, rows, tracks, address, tmp_path, name="mine")
            assert len(service.calls) == n_calls
        assert len(found.answers) == len(rows)


def test_the_study_has_its_own_answers_for_another_genome(
    genome, rows, tracks, tmp_path
):
    with serving(genome[0]) as (service, address):
        n_sequences = []
        for digest in ("0" * 64, "1" * 64, "0" * 64):
            ask(genome, rows, tracks, address, tmp_path, STUDY, digest=digest)
            n_sequences.append(service.n_sequences)
    assert n_sequences == [2 * len(rows), 4 * len(rows), 4 * len(rows)]


def test_known_answers_need_no_server(genome, rows, tracks, tmp_path):
    with serving(genome[0]) as (_, address):
        before = ask(genome, rows, tracks, address, tmp_path)
    after = ask(genome, rows, tracks, address, tmp_path)
    assert after.answers.keys() == before.answers.keys()
    assert set(after.routes.values()) == {"model"}
    assert after.failures.empty


def test_a_fraction_of_known_answers_is_requested_again(genome, rows, tracks, tmp_path):
    with serving(genome[0]) as (service, address):
        ask(genome, rows.iloc[:8], tracks, address, tmp_path)
        ask(genome, rows, tracks, address, tmp_path, canary_fraction=0.5)
        # There are fewer than twenty of either: all 8 known and both new answers.
        assert len(service.calls) == 10 + 8 + 2


def test_a_variant_of_the_study_spends_two_calls(genome, rows, tracks, tmp_path):
    with serving(genome[0]) as (service, address):
        with pytest.raises(LimitReached):
            ask(genome, rows, tracks, address, tmp_path, STUDY, max_requests=5)
        assert service.n_sequences == 4


class HalfNumbers(FaultyService):
    """Answers the second of two scorers with NaN."""

    def ScoreVariant(self, requests, context):
        n_outputs = 0
        for response in super().ScoreVariant(requests, context):
            n_outputs += response.HasField("output")
            if n_outputs == 2 and response.HasField("tensor_chunk"):
                n_values = len(response.tensor_chunk.data) // 4
                response.tensor_chunk.data = np.full(n_values, np.nan, "<f4").tobytes()
            yield response


def test_a_score_is_kept_where_another_of_its_variant_fails(
    genome, rows, tracks, tmp_path
):
    both = ONE._replace(scorers=[SCORER, OTHER])
    with serving(genome[0], HalfNumbers) as (_, address):
        outcome = ask(
            genome, rows, tracks, address, tmp_path, both, max_failed_fraction=1
        )
    assert set(outcome.answers) == {(SCORER, each) for each in rows["variant_id"]}
    assert set(outcome.failures["scorer"]) == {OTHER}
    assert len(outcome.failures) == len(rows)


def test_a_job_waits_for_a_service_that_is_away_at_its_start(
    genome, rows, tracks, tmp_path
):
    with serving(genome[0], metadata_faults=5) as (service, address):
        outcome = ask(genome, rows, tracks, address, tmp_path, attempts=3)
        assert service.metadata_faults == 0
    assert len(outcome.answers) == len(rows)


def test_a_job_reports_its_requests_if_there_are_any(genome, rows, tracks, tmp_path):
    terminal = io.StringIO()
    with serving(genome[0]) as (_, address):
        for _ in range(2):
            ask(genome, rows, tracks, address, tmp_path, terminal=terminal)
    words = "chr1: 10 variants, 0 remembered, 10 to request from the model\n"
    assert terminal.getvalue() == words


def forget_checks(folder):
    """Make a journal look as one of an earlier version, which did not check answers."""
    for path in folder.rglob("*.journal"):
        records, content = b"", path.read_bytes()
        while content:
            length, _ = struct.unpack_from("<II", content)
            body = content[8 : 8 + length].replace(b', "checked": 1', b"")
            records += struct.pack("<II", len(body), zlib.crc32(body)) + body
            content = content[8 + length :]
        path.write_bytes(records)


def test_answers_that_an_earlier_version_did_not_check_are_told(
    genome, rows, tracks, tmp_path, caplog
):
    with serving(genome[0]) as (service, address):
        ask(genome, rows.iloc[:6], tracks, address, tmp_path)
        forget_checks(tmp_path)
        ask(genome, rows, tracks, address, tmp_path)
        assert "chr1: 6 of the remembered answers are from an earlier" in caplog.text
        assert len(service.calls) == len(rows)
        # A sample of them is asked again, even if nothing is missing.
        ask(genome, rows, tracks, address, tmp_path, recheck=4)
        assert len(service.calls) == len(rows) + 4
        assert set(service.calls[-4:]) <= set(rows["pos"][:6])
        caplog.clear()
        ask(genome, rows, tracks, address, tmp_path, recheck=4)
        assert len(service.calls) == len(rows) + 4
    assert "earlier version" not in caplog.text


def test_an_unchecked_answer_that_was_wrong_ends_the_run(
    genome, rows, tmp_path, caplog
):
    with serving(genome[0], Other) as (_, address):
        tracks = tracks_at(address, name="mine")
        ask(genome, rows, tracks, address, tmp_path, name="mine")
    forget_checks(tmp_path)
    with serving(genome[0], Reverse) as (_, address):
        for recheck in (10, 0):
            with pytest.raises(InputError, match="now scores"):
                ask(
                    genome,
                    rows,
                    tracks,
                    address,
                    tmp_path,
                    name="mine",
                    recheck=recheck,
                )


def test_wrong_predictions_for_the_studys_sequences_end_the_run(
    genome, rows, tracks, tmp_path
):
    lie = ABOUT_TRACKS["tracks backwards"]
    with serving(genome[0], Liar, lie=lie) as (service, address):
        with pytest.raises(InputError, match="wrong answer in 2 attempts.*in order"):
            ask(genome, rows, tracks, address, tmp_path, STUDY, max_failed_fraction=1)
        assert {method for method, _ in service.journal} == {"PredictSequence"}
    assert not list(tmp_path.rglob("*.journal"))


def test_late_answers_about_sequences_are_noticed_by_canaries(
    genome, rows, tracks, tmp_path
):
    """The protocol does not name the sequence of an answer."""
    with (
        serving(genome[0], Liar, lie=late_by_one) as (_, address),
        pytest.raises(InputError, match="now scores"),
    ):
        options = {"concurrency": 1, "canary_fraction": 0.01}
        ask(genome, rows, tracks, address, tmp_path, STUDY, **options)


def test_a_track_without_a_number_costs_the_study_that_track(
    genome, rows, tracks, tmp_path, caplog
):
    with serving(genome[0], Liar, lie=without_numbers([2])) as (_, address):
        outcome = ask(genome, rows, tracks, address, tmp_path, STUDY, attempts=4)
    assert outcome.failures.empty and len(outcome.answers) == len(rows)
    for answer in outcome.answers.values():
        for values in (answer.raw, answer.ref_value, answer.alt_value):
            assert np.flatnonzero(np.isnan(values)).tolist() == [2]
    name = tracks["track"].iloc[2]
    assert f"{STUDY_SCORER}: track {name!r} has no value for 10 variants" in caplog.text


def test_canaries_are_in_the_budget(genome, rows, tracks, tmp_path):
    shard = Shard(
        rows, tracks, ONE, journal=tmp_path, name="chr1", genome_digest="0" * 64
    )
    [planned] = shard.budget(0.01)
    with serving(genome[0]) as (service, address):
        ask(genome, rows, tracks, address, tmp_path, canary_fraction=0.01)
        assert len(service.calls) == planned["n_calls"] == 2 * len(rows)


def test_a_config_says_how_calls_are_made_and_a_job_how_many_at_a_time(tmp_path):
    prediction = Calls(4, 2, 30, 10, journal=str(tmp_path), max_requests=1)._asdict()
    for name in ("tls_ca", "batch", "compiled"):
        del prediction[name]
    others = {"tls_ca": "ca.pem", "weights_batch": 8, "weights_compiled": "kept"}
    config = {"prediction": prediction, **others}
    files = SimpleNamespace(genome=["genome.fa", "genome.fa.fai"])
    params = SimpleNamespace(service=["address", "localhost:1"])
    first, second = (
        Access.of_job("one", config, files, params, concurrency=most) for most in (7, 1)
    )
    expected = Calls(**prediction, tls_ca="ca.pem", batch=8, compiled="kept")
    assert first.calls == expected._replace(concurrency=7)
    assert second.calls.concurrency == 1
    assert first[:2] == (Service("address", "localhost:1"), "genome.fa")
    # Jobs of a run share its budget.
    first.call_budget.spend()
    with pytest.raises(LimitReached):
        second.call_budget.spend()


class Incomplete(AtlasService):
    """Holds variants only from a position on; says so with a status, or with no scores."""

    first, is_silent = 0, False

    def GetDenseVariantScores(self, request, context):
        response = super().GetDenseVariantScores(request, context)
        if request.variant.position < self.first:
            if not self.is_silent:
                context.abort(grpc.StatusCode.NOT_FOUND, "no such variant")
            del response.scores[:]
        return response


@pytest.fixture(scope="module")
def atlas_of_some(tmp_path_factory):
    """Yield an Atlas, its model's address, and 40 variants of a longer genome."""
    path, sequence = write_genome(tmp_path_factory.mktemp("long"), length=1_200_000)
    rows = substitutions(sequence, range(600_000, 600_800, 20))
    start = rows["pos"] - ATLAS_WINDOW_BP // 2 - 1
    rows = rows.assign(
        window_start=start, window_end=start + ATLAS_WINDOW_BP, shift_bp=0
    )
    model = MotifModel(path)
    service = Incomplete(model)
    server, port = standin.start_server(model, services=(ModelService(model), service))
    yield service, f"127.0.0.1:{port}", rows
    server.stop(grace=0).wait()


@pytest.mark.parametrize("is_silent", [True, False])
@pytest.mark.parametrize(
    ("policy", "n_lacking", "words"),
    [
        ("auto", 40, "40 of 40 substitutions.*; the model is asked for them"),
        ("atlas", 12, "12 of 40 substitutions.*; they have no score"),
        ("auto", 5, None),
    ],
)
def test_an_atlas_that_lacks_many_variants_is_told_on_the_terminal(
    genome, atlas_of_some, tmp_path, caplog, policy, n_lacking, words, is_silent
):
    service, address, rows = atlas_of_some
    service.first, service.is_silent = 600_000 + 20 * n_lacking, is_silent
    request = Request([SCORER], ATLAS_WINDOW_BP, policy)
    outcome = ask(genome, rows, tracks_at(address), address, tmp_path, request)
    routes = list(outcome.routes.values())
    assert routes.count("atlas") == 40 - n_lacking
    assert len(routes) == (40 - n_lacking if policy == "atlas" else 40)
    told = [each for each in caplog.records if getattr(each, "is_for_terminal", False)]
    assert len(told) == (words is not None)
    if words:
        assert re.search(f"chr1: the Atlas does not hold {words}", told[0].getMessage())
