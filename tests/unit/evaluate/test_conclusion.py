import numpy as np
import pandas as pd
import pytest
from endobench.core.columns import CONCLUSIONS, GATES, METRICS
from endobench.core.tables import as_table, read_tsv, write_tsv
from endobench.evaluate.conclusion import conclusions_of

STRATA = ("lead_per_feature", "all_pairs")
STANDIN = "stand-in model: no evidence about AlphaGenome"
FINE = [("ref_match", "pass", False), ("effect_units", "warn", False)]
INTERVALS = {
    "agreement": (0.3, 0.2, 0.4),
    "disagreement": (-0.3, -0.4, -0.2),
    "null": (0.01, -0.1, 0.1),
}


def metrics_of(
    finding="null", control=(0.4, 0.3, 0.5), detected=0.95, sequence=(0.3, 0.2, 0.4)
):
    """Return the metrics that a conclusion reads, among other rows."""
    rows = []

    def add(task, stratum, predictor, metric, value, low=np.nan, high=np.nan):
        row = (task, stratum, predictor, metric, value, low, high)
        rows.append(dict(zip(names, row, strict=True)))

    names = ["task", "stratum", "predictor", "metric", "value", "ci_low", "ci_high"]
    for stratum in STRATA:
        add("signed", stratum, "model", "spearman", *INTERVALS[finding])
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


@pytest.mark.parametrize("finding", INTERVALS)
def test_the_finding_follows_from_the_interval(finding):
    found = conclusion(metrics_of(finding))
    assert found["finding"] == finding and found["is_reportable"]
    assert tuple(found[["task", "metric"]]) == ("signed", "spearman")
    assert tuple(found[["value", "ci_low", "ci_high"]]) == INTERVALS[finding]
    assert tuple(found[["n", "n_eff", "p"]]) == (1200, 900, 0.2)
    assert found["why"].startswith("no gate fails")


@pytest.mark.parametrize("finding", ["agreement", "disagreement"])
def test_agreement_and_disagreement_need_no_control(finding):
    found = conclusion(metrics_of(finding, control=None, detected=0.1))
    assert found["is_reportable"]


@pytest.mark.parametrize(
    ("sequence", "why"),
    [
        (None, "scores were not compared with motif changes: no genome"),
        (
            (0.02, -0.1, 0.1),
            "scores do not follow the sequence: Spearman with motif change 0.020"
            " [-0.100, 0.100]",
        ),
        ((-0.3, -0.4, -0.2), "do not follow the sequence"),
        ((0.2, np.nan, np.nan), "do not follow the sequence"),
    ],
)
def test_a_null_of_scores_that_do_not_follow_the_sequence_is_not_reportable(
    sequence, why
):
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
        ((0.0, -0.1, 0.1), "failing {}: other has Spearman 0.000 [-0.100, 0.100]"),
        ((-0.4, -0.5, -0.3), "failing {}: other has Spearman -0.400"),
        ((np.nan,) * 3, "undefined {}: other has no interval from 1,200 pairs"),
        ((1.0, np.nan, np.nan), "undefined {}: other has no interval"),
    ],
)
def test_a_null_whose_control_fails_is_not_reportable(control, why):
    found = conclusion(metrics_of(control=control))
    assert not found["is_reportable"]
    assert why.format("positive control") in found["why"]


def test_all_of_several_controls_must_pass():
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
        f"too few pairs or blocks: the spike-in is detected in {share} of the trials"
    )
    assert conclusion(metrics_of(detected=0.8))["is_reportable"]


def test_each_stratum_has_its_own_spike_in():
    metrics = metrics_of()
    is_all = (metrics["stratum"] == "all_pairs") & (metrics["predictor"] == "spike_in")
    metrics.loc[is_all, "value"] = 0.1
    found = conclusions_of(metrics, gates_of(*FINE))
    assert found["is_reportable"].tolist() == [True, False]


@pytest.mark.parametrize("finding", INTERVALS)
def test_with_a_failing_gate_no_finding_is_reportable(finding):
    found = conclusion(metrics_of(finding), *FINE, ("peak_enrichment", "fail", False))
    assert found["finding"] == finding and not found["is_reportable"]
    assert found["why"] == "failing gates: peak_enrichment"


@pytest.mark.parametrize("finding", INTERVALS)
def test_an_accepted_failing_gate_is_named_in_the_conclusion(finding):
    found = conclusion(metrics_of(finding), *FINE, ("peak_enrichment", "fail", True))
    assert found["is_reportable"]
    assert found["why"].startswith("no other gate fails")
    assert found["why"].endswith("failing gates that are accepted: peak_enrichment")


