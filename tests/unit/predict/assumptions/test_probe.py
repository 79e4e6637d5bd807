import gzip

import pytest
from endobench.core.errors import NotAnswered
from endobench.predict.assumptions import probe
from endobench.predict.assumptions.probe import CallLimit, Probe
from hosted import KEY, hosted, write_hosted_genome
from servers import client_of


@pytest.fixture(scope="module")
def genome(tmp_path_factory):
    return write_hosted_genome(tmp_path_factory.mktemp("hosted"))


def test_the_variants_are_of_grch38(shared_data):
    with gzip.open(shared_data("hg38_chr1_1Mb/hg38_1m.fa.gz"), "rt") as file:
        sequence = "".join(line.strip() for line in file if line[0] != ">")
    for each in (probe.SUBSTITUTION, probe.INSERTION, probe.N_RICH, probe.AT_END):
        first = each.pos - 1
        assert sequence[first : first + len(each.ref)] == each.ref
    wrong = probe.WRONG_REF
    assert sequence[wrong.pos - 1] != wrong.ref
    window = sequence[probe.N_RICH.window_start : probe.N_RICH.window_end]
    assert window.count("N") / len(window) == pytest.approx(0.5, abs=0.01)


def test_windows_lie_inside_the_chromosome_and_hold_their_variant():
    for each in (probe.SUBSTITUTION, probe.WIDE, probe.N_RICH, probe.AT_END):
        assert 0 <= each.window_start < each.pos <= each.window_end
    assert probe.AT_END.window_start == 0
    # The window was moved: the variant is not at its centre.
    assert probe.AT_END.pos < probe.AT_END.window_end / 4


@pytest.mark.services
def test_a_question_is_asked_once(genome):
    with hosted(genome) as (service, address), client_of(address, KEY) as made:
        asked = Probe(made)
        first = asked.scores(probe.SUBSTITUTION)
        assert asked.scores(probe.SUBSTITUTION) is first
        assert asked.n_calls == service.n_calls == 1
        asked.scores(probe.SUBSTITUTION, name="again")
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
