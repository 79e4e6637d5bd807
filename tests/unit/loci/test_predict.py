import contextlib
from collections import Counter

import grpc
import numpy as np
import pytest
from asking import K562, LociRun
from endobench.core.errors import InputError
from endobench.genome import motifs
from endobench.model.standin import motif_model
from endobench.predict.call_budget import LimitReached
from servers import (
    FaultyService,
    service_at,
    serving,
)

pytestmark = pytest.mark.services


class TrackService(FaultyService):
    """Counts the questions for tracks, and refuses as it is told."""

    def __init__(self, model, statuses=None, **options):
        super().__init__(model, **options)
        self.statuses = statuses or {}
        self.n_tracks = Counter()

    def PredictVariant(self, requests, context):
        requests = list(requests)
        position = requests[0].variant.position
        self.n_tracks[position] += 1
        if status := self.statuses.get(position):
            context.abort(status, "injected")
        yield from super().PredictVariant(requests, context)


@pytest.fixture
def asked(tmp_path, genome):
    """Give a function that serves with faults; the run, and the service."""
    with contextlib.ExitStack() as stack:

        def serve(**faults):
            service, address = stack.enter_context(
                serving(genome[0], TrackService, **faults)
            )
            return LociRun(tmp_path, genome, address), service

        yield serve


def test_tracks_are_those_that_the_model_predicts_of_both_alleles(asked):
    run, _ = asked()
    loci, tracks = run.predict(run.loci([20_000]))
    [row] = loci.itertuples()
    first = 19_999 - 8_192
    bases = run.sequence[first : first + 16_384]
    kept = slice(8_192 - 256, 8_192 + 256)
    for allele, base in (("REF", row.ref), ("ALT", row.alt)):
        found = tracks[tracks["allele"] == allele].iloc[0]
        changed = bases[:8_192] + base + bases[8_193:]
        expected = motifs.accessibility(changed, motif_model.WEIGHTS)[kept, 0]
        np.testing.assert_allclose(found["values"], expected, rtol=1e-5)
        assert found["start"] == 19_999 - 256
        assert found["biosample"] == "K562"
        assert found["model"].startswith("standin/")
    assert loci["failure"].isna().all()


@pytest.mark.parametrize("alt", ["{first}CCTGA", "deletion"])
def test_behind_an_indel_both_alleles_are_alike(asked, alt):
    run, _ = asked()
    first = run.sequence[19_999]
    ref, alt = (
        (run.sequence[19_999:20_005], first)
        if alt == "deletion"
        else (first, alt.format(first=first))
    )
    loci = run.loci([20_000]).assign(ref=ref, alt=alt)
    _, tracks = run.predict(loci)
    ref_values, alt_values = tracks["values"]
    far = slice(256 + 6 + motifs.reach_bp(), None)
    np.testing.assert_allclose(alt_values[far], ref_values[far], atol=1e-5)
    assert np.isnan(alt_values).sum() == (5 if len(ref) > 1 else 0)
    assert np.nanmax(np.abs(alt_values - ref_values)) > 0


def test_a_variant_of_several_datasets_is_asked_for_once_and_never_again(asked):
    run, service = asked()
    loci = run.loci([20_000, 20_000, 21_000])
    _, tracks = run.predict(loci)
    assert service.n_tracks == {20_000: 1, 21_000: 1}
    assert len(tracks) == 4
    _, again = run.predict(loci.iloc[::-1])
    assert sum(service.n_tracks.values()) == 2
    assert again["variant_id"].nunique() == 2
    run.predict(loci, width_bp=256)
    assert sum(service.n_tracks.values()) == 4


def test_nothing_is_connected_to_where_all_is_remembered(asked, genome):
    run, _ = asked()
    run.predict(run.loci([20_000]))
    run.service = service_at("127.0.0.1:1")
    _, tracks = run.predict(run.loci([20_000]))
    assert len(tracks) == 2


