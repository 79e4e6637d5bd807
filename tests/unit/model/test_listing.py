import contextlib

import grpc
import pytest
from asking import run
from endobench.core.errors import InputError, Unavailable
from endobench.model.listing import Listing
from endobench.model.scorer_names import HUMAN
from servers import FaultyService, client_of, serving, substitutions

pytestmark = pytest.mark.services

S = grpc.StatusCode


class Listed(FaultyService):
    """Fails the lists of tracks from the one of a number on, as often as `statuses`."""

    def __init__(self, model, first, statuses):
        super().__init__(model)
        self.n_lists, self.first, self.statuses = 0, first, list(statuses)

    def GetMetadata(self, request, context):
        self.n_lists += 1
        if self.n_lists >= self.first and self.statuses:
            context.abort(self.statuses.pop(0), "injected")
        yield from super().GetMetadata(request, context)


@contextlib.contextmanager
def listing_of(genome, *statuses):
    with (
        serving(genome[0], Listed, first=1, statuses=statuses) as (service, address),
        client_of(address) as made,
    ):
        yield service, Listing(made.client, HUMAN)


def test_tracks_are_asked_for_once(genome):
    with listing_of(genome) as (service, listing):
        assert len(listing.look().of("DNASE")) == 8
        assert listing.of("DNASE")["name"].tolist() == [
            *listing.look().of("DNASE")["name"]
        ]
        assert listing.of("CONTACT_MAPS") is None
        assert listing.output_with(listing.of("ATAC")["name"].tolist()) == "ATAC"
        assert service.n_lists == 1


def test_a_list_that_fails_now_and_then_is_asked_for_again(genome):
    with listing_of(genome, S.UNAVAILABLE, S.INTERNAL) as (service, listing):
        assert len(listing.look().of("DNASE")) == 8
        assert service.n_lists == 3


@pytest.mark.parametrize(
    ("status", "error", "words"),
    [
        (S.UNAVAILABLE, Unavailable, "does not list its tracks: UNAVAILABLE: injected"),
        (S.UNAUTHENTICATED, InputError, "refuses the API key: UNAUTHENTICATED"),
    ],
)
def test_a_service_without_a_list_is_told(genome, status, error, words):
    with (
        listing_of(genome, *[status] * 9) as (_, listing),
        pytest.raises(error, match=f"the service {words}"),
    ):
        listing.look()


def test_a_list_that_fails_costs_no_answer(genome, tmp_path):
    """The first answers cannot be checked without it, and would be paid for twice."""
    rows = substitutions(genome[1], range(9_000, 9_010))
    options = {"first": 2, "statuses": [S.UNAVAILABLE] * 2}
    with serving(genome[0], Listed, **options) as (service, address):
        assert run(rows, address, tmp_path).n_answered == len(rows)
        assert len(service.calls) == len(rows)
