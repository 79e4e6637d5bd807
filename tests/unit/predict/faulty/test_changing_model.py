import numpy as np
import pytest
from asking import remembered, run
from endobench.core.errors import InputError
from endobench.predict.call_budget import CallBudget
from liars import Liar, of_values
from servers import serving, substitutions

pytestmark = pytest.mark.services

N = 60


@pytest.fixture(scope="module")
def rows(genome):
    return substitutions(genome[1], range(9_000, 9_000 + N))


def after(n_calls):
    """Return a model whose scores grow by half a unit after some calls."""
    return {
        "lie": of_values(lambda values: values + [[[0.5]], [[0]]]),
        "is_lying": lambda number: number >= n_calls,
    }


@pytest.mark.parametrize("n_calls", [5, 30, N - 1, N])
def test_a_model_that_changes_while_a_run_asks_is_noticed_by_that_run(
    genome, rows, tmp_path, n_calls
):
    with serving(genome[0], Liar, **after(n_calls)) as (service, address):
        with pytest.raises(InputError, match="here now scores chr1_9.*has changed"):
            run(rows, address, tmp_path, canary_fraction=0.01)
        # Every variant has been asked about once before the first canary.
        asked = [request.variant.position for _, request in service.journal]
        assert sorted(asked[:N]) == rows["pos"].tolist()


@pytest.mark.parametrize("n_indels", [2, 6, 30])
def test_a_change_that_concerns_indels_alone_is_noticed(genome, tmp_path, n_indels):
    """A tenth of the variants and fewer: a sample of all would often miss them."""
    rows = substitutions(genome[1], range(9_000, 9_300))
    is_indel = np.linspace(0, len(rows) - 1, n_indels).astype(int)
    rows.loc[is_indel, "alt"] = rows["ref"] + "ACG"
    rows["variant_id"] = rows["variant_id"].where(
        rows["alt"].str.len() == 1, rows["variant_id"] + "_indel"
    )

    def of_indels(responses, _):
        variant = responses[0].output.variant_data.metadata.variant
        if len(variant.alternate_bases) == 1:
            return responses
        return of_values(lambda values: values + [[[0.5]], [[0]]])(responses, _)

    lies = {"lie": of_indels, "is_lying": lambda number: number >= 150}
    with (
        serving(genome[0], Liar, **lies) as (_, address),
        pytest.raises(InputError, match="_indel differently.*has changed"),
    ):
        run(rows, address, tmp_path, canary_fraction=0.01)


def test_quantiles_that_change_alone_are_noticed(genome, rows, tmp_path):
    lie = of_values(lambda values: values * [[[1]], [[0.5]]])
    lies = {"lie": lie, "is_lying": lambda number: number >= 30}
    with (
        serving(genome[0], Liar, **lies) as (_, address),
        pytest.raises(InputError, match="had quantile .* now .*has changed"),
    ):
        run(rows, address, tmp_path, canary_fraction=0.01)


def test_a_run_after_the_change_does_not_use_the_mixture(genome, rows, tmp_path):
    with serving(genome[0], Liar, **after(30)) as (service, address):
        with pytest.raises(InputError, match="has changed"):
            run(rows, address, tmp_path, canary_fraction=0.01)
        n_calls = len(service.journal)
        # Nothing is lost, and nothing is missing; nevertheless the next run refuses.
        assert len(remembered(rows, tmp_path)) == N
        for _ in range(2):
            with pytest.raises(InputError, match="changed.txt: here now scores"):
                run(rows, address, tmp_path, canary_fraction=0.01)
        assert len(service.journal) == n_calls
        (tmp_path / "changed.txt").unlink()
        run(rows, address, tmp_path, canary_fraction=0.01)


def test_a_model_that_stays_the_same_is_asked_twenty_questions_twice(
    genome, rows, tmp_path
):
    with serving(genome[0], Liar) as (service, address):
        outcome = run(rows, address, tmp_path, canary_fraction=0.01)
        assert len(service.journal) == N + 20
    assert outcome.n_answered == N


def test_a_limit_that_is_reached_by_canaries_does_not_end_the_run(
    genome, rows, tmp_path, caplog
):
    with serving(genome[0], Liar) as (service, address):
        limited = CallBudget(tmp_path / "requests", N + 5)
        outcome = run(
            rows, address, tmp_path, canary_fraction=0.01, call_budget=limited
        )
        assert len(service.journal) == N + 5
    assert outcome.n_answered == N
    assert "no calls are left" in caplog.text
    assert "own answers were not answered again" in caplog.text


def test_scores_of_two_scorers_in_the_wrong_order_are_noticed(genome, rows, tmp_path):
    """The protocol does not name the scorers of an answer."""
    scorers = ["DNASE-501-DIFF_LOG2_SUM", "DNASE-501-DIFF_MEAN"]

    class Sorting(Liar):
        """Answers the scorers in an order of its own."""

        def ScoreVariant(self, requests, context):
            [request] = requests
            scorers = list(request.variant_scorers)
            del request.variant_scorers[:]
            scorers.sort(key=lambda each: each.center_mask.aggregation_type)
            request.variant_scorers.extend(scorers)
            yield from super().ScoreVariant(iter([request]), context)

    with serving(genome[0], Sorting) as (_, address):
        for order in (scorers, scorers[::-1]):
            with pytest.raises(InputError, match="now scores"):
                run(
                    rows, address, tmp_path / order[0], scorers=order, canary_fraction=1
                )
