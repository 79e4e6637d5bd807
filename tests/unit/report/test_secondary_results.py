import numpy as np
import pandas as pd
import pytest
from endobench.report.findings import describe_finding
from reported import one_benchmark


def sentences_with(*rows):
    """Return the sentences of a benchmark with further rows of metrics."""
    conclusion, metrics, *rest = one_benchmark()
    more = [metrics.iloc[[0]].assign(**{"p_adjusted": np.nan} | row) for row in rows]
    metrics = pd.concat([metrics.assign(chance=0.0, p_adjusted=np.nan), *more])
    return " ".join(describe_finding(conclusion, metrics, *rest).sentences)


@pytest.mark.parametrize(
    ("differs", "words"),
    [
        (
            {},
            "The model exceeds the best baseline (motif change, 0.450):"
            " difference 0.050 [0.010, 0.090]",
        ),
        (
            {"difference": -0.05, "ci_low": -0.09, "ci_high": -0.01},
            "The model falls below the best baseline (motif change, 0.450):"
            " difference −0.050 [−0.090, −0.010]",
        ),
        ({"p_adjusted": 0.2}, "does not differ significantly from the best baseline"),
        ({"ci_low": -0.01}, "does not differ significantly from the best baseline"),
        ({"difference": -1e-9, "p_adjusted": 0.2}, "difference 0.000 ["),
    ],
)
def test_a_baseline_is_beaten_only_where_interval_and_p_value_say_so(differs, words):
    sentences = " ".join(describe_finding(*one_benchmark(**differs)).sentences)
    assert words in sentences


def test_a_share_of_the_ceiling_above_one_is_not_given():
    conclusion, metrics, *rest = one_benchmark()
    row = metrics.iloc[[0]].assign(task="ceiling")
    more = [
        row.assign(metric="reliability", value=0.81),
        row.assign(metric="spearman_over_ceiling", value=1.2),
    ]
    finding = describe_finding(conclusion, pd.concat([metrics, *more]), *rest)
    words = " ".join(finding.sentences)
    assert "about 0.90" in words
    assert "1.20" not in words


@pytest.mark.parametrize(
    ("chance", "words"),
    [
        (0.625, "62.5 % is expected by chance, given the shares of positive effects"),
        (np.nan, "all effects or all scores have one sign, so that this says nothing"),
    ],
)
def test_signs_are_compared_with_what_their_margins_imply(chance, words):
    row = {"metric": "sign_agreement", "value": 0.7, "ci_low": 0.65, "ci_high": 0.75}
    text = sentences_with(row | {"chance": chance})
    assert words in text and "50 %" not in text


def test_leads_of_the_source_are_told_apart_from_the_best_scored_variants():
    count = {"task": "count", "metric": "source_leads", "value": 310.0}
    alone = {"stratum": "source_lead", "n": 310, "value": 0.55}
    text = sentences_with(count, alone)
    assert "Of these 700 pairs, 310 are of the lead variant of their feature" in text
    assert "Leads of the source alone (n = 310): Spearman 0.55" in text
    text = sentences_with(count | {"value": 700.0}, alone | {"n": 700})
    assert (
        "All 700 pairs are of the lead variant of their feature in the source." in text
    )
    assert "alone" not in text
    assert "source" not in sentences_with()


def test_a_replicate_is_an_empirical_ceiling_on_the_shared_pairs():
    ceiling = {"task": "ceiling", "predictor": "cohort", "n": 420, "value": 0.9}
    ceiling |= {"ci_low": 0.88, "ci_high": 0.92}
    own = {"task": "ceiling", "predictor": "cohort/model", "n": 420}
    text = sentences_with(ceiling, own)
    assert "another cohort (cohort) agree with a Spearman correlation of 0.900" in text
    assert "an empirical ceiling, on 420 shared pairs; the model reaches 0.50" in text


def test_without_standard_errors_the_report_says_that_there_is_no_ceiling():
    row = {"task": "ceiling", "metric": "reliability", "value": np.nan}
    assert "No noise ceiling: the effects have no standard errors." in sentences_with(
        row
    )


def test_where_no_correlation_is_detectable_the_report_says_so():
    row = {"task": "power", "metric": "detectable_spearman", "value": np.nan}
    assert "Minimum detectable correlation: none" in sentences_with(row)
    assert "0.110" in sentences_with(row | {"value": 0.11})


def test_signs_that_all_agree_are_counted_since_they_have_no_interval():
    nothing = {"ci_low": np.nan, "ci_high": np.nan, "p": np.nan}
    row = {"task": "signed", "metric": "sign_agreement", "n": 1451, "chance": 0.5}
    assert "Signs agree in all of 1,451 pairs;" in sentences_with(
        row | nothing | {"value": 1.0}
    )
    assert "Signs agree in none of 1,451 pairs;" in sentences_with(
        row | nothing | {"value": 0.0}
    )
