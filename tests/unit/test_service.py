import numpy as np
import pytest
from endobench.columns import TRACKS
from endobench.errors import InputError
from endobench.protocol import STUDY_SCORER, STUDY_WINDOW_BP
from endobench.service import connection, list_tracks, predict
from servers import serving, substitutions, write_genome

CALLS = {
    "concurrency": 4,
    "attempts": 2,
    "deadline_s": 30,
    "connect_timeout_s": 10,
}
SCORER = "DNASE-501-DIFF_LOG2_SUM"


@pytest.fixture(scope="module")
def genome(tmp_path_factory):
    return write_genome(tmp_path_factory.mktemp("genome"))


def ask(genome, rows, tracks, address, folder, scorer=SCORER, window_bp=16_384):
    return predict(
        rows,
        tracks,
        scorer=scorer,
        window_bp=window_bp,
        genome_path=genome[0],
        genome_digest="0" * 64,
        service="address",
        address=address,
        tls=False,
        model_version=None,
        max_failed_fraction=0,
        shard="chr1",
        journal=folder,
        **CALLS,
    )


def tracks_of(address, output="DNASE"):
    with connection(
        "address",
        address,
        False,
        None,
        model_version=None,
        deadline_s=5,
        connect_timeout_s=5,
    ) as (client, _):
        return list_tracks(client, output, "address")


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
        mean = ask(genome, rows, tracks, address, tmp_path, "DNASE-501-DIFF_MEAN")
        study = ask(
            genome, rows, tracks, address, tmp_path, STUDY_SCORER, STUDY_WINDOW_BP
        )
        assert len(service.calls) == 2 * len(rows)
    for name in one.answers:
        assert not np.array_equal(one.answers[name].raw, mean.answers[name].raw)
        assert study.answers[name].ref_value is not None