def test_accepting_one_gate_excuses_no_other():
    gates = ("a", "fail", True), ("b", "fail", False), ("c", "fail", False)
    found = conclusion(metrics_of(), *gates, ("b", "fail", False))
    assert not found["is_reportable"]
    expected = "failing gates: b, c; failing gates that are accepted: a"
    assert found["why"] == expected


def test_a_gate_is_not_accepted_by_default():
    assert not conclusion(metrics_of("agreement"), ("a", "fail", None))["is_reportable"]


def test_all_reasons_against_a_null_are_given():
    metrics = metrics_of(control=None, detected=0.2)
    found = conclusion(metrics, ("a", "fail", False))
    assert len(found["why"].split("; ")) == 3


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        (
            {"n": 3, "n_blocks": 3},
            "at least 4 pairs in 3 blocks needed, 3 in 3 found (key 'ld_blocks')",
        ),
        (
            {"n_blocks": 2},
            "at least 4 pairs in 3 blocks needed, 1,200 in 2 found (key 'ld_blocks')",
        ),
        (
            {"value": np.nan},
            "Spearman is undefined, effects or scores are constant (1,200 pairs in 40"
            " blocks)",
        ),
        (
            {"value": 1.0},
            "Spearman is at the limit of its range, or undefined in many resamples"
            " (1,200 pairs in 40 blocks)",
        ),
    ],
)
def test_without_an_interval_the_finding_is_undefined(changes, why):
    metrics = metrics_of()
    is_signed = (metrics["task"] == "signed") & (metrics["metric"] == "spearman")
    missing = dict.fromkeys(("ci_low", "ci_high", "p"), np.nan)
    for name, value in (missing | changes).items():
        metrics.loc[is_signed, name] = value
    found = conclusion(metrics)
    assert found["finding"] == "undefined" and not found["is_reportable"]
    assert found["why"] == f"no interval: {why}"


def test_a_standin_is_noted_with_every_finding_and_is_no_reason_against():
    for finding in INTERVALS:
        metrics = metrics_of(finding).assign(model="standin/default/ab12")
        found = conclusion(metrics)
        assert found["is_reportable"]
        assert found["why"].endswith("; " + STANDIN)
        assert STANDIN not in conclusion(metrics_of(finding))["why"]
    assert STANDIN in conclusion(metrics, ("a", "fail", False))["why"]


@pytest.mark.parametrize(
    ("names", "note"),
    [("a", "1 gate had nothing to check"), ("abb", "2 gates had nothing to check")],
)
def test_gates_that_had_nothing_to_check_are_counted_and_are_no_reason_against(
    names, note
):
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


def test_without_signs_the_conclusion_is_about_magnitudes_and_says_so():
    metrics = metrics_of()
    found = conclusion(metrics[metrics["task"] != "signed"])
    expected = ("magnitude", "spearman", "agreement")
    assert tuple(found[["task", "metric", "finding"]]) == expected
    assert tuple(found[["value", "ci_low", "ci_high"]]) == (0.9, 0.8, 0.95)
    assert found["is_reportable"] and found["why"].endswith("; " + SIZES)
    assert SIZES not in conclusion(metrics)["why"]


def of_labels(value, low, high, control=(0.7, 0.6, 0.8)):
    """Return the metrics of labels, with a control of labels."""
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
    ("interval", "finding"),
    [
        ((0.6, 0.55, 0.65), "agreement"),
        ((0.4, 0.35, 0.45), "disagreement"),
        ((0.5, 0.45, 0.55), "null"),
    ],
)
def test_the_finding_for_labels_follows_from_the_auroc(interval, finding):
    found = conclusions_of(of_labels(*interval), gates_of(*FINE))
    assert found["stratum"].tolist() == ["matched_negatives", "all_pairs"]
    first = found.iloc[0]
    assert tuple(first[["task", "metric", "finding"]]) == ("unsigned", "auroc", finding)
    assert first["why"].endswith("; " + LABELS)
    assert first["is_reportable"] == (finding != "null")
    if finding != "null":
        assert first["why"].startswith("no gate fails, and the interval excludes 0.5")


def test_a_null_for_labels_says_what_it_lacks():
    found = conclusions_of(of_labels(0.5, 0.45, 0.55, (0.5, 0.4, 0.6)), gates_of(*FINE))
    why = found["why"].iloc[0]
    assert "failing positive control: other has auROC 0.500 [0.400, 0.600]" in why
    assert "a null result for labels, which have no spike-in control" in why


def test_without_gates_none_fails():
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


@pytest.mark.parametrize("finding", INTERVALS)
@pytest.mark.parametrize(
    ("model", "is_control"), [("assay/a", True), ("table/a", False)]
)
def test_agreement_with_an_assay_is_called_a_control(finding, model, is_control):
    why = conclusion(metrics_of(finding).assign(model=model))["why"]
    words = "a control between assays, not an answer of a model"
    assert (words in why.split("; ")) == is_control
