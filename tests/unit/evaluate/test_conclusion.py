import numpy as np
import pandas as pd
import pytest
from endobench.core.columns import CONCLUSIONS, GATES, METRICS
from endobench.core.tables import as_table, read_tsv, write_tsv
from endobench.evaluate.conclusion import conclusions_of

STRATA = ("lead_per_feature", "all_pairs")
STANDIN = "of a stand-in model, which says nothing about AlphaGenome"
FINE = [("ref_match", "pass", False), ("effect_units", "warn", False)]
INTERVALS = {
    "agreement": (0.3, 0.2, 0.4),
    "disagreement": (-0.3, -0.4, -0.2),
    "null": (0.01, -0.1, 0.1),
}


def metrics_of(
    answer="null", control=(0.4, 0.3, 0.5), detected=0.95, sequence=(0.3, 0.2, 0.4)
):
    """Return the metrics that a conclusion reads, and the rows beside them."""
    rows = []

    def add(task, stratum, predictor, metric, value, low=np.nan, high=np.nan):
        row = (task, stratum, predictor, metric, value, low, high)
        rows.append(dict(zip(names, row, strict=True)))

    names = ["task", "stratum", "predictor", "metric", "value", "ci_low", "ci_high"]
    for stratum in STRATA:
        add("signed", stratum, "model", "spearman", *INTERVALS[answer])
        add("signed", stratum, "model", "pearson", 0.9, 0.8, 0.95)
        add("signed", stratum, "maf", "spearman", 0.9, 0.8, 0.95)
        add("magnitude", stratum, "model", "spearman", 0.9, 0.8, 0.95)
        add("control", stratum, "spike_in", "detection_rate", detected, 0.9, 0.97)
        add("control", stratum, "sham", "detection_rate", 0.05, 0.02, 0.08)
    add("signed", "snv", "model", "spearman", 0.9, 0.8, 0.95)
    if control:
        add("control", "all_pairs", "other", "spearman", *control)
        add("control", "all_pairs", "other", "pearson", 0.0, -0.1, 0.1)
    if sequence:
        add("control", "all_pairs", "sequence", "spearman", *sequence)
    frame = pd.DataFrame(rows).assign(n=1200, n_eff=900.0, p=0.2, n_blocks=40)
    frame = frame.assign(dataset="d", protocol="corrected", model="m")
    return frame.reindex(columns=METRICS.names)


def gates_of(*rows):
    frame = pd.DataFrame(rows, columns=["gate", "verdict", "is_accepted"])
    return frame.reindex(columns=GATES.names)


def conclusion(metrics, *gates):
    found = conclusions_of(metrics, gates_of(*(gates or FINE)))
    assert found["stratum"].tolist() == list(STRATA)
    assert as_table(found, CONCLUSIONS).num_rows == 2
    return found.iloc[0]


@pytest.mark.parametrize("answer", INTERVALS)
def test_the_answer_is_its_intervals(answer):
    found = conclusion(metrics_of(answer))
    assert found["finding"] == answer and found["is_reportable"]
    assert tuple(found[["task", "metric"]]) == ("signed", "spearman")
    assert tuple(found[["value", "ci_low", "ci_high"]]) == INTERVALS[answer]
    assert tuple(found[["n", "n_eff", "p"]]) == (1200, 900, 0.2)
    assert found["why"].startswith("no gate fails")


@pytest.mark.parametrize("answer", ["agreement", "disagreement"])
def test_what_is_found_needs_no_control(answer):
    found = conclusion(metrics_of(answer, control=None, detected=0.1))
    assert found["is_reportable"]


@pytest.mark.parametrize(
    ("sequence", "why"),
    [
        (None, "scores that no genome was there to be held against"),
        ((0.02, -0.1, 0.1), "do not follow the sequence"),
        ((-0.3, -0.4, -0.2), "do not follow the sequence"),
        ((0.2, np.nan, np.nan), "do not follow the sequence"),
    ],
)
def test_a_null_of_scores_that_follow_no_sequence_is_not_reportable(sequence, why):
    found = conclusion(metrics_of(sequence=sequence))
    assert not found["is_reportable"] and why in found["why"]
    assert conclusion(metrics_of("agreement", sequence=sequence))["is_reportable"]


def test_a_null_without_a_control_is_not_reportable():
    found = conclusion(metrics_of(control=None))
    assert found["finding"] == "null" and not found["is_reportable"]
    assert found["why"] == "a null result without a positive control (key 'control')"


