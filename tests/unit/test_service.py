import numpy as np
import pytest
from endobench.columns import TRACKS
from endobench.errors import InputError
from endobench.protocol import STUDY_SCORER, STUDY_WINDOW_BP
from endobench.service import Service, connection, list_tracks, predict
from servers import FaultyService, serving, substitutions, write_genome

CALLS = {
    "concurrency": 4,
    "attempts": 2,
    "max_failed_fraction": 0,
    "deadline_s": 30,
    "connect_timeout_s": 10,
}
SCORER = "DNASE-501-DIFF_LOG2_SUM"


@pytest.fixture(scope="module")
def genome(tmp_path_factory):
    return write_genome(tmp_path_factory.mktemp("genome"))


def service_at(address, name=None):
    return Service("address", address, tls=False, model_name=name)


def ask(
    genome,
    rows,
    tracks,
    address,
    folder,
    *,
    scorer=SCORER,
    window_bp=16_384,
    genome_digest="0" * 64,
    name=None,
):
    return predict(
        rows,
        tracks,
        scorer=scorer,
        window_bp=window_bp,
        genome_path=genome[0],
        genome_digest=genome_digest,
        service=service_at(address, name),
        shard="chr1",
        journal=folder,
        **CALLS,
    )


def tracks_of(address, output="DNASE", name=None):
    service = service_at(address, name)
    with connection(service, None, deadline_s=5, connect_timeout_s=5) as (client, _):
        return list_tracks(client, output, service)


def test_a_stand_in_is_known_for_one_under_any_service(genome):
    with serving(genome[0]) as (_, address):
        tracks = tracks_of(address)
    assert list(tracks.columns) == TRACKS.names
    assert tracks["model"].str.startswith("standin/").all()
    assert (tracks["ontology_curie"] == "EFO:0002067").sum() == 1


def test_unknown_output_is_named(genome):
    with serving(genome[0]) as (_, address):
        for output in ("NOISE", "CAGE"):
            with pytest.raises(InputError, match=output):
                tracks_of(address, output)


def test_another_genome_is_another_model(genome, tmp_path):
    other = write_genome(tmp_path, seed=4)
    with serving(genome[0]) as (_, one), serving(other[0]) as (_, two):
        assert tracks_of(one)["model"][0] != tracks_of(two)["model"][0]


def test_a_model_that_changed_meanwhile_is_refused(genome, tmp_path):
    other = write_genome(tmp_path, seed=4)
    rows = substitutions(genome[1], [12_000])
    with (
        serving(genome[0]) as (_, one),
        serving(other[0]) as (_, two),
        pytest.raises(InputError, match="now serves"),
    ):
        ask(genome, rows, tracks_of(one), two, tmp_path / "journal")


def test_scorings_do_not_share_answers(genome, tmp_path):
    rows = substitutions(genome[1], range(12_000, 12_010))
    with serving(genome[0]) as (service, address):
        tracks = tracks_of(address)
        one = ask(genome, rows, tracks, address, tmp_path)
        mean = ask(
            genome, rows, tracks, address, tmp_path, scorer="DNASE-501-DIFF_MEAN"
        )
        study = ask(
            genome,
            rows,
            tracks,
            address,
            tmp_path,
            scorer=STUDY_SCORER,
            window_bp=STUDY_WINDOW_BP,
        )
        assert len(service.calls) == 2 * len(rows)
    for name in one.answers:
        assert not np.array_equal(one.answers[name].raw, mean.answers[name].raw)
        assert study.answers[name].ref_value is not None


class Other(FaultyService):
    """A model of the same tracks that is not known for a stand-in; it says the reverse."""

    sign = 1

    def __init__(self, model, **options):
        super().__init__(model, **options)
        model.metadata["data_source"] = "elsewhere"

    def ScoreVariant(self, requests, context):
        for response in super().ScoreVariant(requests, context):
            if response.HasField("tensor_chunk"):
                values = np.frombuffer(response.tensor_chunk.data, "<f4")
                response.tensor_chunk.data = (self.sign * values).tobytes()
            yield response


class Reverse(Other):
    sign = -1


def test_servers_of_the_same_tracks_do_not_share_answers(genome, tmp_path):
    rows = substitutions(genome[1], range(12_000, 12_010))
    found = []
    for kind in (Other, Reverse):
        with serving(genome[0], kind) as (service, address):
            found.append(ask(genome, rows, tracks_of(address), address, tmp_path))
            assert len(service.calls) == len(rows)
    for name, answer in found[0].answers.items():
        assert np.array_equal(answer.raw, -found[1].answers[name].raw)


def test_a_named_model_may_move_to_another_address(genome, tmp_path):
    rows = substitutions(genome[1], range(12_000, 12_010))
    for n_calls in (len(rows), 0):
        with serving(genome[0], Other) as (service, address):
            tracks = tracks_of(address, name="mine")
            ask(genome, rows, tracks, address, tmp_path, name="mine")
            assert len(service.calls) == n_calls
    assert tracks["model"][0].startswith("address/mine/default/")


def test_another_genome_is_another_question_of_the_study(genome, tmp_path):
    rows = substitutions(genome[1], [12_000, 12_001])
    study = {"scorer": STUDY_SCORER, "window_bp": STUDY_WINDOW_BP}
    with serving(genome[0]) as (_, address):
        tracks = tracks_of(address)
        asked = [
            ask(genome, rows, tracks, address, tmp_path, genome_digest=each, **study)
            for each in ("0" * 64, "1" * 64, "0" * 64)
        ]
    assert [outcome.n_asked for outcome in asked] == [2, 2, 0]


def test_a_list_of_tracks_is_asked_for_again(genome):
    with serving(genome[0], metadata_faults=2) as (service, address):
        assert len(tracks_of(address)) == 8
        assert service.metadata_faults == 0