def test_a_variant_that_fails_for_good_is_a_row_and_the_others_go_on(asked):
    bad = grpc.StatusCode.INVALID_ARGUMENT
    run, service = asked(statuses={20_000: bad})
    loci, tracks = run.predict(run.loci([20_000, 21_000]))
    assert loci["failure"].tolist()[0] == "INVALID_ARGUMENT: injected"
    assert loci["figure"].isna().tolist() == [True, False]
    assert tracks["variant_id"].nunique() == 1
    # It is asked for again by the next run, the other one is not.
    run.predict(run.loci([20_000, 21_000]))
    assert service.n_tracks == {20_000: 2, 21_000: 1}


def test_what_may_pass_is_tried_again(asked):
    run, service = asked(statuses={20_000: grpc.StatusCode.UNAVAILABLE})
    loci, _ = run.predict(run.loci([20_000]), attempts=2)
    assert service.n_tracks[20_000] == 2
    assert loci["failure"].tolist() == ["UNAVAILABLE: injected"]


def test_a_refused_key_ends_the_run(asked):
    run, _ = asked(statuses={20_000: grpc.StatusCode.UNAUTHENTICATED})
    with pytest.raises(InputError, match="refuses the API key"):
        run.predict(run.loci([20_000, 21_000]))


def test_a_limit_of_calls_ends_the_run_and_keeps_what_was_answered(asked):
    run, service = asked()
    loci = run.loci([20_000, 21_000])
    with pytest.raises(LimitReached):
        run.predict(loci, limit=1)
    run.predict(loci)
    assert service.n_tracks == {20_000: 1, 21_000: 1}


def test_another_model_than_the_one_listed_is_refused(asked):
    run, service = asked()
    run.tracks["model"] = "address/other/ab"
    with pytest.raises(InputError, match="now serves"):
        run.predict(run.loci([20_000]))
    assert not service.n_tracks


def test_a_ref_that_is_not_the_genomes_is_a_failure(asked):
    run, service = asked()
    loci = run.loci([20_000])
    loci[["ref", "alt"]] = loci[["alt", "ref"]].to_numpy()
    loci, tracks = run.predict(loci)
    assert loci["failure"].iloc[0].startswith("REF is ")
    assert tracks.empty
    assert not service.n_tracks


def test_a_window_longer_than_the_chromosome_is_a_failure(asked):
    run, _ = asked()
    loci, _ = run.predict(run.loci([20_000]), window_bp=131_072)
    assert loci["failure"].tolist() == [
        "chr1 has 40,000 bp, fewer than the window's 131,072"
    ]


def test_each_variant_has_the_tracks_of_its_first_dataset(asked):
    run, _ = asked()
    sets = {
        "demo": run.tracks[run.tracks["ontology_curie"] == K562],
        "other": run.tracks[run.tracks["ontology_curie"] != K562].head(1),
    }
    loci = run.loci([20_000, 21_000, 22_000], dataset=["other", "demo", None])
    done, tracks = run.predict(loci, sets, track_set="tissue")
    of = tracks.groupby("variant_id", sort=False)["track"].first().tolist()
    other = sets["other"]["track"].iloc[0]
    k562 = sets["demo"]["track"].iloc[0]
    assert of == [other, k562, k562]
    assert done["track_set"].iloc[2] == "tissue"
    assert done["model"].iloc[2].startswith("standin/")


def test_no_loci_are_no_tracks(asked):
    run, service = asked()
    loci, tracks = run.predict(run.loci([20_000]).iloc[:0])
    assert loci.empty
    assert tracks.empty
    assert not service.n_tracks


def test_a_journal_that_cannot_be_written_is_told_before_the_first_call(asked):
    run, service = asked()
    run.journal.write_text("not a folder")
    with pytest.raises(InputError, match=r"prediction.journal.*no call was made"):
        run.predict(run.loci([20_000]))
    assert not service.n_tracks
