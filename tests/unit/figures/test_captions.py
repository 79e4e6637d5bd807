from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from drawings import conclusion_of, metrics_of
from endobench.design.metrics import words_of
from endobench.design.tasks import TASKS
from endobench.figures.captions import (
    caption,
    conclusion_note,
    decimals,
    holds,
    is_open,
    power,
    primary_words,
    signed,
    statistics,
    why_words,
    with_interval,
)
from hypothesis import given
from hypothesis import strategies as st


def row_of(value, low, high, metric="spearman"):
    return SimpleNamespace(metric=metric, value=value, ci_low=low, ci_high=high)


@pytest.mark.parametrize(
    ("width", "digits"), [(2.0, 1), (0.2, 2), (0.02, 3), (1e-9, 5), (np.nan, 3), (0, 3)]
)
def test_a_wide_interval_justifies_few_decimals(width, digits):
    assert decimals(width) == digits


def test_a_number_is_told_with_its_interval():
    assert with_interval(row_of(0.123, 0.02, 0.22)) == "0.12 [0.02, 0.22]"
    assert with_interval(row_of(0.5, np.nan, np.nan)) == "0.500 (no interval)"
    assert with_interval(row_of(-0.001, -0.11, 0.1)) == "0.00 [−0.11, 0.10]"
    share = row_of(0.735, 0.642, 0.813, "sign_agreement")
    assert with_interval(share) == "73.5 % [64.2, 81.3]"


@given(
    value=st.floats(-1e6, 1e6),
    n_decimals=st.integers(0, 5),
    sign=st.sampled_from(["", "+"]),
)
def test_no_number_reads_as_minus_zero(value, n_decimals, sign):
    text = signed(value, f"{sign}.{n_decimals}f")
    digits = text.lstrip("+−")
    assert float(digits) == abs(round(value, n_decimals))
    assert text.startswith("−") is (value < 0 and float(digits) != 0)
    assert text.startswith("+") is (value > 0 and float(digits) != 0 and bool(sign))
    assert "-" not in text


@pytest.mark.parametrize("task", TASKS)
def test_a_task_has_its_own_numbers(task):
    names = words_of(task)
    rows = [metrics_of(80).iloc[:1].assign(task=task, metric=each) for each in names]
    rows += [metrics_of(80).iloc[:1].assign(task="other", value=9.0)]
    *told, last = statistics(pd.concat(rows), "all_pairs", 80, task).split("; ")
    assert [each.split(" −")[0] for each in told] == list(names.values())
    assert all("[−0.22" in each or "[−22" in each for each in told)
    assert last == "80 pairs of 40 variants in 16 blocks"
    first = primary_words(pd.concat(rows), "all_pairs", task)
    assert first in told[0] and "n = " not in first
    with pytest.raises(ValueError, match=f"{task} metrics of the model"):
        statistics(pd.concat(rows[1:]), "all_pairs", 80, task)


@pytest.mark.parametrize(
    ("columns", "gone", "left"),
    [
        (["n_eff"], ["n_eff"], ["p = 0.012, n = 30; Pearson", "[−0.22, −0.02]"]),
        (["p"], ["p = ", "p <"], ["[−0.22, −0.02], n = 30, n_eff = 8;"]),
        (
            ["ci_low", "ci_high", "p", "n_eff"],
            ["n_eff", "p = ", "−0.22"],
            ["Spearman −0.123 (no interval), n = 30;"],
        ),
    ],
)
def test_what_is_missing_of_a_number_is_left_out(columns, gone, left):
    metrics = metrics_of(30).assign(**dict.fromkeys(columns, np.nan))
    text = statistics(metrics, "all_pairs", 30, "signed")
    assert "nan" not in text
    assert [each for each in gone if each in text] == []
    assert [each for each in left if each not in text] == []
    assert text.count("(no interval)") == (4 if "ci_low" in columns else 0)


def test_metrics_with_small_p_values_and_none_at_all_are_told():
    text = statistics(metrics_of(80), "all_pairs", 80, "signed")
    assert "Pearson 0.25 [0.15, 0.35], p = 3.0 × 10⁻⁷, n = 80" in text
    assert "Sign agreement 73.5 % [64.2, 81.3], p < 10⁻³⁰⁰" in text
    unknown = metrics_of(80).assign(value=np.nan)
    assert statistics(unknown, "all_pairs", 80, "signed").count("not defined") == 4
    assert primary_words(unknown, "all_pairs", "signed") == "Spearman not defined"
    assert statistics(unknown[:0], "all_pairs", 80, "signed").count("not defined") == 4


@pytest.mark.parametrize(
    ("low", "high", "null", "expected"),
    [
        (-1, 1, 0, True),
        (0.1, 1, 0, False),
        (-1, -0.1, 0, False),
        (0.1, 1, 0.5, True),
        (np.nan, np.nan, 0, True),
    ],
)
def test_an_interval_includes_its_null(low, high, null, expected):
    assert holds(low, high, null) is expected
    assert is_open(low, high, null) is expected
    assert is_open(low, high, null, 0.049) is expected
    # Of many tests, the adjusted p value counts as well.
    assert is_open(low, high, null, 0.05)


def test_a_caption_is_made_of_sentences():
    assert caption("what is seen", "", "n = 3.", "p") == "What is seen. N = 3. P."
    assert caption() == ""


def test_a_power_of_ten_is_written_as_one():
    assert [power(each) for each in (1e-7, 1, 1e12)] == ["10⁻⁷", "10⁰", "10¹²"]


def test_a_reason_has_gates_in_words_and_minus_signs():
    why = "failing gates: effect_signs, ref_match; a Spearman of -0.02 [-0.1, 0.2]"
    expected = "failing gates: effect signs, ref match; a Spearman of −0.02 [−0.1, 0.2]"
    assert why_words(why) == expected
    assert why_words("chr1:5-9, FOLD-0 and my_effect_signs") == (
        "chr1:5-9, FOLD-0 and my_effect_signs"
    )


def test_exceptions_are_noted():
    why = "no gate fails; exception: a; a note; exception: b"
    conclusion = conclusion_of(why).assign(is_reportable="with exceptions")
    note = conclusion_note(conclusion, metrics_of(3), "all_pairs")
    assert note == "REPORTABLE WITH EXCEPTIONS: a; b"


def test_only_what_is_not_reportable_has_a_note():
    metrics = metrics_of(3)
    assert conclusion_note(None, metrics, "all_pairs") == ""
    assert conclusion_note(conclusion_of(), metrics, "all_pairs") == ""
    note = conclusion_note(conclusion_of("too few " * 40), metrics, "all_pairs")
    assert note.startswith("NOT REPORTABLE: too few") and note.count("\n") > 1
    with pytest.raises(ValueError, match="0 conclusions of stratum 'snv'"):
        conclusion_note(conclusion_of(), metrics, "snv")
