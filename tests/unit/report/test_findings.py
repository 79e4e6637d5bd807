from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
from drawings import REAL, STANDIN
from endobench.design.conclusions import REPORTABLE
from endobench.design.metrics import CHROMOSOMES, PRIMARY
from endobench.figures.captions import p_value
from endobench.report.findings import describe_finding, headline, subject
from hypothesis import given
from hypothesis import strategies as st
from reported import one_benchmark

SHARES = st.floats(0.001, 0.999)


class Conclusion(NamedTuple):
    value: float
    ci_low: float
    ci_high: float
    p: float
    task: str = "signed"
    metric: str = "spearman"
    model: str = REAL
    n: int = 700
    finding: str = "no_agreement"
    stratum: str = "lead_per_feature"
    is_reportable: str = "yes"


@st.composite
def conclusions(draw):
    task = draw(st.sampled_from(list(PRIMARY)))
    low, value, high = sorted(draw(st.tuples(SHARES, SHARES, SHARES)))
    if task != "unsigned":
        low, value, high = (2 * each - 1 for each in (low, value, high))
    p = draw(st.one_of(SHARES, st.floats(0, 0.06), st.just(0.05)))
    metric = PRIMARY[task].metric
    is_reportable = draw(st.sampled_from(REPORTABLE))
    return Conclusion(value, low, high, p, task, metric, is_reportable=is_reportable)


@given(conclusions())
def test_no_headline_contradicts_its_interval_or_its_p_value(conclusion):
    words = headline(conclusion)
    null = PRIMARY[conclusion.task].null
    is_above = conclusion.ci_low > null and conclusion.p < 0.05
    is_below = conclusion.ci_high < null and conclusion.p < 0.05
    is_null = conclusion.ci_low <= null <= conclusion.ci_high and conclusion.p >= 0.05
    says_above = (
        "agree with" in words
        or "agree in size" in words
        or "are larger for positives" in words
    )
    says_below = "inversely correlated" in words or "are larger for negatives" in words
    assert says_above == is_above
    assert says_below == is_below
    assert ("No agreement was found" in words) == is_null
    assert ("Inconclusive" in words) == (not (is_above or is_below or is_null))


def test_a_null_that_is_not_reportable_is_no_evidence_of_absence():
    null = Conclusion(0.01, -0.05, 0.07, 0.7)
    assert "not evidence" not in headline(null)
    assert "not evidence of absence" in headline(null._replace(is_reportable="no"))


def test_without_an_interval_there_is_no_conclusion():
    words = headline(Conclusion(0.5, np.nan, np.nan, np.nan, n=3))
    assert words.startswith("No conclusion: Spearman is 0.500 for 3 pairs")


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (STANDIN, "The stand-in’s predicted effects"),
        (REAL, "AlphaGenome’s predicted effects"),
        ("table/my_model", "The scores of my_model"),
        ("assay/dsqtl", "The effects measured by dsqtl"),
        ("weights/ours/ab12", "The effects predicted by weights/ours"),
        ("mine", "The effects predicted by mine"),
    ],
)
def test_the_subject_names_the_model(model, words):
    assert subject(model) == words


def test_the_question_names_data_model_and_numbers():
    question = describe_finding(*one_benchmark()).question
    for words in ("demo", "700 pairs", "600 unique", "K562", "16,384 bp", REAL):
        assert words in question


def test_what_an_assay_measured_is_not_called_predicted():
    conclusion, metrics, *rest = one_benchmark(model="assay/dsqtl")
    metrics = metrics.assign(scorer="table")
    ceiling = metrics.iloc[[0]].assign(task="ceiling", metric="reliability", value=0.8)
    over = ceiling.assign(metric="spearman_over_ceiling", value=0.5)
    metrics = pd.concat([metrics, ceiling, over])
    finding = describe_finding(conclusion, metrics, *rest)
    words = " ".join([finding.question, finding.headline, *finding.sentences])
    assert finding.question.startswith(
        "Do effects measured by dsqtl agree in sign and size with those measured in demo?"
    )
    assert finding.pairs == "best scored variant per feature"
    assert finding.headline.startswith(
        "The effects measured by dsqtl agree with those measured in demo: Spearman"
    )
    assert "The assay exceeds the best baseline" in words
    assert "The assay reaches 0.50 of this ceiling" in words
    assert "predict" not in words
    assert "model" not in words


def test_chromosomes_are_not_called_ld_blocks():
    conclusion, metrics, *rest = one_benchmark()
    metrics = metrics.assign(n_blocks=22)
    finding = describe_finding(conclusion, metrics, *rest, blocks=CHROMOSOMES)
    assert any("only 22 chromosomes" in each for each in finding.remedies)
    few = conclusion.assign(ci_low=np.nan, p=np.nan)
    finding = describe_finding(few, metrics, *rest, blocks=CHROMOSOMES)
    assert "too few pairs or chromosomes for an interval" in finding.headline


def test_each_control_that_does_not_pass_is_a_sentence_failures_first():
    *rest, none = one_benchmark()
    rows = [
        ("lead_per_feature", "sequence", "not_judged", "no genome"),
        ("lead_per_feature", "sham", "fail", "nothing is planted, and 100 % detect it"),
        ("lead_per_feature", "permuted_in_strata", "pass", "it passes"),
        ("all_pairs", "sham", "fail", "elsewhere"),
    ]
    names = ["stratum", "control", "state", "evidence"]
    controls = pd.DataFrame(rows, columns=names).reindex(columns=none.columns)
    sentences = describe_finding(*rest, controls).sentences
    assert sentences[:2] == [
        "A control fails: nothing is planted, and 100 % detect it.",
        "Not controlled: no genome.",
    ]
    assert describe_finding(*rest, none).sentences == sentences[2:]


def test_a_stratum_without_a_conclusion_is_refused():
    conclusion, *rest = one_benchmark()
    with pytest.raises(ValueError, match="0 conclusions of stratum"):
        describe_finding(conclusion[conclusion["stratum"] == "all_pairs"], *rest)


def test_an_undefined_number_differs_from_one_of_few_pairs():
    nothing = Conclusion(np.nan, np.nan, np.nan, np.nan)
    assert "undefined for 700 pairs" in headline(nothing)
    assert "the limit of its range" in headline(nothing._replace(value=1.0))


def test_an_inconclusive_finding_has_no_kind():
    conclusion, *rest = one_benchmark()
    finding = describe_finding(conclusion.assign(p=0.2), *rest)
    assert "Inconclusive" in finding.headline
    assert finding.kind == "undefined"
    assert describe_finding(conclusion, *rest).kind == "agreement"


@given(st.floats(0.0401, 0.0599))
def test_no_p_value_is_rounded_across_the_threshold(p):
    shown = float(p_value(p).removeprefix("p = "))
    assert (shown < 0.05) == (p < 0.05) or abs(p - 0.05) < 5e-5