@pytest.mark.parametrize(
    ("control", "why"),
    [
        ((0.0, -0.1, 0.1), "fails, too: other has Spearman 0.000 [-0.100, 0.100]"),
        ((-0.4, -0.5, -0.3), "fails, too: other has Spearman -0.400"),
        ((np.nan,) * 3, "says nothing: no interval of other from 1,200 pairs"),
        ((1.0, np.nan, np.nan), "says nothing: no interval of other"),
    ],
)
def test_a_null_whose_control_fails_is_not_reportable(control, why):
    found = conclusion(metrics_of(control=control))
    assert not found["is_reportable"] and why in found["why"]


def test_of_several_controls_all_must_pass():
    metrics = metrics_of()
    is_control = (metrics["predictor"] == "other") & (metrics["metric"] == "spearman")
    second = metrics[is_control].assign(predictor="second")
    assert conclusion(pd.concat([metrics, second]))["is_reportable"]
    failing = second.assign(ci_low=-0.1)
    found = conclusion(pd.concat([metrics, failing]))
    assert not found["is_reportable"]
    assert "second has" in found["why"] and "other" not in found["why"]


@pytest.mark.parametrize(("detected", "share"), [(0.79, "79%"), (np.nan, "none")])
def test_a_null_of_few_pairs_is_not_reportable(detected, share):
    found = conclusion(metrics_of(detected=detected))
    assert not found["is_reportable"]
    assert found["why"] == (
        "too few pairs or LD blocks: a planted correlation is found in"
        f" {share} of the trials"
    )
    assert conclusion(metrics_of(detected=0.8))["is_reportable"]


def test_a_spike_is_of_its_own_stratum():
    metrics = metrics_of()
    is_all = (metrics["stratum"] == "all_pairs") & (metrics["predictor"] == "spike_in")
    metrics.loc[is_all, "value"] = 0.1
    found = conclusions_of(metrics, gates_of(*FINE))
    assert found["is_reportable"].tolist() == [True, False]


@pytest.mark.parametrize("answer", INTERVALS)
def test_a_failing_gate_refuses_every_answer(answer):
    found = conclusion(metrics_of(answer), *FINE, ("peak_enrichment", "fail", False))
    assert found["finding"] == answer and not found["is_reportable"]
    assert found["why"] == "failing gates: peak_enrichment"


@pytest.mark.parametrize("answer", INTERVALS)
def test_a_failing_gate_that_is_accepted_is_reported_with_it(answer):
    found = conclusion(metrics_of(answer), *FINE, ("peak_enrichment", "fail", True))
    assert found["is_reportable"]
    assert found["why"].startswith("no other gate fails")
    assert found["why"].endswith("failing gates that are accepted: peak_enrichment")


def test_one_gate_that_is_accepted_excuses_no_other():
    gates = ("a", "fail", True), ("b", "fail", False), ("c", "fail", False)
    found = conclusion(metrics_of(), *gates, ("b", "fail", False))
    assert not found["is_reportable"]
    expected = "failing gates: b, c; failing gates that are accepted: a"
    assert found["why"] == expected


def test_a_gate_of_which_nothing_is_said_is_not_accepted():
    assert not conclusion(metrics_of("agreement"), ("a", "fail", None))["is_reportable"]


def test_all_reasons_against_a_null_are_given():
    metrics = metrics_of(control=None, detected=0.2)
    found = conclusion(metrics, ("a", "fail", False))
    assert len(found["why"].split("; ")) == 3


def test_without_an_interval_there_is_no_answer():
    metrics = metrics_of()
    is_signed = (metrics["task"] == "signed") & (metrics["metric"] == "spearman")
    metrics.loc[is_signed, ["ci_low", "ci_high", "p"]] = np.nan
    found = conclusion(metrics)
    assert found["finding"] == "undefined" and not found["is_reportable"]
    assert found["why"] == (
        "no interval from 1,200 pairs in 40 blocks; at least 4 pairs in 3 blocks"
        " (key 'ld_blocks') are needed"
    )


def test_a_standin_says_so_whatever_its_answer_and_is_no_reason_against():
    for answer in INTERVALS:
        metrics = metrics_of(answer).assign(model="standin/default/ab12")
        found = conclusion(metrics)
        assert found["is_reportable"]
        assert found["why"].endswith("; " + STANDIN)
        assert STANDIN not in conclusion(metrics_of(answer))["why"]
    assert STANDIN in conclusion(metrics, ("a", "fail", False))["why"]


