import contextlib

import pytest
from alphagenome.protos.v1 import dna_model_pb2
from asking import LociRun
from endobench.core.errors import InputError
from liars import (
    ABOUT_TRACKS,
    Liar,
    an_output_too_many,
    of_another_output,
    without_numbers,
)
from servers import serving, write_genome


@pytest.fixture(scope="module")
def genome(tmp_path_factory):
    return write_genome(tmp_path_factory.mktemp("genome"))


def lying(stack, folder, genome, lie, **lies):
    service, address = stack.enter_context(serving(genome[0], Liar, lie=lie, **lies))
    return LociRun(folder, genome, address), service


def in_bins(responses, _):
    for response in responses:
        for name in ("reference_output", "alternate_output"):
            if response.HasField(name):
                getattr(response, name).track_data.resolution = 2
    return responses


def of_interval(change):
    def lie(responses, _):
        for response in responses:
            for name in ("reference_output", "alternate_output"):
                if response.HasField(name):
                    change(getattr(response, name).track_data.interval)
        return responses

    return lie


def move(interval):
    interval.start += 64
    interval.end += 64


def leave(interval):
    interval.chromosome = "chr2"


def turn(interval):
    interval.strand = dna_model_pb2.STRAND_NEGATIVE


def without_alternate(responses, _):
    return responses[: len(responses) // 2]


LIES = ABOUT_TRACKS | {
    "another interval": of_interval(move),
    "another chromosome": of_interval(leave),
    "the other strand": of_interval(turn),
    "bins": in_bins,
    "no ALT": without_alternate,
}


@pytest.mark.parametrize("lie", LIES)
def test_tracks_that_do_not_fit_are_tried_again_and_end_the_run(genome, tmp_path, lie):
    with contextlib.ExitStack() as stack:
        once = {"is_lying": {0}.__contains__}
        run, service = lying(stack, tmp_path, genome, LIES[lie], **once)
        loci, tracks = run.predict(run.loci([20_000]), run.tracks, track_set="all")
        assert loci["failure"].isna().all() and len(service.journal) == 2
        run, service = lying(stack, tmp_path, genome, LIES[lie])
        with pytest.raises(InputError, match="wrong answer in 2 attempts.*21000"):
            run.predict(run.loci([20_000, 21_000]), run.tracks, track_set="all")
        assert len(service.journal) == 2
        # Nothing of it is remembered.
        run, service = lying(stack, tmp_path, genome, None)
        run.predict(run.loci([20_000, 21_000]), run.tracks, track_set="all")
        assert len(service.journal) == 1


@pytest.mark.parametrize("lie", [of_another_output, an_output_too_many])
def test_outputs_that_nobody_asked_for_are_told_at_once(genome, tmp_path, lie):
    with contextlib.ExitStack() as stack:
        run, service = lying(stack, tmp_path, genome, lie)
        with pytest.raises(InputError, match="ATAC, which nobody asked for"):
            run.predict(run.loci([20_000]), attempts=12)
        assert len(service.journal) == 1


def test_a_track_without_numbers_is_left_out_and_the_others_are_drawn(genome, tmp_path):
    chosen = [0, 1]
    with contextlib.ExitStack() as stack:
        lie = without_numbers([1])
        run, service = lying(stack, tmp_path, genome, lie)
        tracks = run.tracks.iloc[chosen]
        loci, drawn = run.predict(
            run.loci([20_000]), run.tracks.iloc[chosen], attempts=5
        )
        assert len(service.journal) == 3
        assert drawn["track"].unique().tolist() == [tracks["track"].iloc[0]]
        assert loci["failure"].isna().all()
        run, _ = lying(stack, tmp_path, genome, without_numbers([0]))
        loci, _ = run.predict(run.loci([21_000]), run.tracks.iloc[[1]], attempts=5)
        assert "not finite" in loci["failure"].iloc[0]
