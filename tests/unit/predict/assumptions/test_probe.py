import pytest
from endobench.core.errors import NotAnswered
from endobench.predict.assumptions.probe import CallLimit, Probe
from endobench.predict.assumptions.variants import SUBSTITUTION
from hosted import KEY, hosted, write_hosted_genome
from servers import client_of


@pytest.fixture(scope="module")
def genome(tmp_path_factory):
    return write_hosted_genome(tmp_path_factory.mktemp("hosted"))


@pytest.mark.services
def test_a_question_is_asked_once(genome):
    with hosted(genome) as (service, address), client_of(address, KEY) as made:
        asked = Probe(made)
        first = asked.scores(SUBSTITUTION)
        assert asked.scores(SUBSTITUTION) is first
        assert asked.n_calls == service.n_calls == 1
        asked.scores(SUBSTITUTION, name="again")
        assert asked.n_calls == service.n_calls == 2
        assert len(asked.seconds) == 2


@pytest.mark.services
def test_an_error_is_remembered_like_an_answer(genome):
    with hosted(genome, "no N") as (service, address), client_of(address, KEY) as made:
        asked = Probe(made)
        for _ in range(2):
            with pytest.raises(Exception, match="only ACGT"):
                asked.padded()
        assert asked.n_calls == service.n_calls == 1


@pytest.mark.services
def test_retries_count_as_calls(genome):
    with (
        hosted(genome, "always busy") as (service, address),
        client_of(address, KEY) as made,
    ):
        asked = Probe(made, max_calls=2)
        with pytest.raises(CallLimit, match="the 2 calls of this check are spent"):
            asked.tracks()
        assert asked.n_calls == service.n_calls == 2


@pytest.mark.services
def test_a_question_that_hangs_is_asked_once(genome):
    with (
        hosted(genome, "hangs") as (service, address),
        client_of(address, KEY, deadline_s=0.5) as made,
    ):
        asked = Probe(made)
        with pytest.raises(NotAnswered, match="no answer before the deadline"):
            asked.tracks()
        assert asked.n_calls == service.n_calls == 1