@pytest.mark.parametrize(
    ("names", "note"),
    [("a", "1 gate had nothing to check"), ("abb", "2 gates had nothing to check")],
)
def test_gates_that_had_nothing_to_check_are_counted_and_refuse_nothing(names, note):
    gates = [(name, "not_checked", False) for name in names]
    found = conclusion(metrics_of(), *FINE, *gates)
    assert found["is_reportable"] and found["why"].endswith("; " + note)
    assert "nothing to check" not in conclusion(metrics_of())["why"]


def test_notes_follow_the_reasons():
    metrics = metrics_of("agreement").assign(model="standin")
    gates = ("a", "fail", True), ("b", "fail", False), ("c", "not_checked", False)
    assert conclusion(metrics, *gates)["why"].split("; ") == [
        "failing gates: b",
        STANDIN,
        "1 gate had nothing to check",
        "failing gates that are accepted: a",
    ]


SIZES = "the source does not state the effect allele: signed tasks are left out"
LABELS = "effects are labels without sign or size: only the unsigned task applies"


def test_without_signs_the_answer_is_that_of_sizes_and_says_so():
    metrics = metrics_of()
    found = conclusion(metrics[metrics["task"] != "signed"])
    assert tuple(found[["task", "metric", "finding"]]) == (
        *("magnitude", "spearman", "agreement"),
    )
    assert tuple(found[["value", "ci_low", "ci_high"]]) == (0.9, 0.8, 0.95)
    assert found["is_reportable"] and found["why"].endswith("; " + SIZES)
    assert SIZES not in conclusion(metrics)["why"]


def of_labels(value, low, high, control=(0.7, 0.6, 0.8)):
    """Return the metrics of labels, whose control is of them, too."""
    metrics = metrics_of()
    rows = metrics[metrics["task"] == "magnitude"]
    names = {"lead_per_feature": "matched_negatives"}
    rows = rows.assign(
        task="unsigned",
        metric="auroc",
        stratum=rows["stratum"].replace(names),
        **{"value": value, "ci_low": low, "ci_high": high},
    )
    other = metrics[metrics["predictor"] == "other"].iloc[:1].assign(metric="auroc")
    other = other.assign(value=control[0], ci_low=control[1], ci_high=control[2])
    follows = metrics[metrics["predictor"] == "sequence"]
    return pd.concat([rows, other, follows], ignore_index=True)


@pytest.mark.parametrize(
    ("interval", "answer"),
    [
        ((0.6, 0.55, 0.65), "agreement"),
        ((0.4, 0.35, 0.45), "disagreement"),
        ((0.5, 0.45, 0.55), "null"),
    ],
)
def test_the_answer_of_labels_is_their_area(interval, answer):
    found = conclusions_of(of_labels(*interval), gates_of(*FINE))
    assert found["stratum"].tolist() == ["matched_negatives", "all_pairs"]
    first = found.iloc[0]
    assert tuple(first[["task", "metric", "finding"]]) == ("unsigned", "auroc", answer)
    assert first["why"].endswith("; " + LABELS)
    assert first["is_reportable"] == (answer != "null")
    if answer != "null":
        assert first["why"].startswith("no gate fails, and the interval excludes 0.5")


def test_a_null_of_labels_says_what_it_lacks():
    found = conclusions_of(of_labels(0.5, 0.45, 0.55, (0.5, 0.4, 0.6)), gates_of(*FINE))
    why = found["why"].iloc[0]
    assert "fails, too: other has auROC 0.500 [0.400, 0.600]" in why
    assert "a null of labels, among which nothing is planted" in why


def test_no_gates_are_no_failing_ones():
    assert conclusions_of(metrics_of(), gates_of())["is_reportable"].all()


def test_written_tables_have_the_same_conclusion(tmp_path):
    metrics, gates = metrics_of(), gates_of(*FINE, ("a", "fail", True))
    write_tsv(metrics, tmp_path / "metrics.tsv", METRICS)
    write_tsv(gates, tmp_path / "gates.tsv", GATES)
    found = conclusions_of(
        read_tsv(tmp_path / "metrics.tsv", METRICS),
        read_tsv(tmp_path / "gates.tsv", GATES),
    )
    columns = ["finding", "is_reportable", "why"]
    pd.testing.assert_frame_equal(
        found[columns], conclusions_of(metrics, gates)[columns]
    )
