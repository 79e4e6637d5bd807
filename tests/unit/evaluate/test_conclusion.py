import itertools

import numpy as np
import pandas as pd
import pytest
from endobench.core.columns import CONCLUSIONS, CONTROLS, DIFFERENCES, GATES, METRICS
from endobench.core.tables import as_table, read_tsv, write_tsv
from endobench.design.conclusions import exceptions_of
from endobench.design.gates import GATES as GATE_ENTRIES
from endobench.evaluate.conclusion import conclude, conclusions_of
from endobench.evaluate.conditions.outcome import DeclaredControl
from frames import rows_of

STRATA = ("lead_per_feature", "all_pairs")
STANDIN = "stand-in model: no evidence about AlphaGenome"
FINE = [("ref_match", "pass", False), ("effect_units", "warn", False)]
INTERVALS = {
    "agreement": (0.3, 0.2, 0.4),
    "disagreement": (-0.3, -0.4, -0.2),
    "no_agreement": (0.01, -0.1, 0.1),
}
NOT_DECLARED = DeclaredControl()
POSITIVE = "positive control other: Spearman 0.400 [0.300, 0.500]"
NO_CONTROL = "no external positive control (key 'control')"


def metrics_of(
    finding="no_agreement",
    control=(0.4, 0.3, 0.5),
    detected=0.95,
    sequence=(0.3, 0.2, 0.4),
    *,
    sham=(0.05, 0.02, 0.08),
    chance=None,
    mismatched=(0.01, -0.08, 0.1, 0.8),
    tissue=None,
    of_control=None,
):
    """Return the metrics that a conclusion reads, among other rows."""
    rows = []

    def add(task, stratum, predictor, metric, value, low=np.nan, high=np.nan, p=0.2):
        row = task, stratum, predictor, metric, value, low, high, p
        rows.append((*row, 1200, 900.0, 40, "d", "corrected", "m"))

    names = ["task", "stratum", "predictor", "metric"]
    names += ["value", "ci_low", "ci_high", "p", "n", "n_eff", "n_blocks"]
    names += ["dataset", "protocol", "model"]
    if chance is None:
        chance = 0.6 if finding == "no_agreement" else 0.001
    for stratum in STRATA:
        add("signed", stratum, "model", "spearman", *INTERVALS[finding])
        add("signed", stratum, "model", "pearson", 0.9, 0.8, 0.95)
        add("signed", stratum, "maf", "spearman", 0.9, 0.8, 0.95)
        add("magnitude", stratum, "model", "spearman", 0.9, 0.8, 0.95)
        add("control", stratum, "spike_in", "detection_rate", detected, 0.9, 0.97)
        if sham:
            add("control", stratum, "sham", "detection_rate", *sham)
        for name in ("permuted_in_strata", "sign_flip_by_block"):
            add("chance", stratum, name, "spearman", 0.0, -0.05, 0.05, chance)
        if mismatched:
            add("chance", stratum, "mismatched_variant", "spearman", *mismatched)
        if tissue:
            add("signed", stratum, "mismatched_tracks", "spearman", *tissue)
    add("signed", "snv", "model", "spearman", 0.9, 0.8, 0.95)
    if control:
        add("control", "all_pairs", "other", "spearman", *control)
        add("control", "all_pairs", "other", "pearson", 0.0, -0.1, 0.1)
    if sequence:
        add("control", "all_pairs", "sequence", "spearman", *sequence)
    if of_control:
        add("control", "all_pairs", "control_sequence", "spearman", *of_control)
    return pd.DataFrame(rows, columns=names).reindex(columns=METRICS.names)


def gates_of(*rows):
    frame = pd.DataFrame(rows, columns=["gate", "verdict", "is_accepted"])
    return frame.reindex(columns=GATES.names)


def conclusion(metrics, *gates, differences=None, declared=NOT_DECLARED):
    found = conclude(metrics, gates_of(*(gates or FINE)), differences, declared)
    assert found.conclusions["stratum"].tolist() == list(STRATA)
    assert as_table(found.conclusions, CONCLUSIONS).num_rows == 2
    assert as_table(found.controls, CONTROLS).num_rows == len(found.controls)
    # Whatever fails or cannot be judged stands in the reason, and nothing else does.
    why = found.conclusions.set_index("stratum")["why"].to_dict()
    names = ["stratum", "control", "state", "evidence"]
    for stratum, control, state, evidence in rows_of(found.controls, *names):
        is_said = evidence in why[stratum]
        is_noted = control == "positive_control"
        assert is_said == (state != "pass" or is_noted), evidence
    return found.conclusions.iloc[0]


@pytest.mark.parametrize("finding", INTERVALS)
def test_the_finding_follows_from_the_interval(finding):
    found = conclusion(metrics_of(finding))
    assert found["finding"] == finding and found["is_reportable"] == "yes"
    assert tuple(found[["task", "metric"]]) == ("signed", "spearman")
    assert tuple(found[["value", "ci_low", "ci_high"]]) == INTERVALS[finding]
    assert tuple(found[["n", "n_eff", "p"]]) == (1200, 900, 0.2)
    assert found["why"].startswith("no gate fails, no control fails, and the ")
    assert found["why"].endswith(POSITIVE)


# The table of resources/docs/numbers/reportable.md: what a control found, whether it
# was judged, and what follows for an agreement or disagreement, and for no agreement.
YES, EXCEPTIONS, NO = "yes", "with exceptions", "no"
MISSING = (0.2, np.nan, np.nan)
COMBINATIONS = {
    "positive control passes": ({}, YES, YES),
    "positive control around zero": ({"control": (0.0, -0.1, 0.1)}, NO, NO),
    "positive control negated": ({"control": (-0.4, -0.5, -0.3)}, NO, NO),
    "positive control without interval": ({"control": MISSING}, EXCEPTIONS, NO),
    "no positive control": ({"control": None}, EXCEPTIONS, NO),
    "scores around no motif change": ({"sequence": (0.02, -0.1, 0.1)}, NO, NO),
    "scores against motif changes": ({"sequence": (-0.3, -0.4, -0.2)}, NO, NO),
    "motif changes without interval": ({"sequence": MISSING}, EXCEPTIONS, NO),
    "no motif changes": ({"sequence": None}, EXCEPTIONS, NO),
    "control follows the sequence": ({"of_control": (0.3, 0.2, 0.4)}, YES, YES),
    "control around no motif change": ({"of_control": (0.0, -0.05, 0.05)}, NO, NO),
    "control perhaps on no motif change": (
        {"of_control": (0.1, -0.1, 0.3)},
        EXCEPTIONS,
        EXCEPTIONS,
    ),
    "control against motif changes": ({"of_control": (-0.3, -0.4, -0.2)}, NO, NO),
    "sham at 12 %": ({"sham": (0.12, 0.08, 0.17)}, YES, YES),
    "sham at 20 %": ({"sham": (0.2, 0.15, 0.26)}, NO, NO),
    "sham at 100 %": ({"sham": (1.0, 0.98, 1.0)}, NO, NO),
    "no sham": ({"sham": None}, EXCEPTIONS, EXCEPTIONS),
    "sham undefined": ({"sham": (np.nan,) * 3}, EXCEPTIONS, EXCEPTIONS),
    "spike-in in 79 %": ({"detected": 0.79}, YES, NO),
    "spike-in undefined": ({"detected": np.nan}, YES, NO),
    "permutation contradicts p = 0.9": ({"chance": 0.9}, NO, YES),
    "permutation contradicts p = 0.001": ({"chance": 0.001}, YES, NO),
    "permutation without p": ({"chance": np.nan}, EXCEPTIONS, EXCEPTIONS),
    "no mismatched variants": ({"mismatched": None}, EXCEPTIONS, EXCEPTIONS),
    "another tissue equal": ({"tissue": (0.3, 0.2, 0.4)}, EXCEPTIONS, NO),
}


@pytest.mark.parametrize("finding", INTERVALS)
@pytest.mark.parametrize("name", COMBINATIONS)
def test_what_a_control_means_for_a_finding(name, finding):
    changes, of_finding, of_none = COMBINATIONS[name]
    if "tissue" in changes:
        # Equal to what was found.
        changes = {"tissue": INTERVALS[finding]}
        of_none = YES
    expected = of_none if finding == "no_agreement" else of_finding
    found = conclusion(metrics_of(finding, **changes))
    assert found["finding"] == finding
    assert found["is_reportable"] == expected, found["why"]
    assert bool(exceptions_of(found["why"])) == (expected == EXCEPTIONS)


def test_failures_and_exceptions_are_all_named_and_the_worst_decides():
    kinds = {
        "control": ((0.0, -0.1, 0.1), None),
        "sequence": ((0.0, -0.1, 0.1), None),
        "sham": ((1.0, 0.98, 1.0), None),
    }
    fine = metrics_of("agreement")
    assert conclusion(fine)["is_reportable"] == "yes"
    for choice in itertools.product(range(3), repeat=3):
        changes = {
            name: kinds[name][place - 1]
            for name, place in zip(kinds, choice, strict=True)
            if place
        }
        found = conclusion(metrics_of("agreement", **changes))
        expected = "no" if 1 in choice else "with exceptions" if any(choice) else "yes"
        assert found["is_reportable"] == expected
        assert len(exceptions_of(found["why"])) == choice.count(2)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        (
            {"control": (0.0, -0.1, 0.1)},
            "failing positive control: other has Spearman 0.000 [-0.100, 0.100]",
        ),
        (
            {"control": (1.0, np.nan, np.nan)},
            "undefined positive control: other has no interval from 1,200 pairs",
        ),
        (
            {"sequence": (0.02, -0.1, 0.1)},
            "scores do not follow the sequence: Spearman with motif change 0.020"
            " [-0.100, 0.100]",
        ),
        (
            {"sequence": None},
            "scores were not compared with motif changes: no genome",
        ),
        (
            {"of_control": (0.0, -0.05, 0.05)},
            "the positive control does not follow the sequence: Spearman with motif"
            " change 0.000 [-0.050, 0.050]",
        ),
        (
            {"sham": (1.0, 0.98, 1.0)},
            "nothing is planted, and 100 % [98 %, 100 %] of the trials detect a"
            " correlation",
        ),
        (
            {"detected": 0.79},
            "too few pairs or blocks: the spike-in is detected in 79 % of the trials",
        ),
        (
            {"chance": 0.01},
            "the permutation of scores within strata rejects chance (p = 0.01), but the"
            " interval does not; the sign flips of LD blocks reject chance (p = 0.01)",
        ),
        (
            {"mismatched": (0.2, 0.1, 0.3, 0.0001)},
            "scores of mismatched variants agree, the right ones do not: Spearman 0.200"
            " [0.100, 0.300]",
        ),
        (
            {"tissue": (0.4, 0.3, 0.5)},
            "tracks of another tissue agree better: Spearman 0.400 [0.300, 0.500]",
        ),
    ],
)
def test_the_reason_gives_the_numbers(changes, why):
    found = conclusion(metrics_of(**changes))
    assert found["is_reportable"] == "no" and why in found["why"]


@pytest.mark.parametrize("p", [0.05, 0.3])
def test_an_agreement_that_chance_explains_is_not_reportable(p):
    why = conclusion(metrics_of("agreement", chance=p))["why"]
    assert f"within strata finds as much by chance (p = {p})" in why
    assert f"sign flips of LD blocks find as much by chance (p = {p})" in why


def test_few_blocks_cannot_be_flipped():
    metrics = metrics_of("agreement", chance=0.2)
    is_flip = metrics["predictor"] == "sign_flip_by_block"
    is_permuted = metrics["predictor"] == "permuted_in_strata"
    metrics.loc[is_permuted, "p"] = 0.01
    metrics.loc[is_flip, "n_blocks"] = 5
    found = conclusion(metrics)
    assert found["is_reportable"] == "with exceptions"
    assert "the sign flips of LD blocks could not be tested" in found["why"]


@pytest.mark.parametrize(
    ("mismatched", "expected"),
    [
        ((0.3, 0.2, 0.4, 1e-9), "no"),
        ((0.28, 0.18, 0.38, 1e-9), "no"),
        ((0.5, 0.4, 0.6, 1e-9), "no"),
        # Significantly worse, but significant by itself.
        ((0.12, 0.06, 0.18, 1e-4), "with exceptions"),
        # Not significantly worse, but one such draw in forty is chance.
        ((0.2, 0.02, 0.38, 0.03), "yes"),
        ((0.28, 0.01, 0.55, 0.04), "no"),
        ((0.1, 0.01, 0.19, 0.03), "yes"),
        ((-0.3, -0.4, -0.2, 1e-9), "yes"),
        ((0.0, -0.1, 0.1, 0.9), "yes"),
    ],
)
def test_mismatched_variants_must_be_worse(mismatched, expected):
    found = conclusion(metrics_of("agreement", mismatched=mismatched))
    assert found["is_reportable"] == expected, found["why"]
    value, low, high, p = mismatched
    turned = -value, -high, -low, p
    found = conclusion(metrics_of("disagreement", mismatched=turned))
    assert found["is_reportable"] == expected, found["why"]


def compared(low, high):
    """Return the difference of the model from the tracks of another tissue."""
    row = {"comparison": "baseline", "task": "signed", "metric": "spearman"}
    row |= {"a": "mismatched_tracks", "b": "model", "ci_low": low, "ci_high": high}
    frame = pd.DataFrame([row | {"stratum": each} for each in STRATA])
    return frame.reindex(columns=DIFFERENCES.names)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.01, 0.05, "yes"),
        (-0.01, 0.05, "with exceptions"),
        (-0.05, -0.01, "no"),
        (-0.5, -0.3, "no"),
    ],
)
def test_another_tissue_is_compared_on_the_same_pairs(low, high, expected):
    metrics = metrics_of("agreement", tissue=(0.29, 0.19, 0.39))
    found = conclusion(metrics, differences=compared(low, high))
    assert found["is_reportable"] == expected, found["why"]
    # A disagreement is stronger in its own tissue if the difference is negative.
    metrics = metrics_of("disagreement", tissue=(-0.29, -0.39, -0.19))
    found = conclusion(metrics, differences=compared(-high, -low))
    assert found["is_reportable"] == expected, found["why"]


def test_without_the_difference_the_intervals_of_both_tissues_decide():
    better = conclusion(metrics_of("agreement", tissue=(0.6, 0.5, 0.7)))
    assert better["is_reportable"] == "no"
    worse = conclusion(metrics_of("agreement", tissue=(0.0, -0.1, 0.1)))
    assert worse["is_reportable"] == "yes"


@pytest.mark.parametrize(
    ("finding", "expected"), [("agreement", "with exceptions"), ("no_agreement", "no")]
)
def test_a_reason_for_no_control_stands_in_the_conclusion(finding, expected):
    metrics = metrics_of(finding, control=None)
    assert NO_CONTROL in conclusion(metrics)["why"]
    found = conclusion(
        metrics, declared=DeclaredControl(None, "none has been measured")
    )
    assert found["is_reportable"] == expected
    assert "no external positive control: none has been measured" in found["why"]
    found = conclusion(metrics, declared=DeclaredControl("x"))
    assert found["is_reportable"] == expected
    assert "the positive control x shares no variant with the effects" in found["why"]


def test_what_a_control_shares_is_said():
    metrics = metrics_of("agreement").assign(n_variants=900)
    gates = gates_of(("control_features", "pass", False)).assign(value=0.0)
    declared = DeclaredControl("other", None, "the tissue (EFO:1)")
    found = conclusions_of(metrics, gates, None, declared).iloc[0]
    expected = ", which shares 900 variants, no feature, the tissue (EFO:1) with the"
    assert f"{POSITIVE}{expected} effects" in found["why"]
    found = conclusions_of(metrics, gates.assign(value=0.25)).iloc[0]
    assert "900 variants, the features of 25.0 % of them with the" in found["why"]


def test_an_assay_need_not_follow_motif_changes_but_not_contradict_them():
    around = metrics_of("agreement", sequence=(0.02, -0.1, 0.1)).assign(model="assay/x")
    found = conclusion(around)
    assert found["is_reportable"] == "with exceptions"
    assert "an assay need not follow motif changes" in found["why"]
    against = metrics_of("agreement", sequence=(-0.3, -0.4, -0.2))
    assert conclusion(against.assign(model="assay/x"))["is_reportable"] == "no"


def test_all_of_several_controls_must_pass():
    metrics = metrics_of()
    is_control = (metrics["predictor"] == "other") & (metrics["metric"] == "spearman")
    second = metrics[is_control].assign(predictor="second")
    assert conclusion(pd.concat([metrics, second]))["is_reportable"] == "yes"
    failing = second.assign(ci_low=-0.1)
    found = conclusion(pd.concat([metrics, failing]))
    assert found["is_reportable"] == "no"
    assert "failing positive control: second has" in found["why"]


def test_each_stratum_has_its_own_spike_in():
    metrics = metrics_of()
    is_all = (metrics["stratum"] == "all_pairs") & (metrics["predictor"] == "spike_in")
    metrics.loc[is_all, "value"] = 0.1
    found = conclusions_of(metrics, gates_of(*FINE))
    assert found["is_reportable"].tolist() == ["yes", "no"]


@pytest.mark.parametrize("finding", INTERVALS)
def test_with_a_failing_gate_no_finding_is_reportable(finding):
    found = conclusion(metrics_of(finding), *FINE, ("peak_enrichment", "fail", False))
    assert found["finding"] == finding and found["is_reportable"] == "no"
    assert found["why"] == f"failing gates: peak_enrichment; {POSITIVE}"


@pytest.mark.parametrize("finding", INTERVALS)
def test_an_accepted_failing_gate_is_an_exception(finding):
    found = conclusion(metrics_of(finding), *FINE, ("peak_enrichment", "fail", True))
    assert found["is_reportable"] == "with exceptions"
    assert found["why"].startswith("no other gate fails")
    named = ["failing gates that are accepted: peak_enrichment"]
    assert exceptions_of(found["why"]) == named


def test_accepting_one_gate_excuses_no_other():
    gates = ("a", "fail", True), ("b", "fail", False), ("c", "fail", False)
    found = conclusion(metrics_of(), *gates, ("b", "fail", False))
    assert found["is_reportable"] == "no"
    expected = "failing gates: b, c; exception: failing gates that are accepted: a"
    assert found["why"] == f"{expected}; {POSITIVE}"


@pytest.mark.parametrize("finding", INTERVALS)
def test_a_control_that_may_not_be_independent_is_an_exception(finding):
    gates = gates_of(*FINE, ("control_ceiling", "warn", False))
    gates = gates.assign(evidence="Spearman 0.9 of 100 shared pairs, ceiling 0.92")
    found = conclusions_of(metrics_of(finding), gates).iloc[0]
    assert found["is_reportable"] == "with exceptions"
    assert "the control may not be independent: Spearman 0.9 of 100" in found["why"]


@pytest.mark.parametrize("finding", INTERVALS)
def test_a_gate_that_warns_is_an_exception(finding):
    gates = gates_of(("ref_match", "pass", False), ("neighbour_scores", "warn", False))
    gates = gates.assign(evidence="correlation 0.04 of the scores of 900 pairs")
    found = conclusions_of(metrics_of(finding), gates).iloc[0]
    assert found["is_reportable"] == "with exceptions"
    assert "exception: gate neighbour_scores warns: correlation 0.04" in found["why"]


def test_rows_that_were_dropped_or_not_used_are_no_exception():
    quiet = [name for name, gate in GATE_ENTRIES.items() if not gate.is_exception]
    assert "effect_duplicates" in quiet and "score_recheck" not in quiet
    found = conclusion(
        metrics_of("agreement"), *((each, "warn", False) for each in quiet)
    )
    assert found["is_reportable"] == "yes"


def test_scores_of_a_models_table_are_an_exception():
    for model, expected in (("table/mine", "with exceptions"), ("standin/a", "yes")):
        found = conclusions_of(
            metrics_of("agreement").assign(model=model), gates_of(*FINE)
        )
        assert set(found["is_reportable"]) == {expected}
        assert (
            found["why"]
            .str.contains("no model was asked again")
            .eq(model == "table/mine")
            .all()
        )


def test_a_gate_is_not_accepted_by_default():
    found = conclusion(metrics_of("agreement"), ("a", "fail", None))
    assert found["is_reportable"] == "no"


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
    assert found["finding"] == "undefined" and found["is_reportable"] == "no"
    assert found["why"] == f"no interval: {why}; {POSITIVE}"


def test_a_standin_is_noted_with_every_finding_and_is_no_reason_against():
    for finding in INTERVALS:
        metrics = metrics_of(finding).assign(model="standin/default/ab12")
        found = conclusion(metrics)
        assert found["is_reportable"] == "yes"
        assert f"; {STANDIN}; " in found["why"]
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
    assert found["is_reportable"] == "yes" and f"; {note}; " in found["why"]
    assert "nothing to check" not in conclusion(metrics_of())["why"]


def test_notes_follow_the_reasons():
    metrics = metrics_of("agreement").assign(model="standin")
    gates = ("a", "fail", True), ("b", "fail", False), ("c", "not_checked", False)
    assert conclusion(metrics, *gates)["why"].split("; ") == [
        "failing gates: b",
        "exception: failing gates that are accepted: a",
        STANDIN,
        "1 gate had nothing to check",
        POSITIVE,
    ]


SIZES = "the source does not state the effect allele: signed tasks are left out"
LABELS = "effects are labels without sign or size: only the unsigned task applies"


def test_without_signs_the_conclusion_is_about_magnitudes_and_says_so():
    metrics = metrics_of()
    found = conclusion(metrics[metrics["task"] != "signed"])
    expected = ("magnitude", "spearman", "agreement")
    assert tuple(found[["task", "metric", "finding"]]) == expected
    assert tuple(found[["value", "ci_low", "ci_high"]]) == (0.9, 0.8, 0.95)
    # The permutation contradicts this agreement.
    assert found["is_reportable"] == "no" and f"; {SIZES}; " in found["why"]
    fine = metrics_of(chance=0.001)
    fine = conclusion(fine[fine["task"] != "signed"])
    assert fine["is_reportable"] == "yes" and "sign flips" not in fine["why"]
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
    ("counts", "value", "why"),
    [
        ((400, 0), np.nan, "400 positives and 0 negatives have a score, and both are"),
        ((0, 400), np.nan, "0 positives and 400 negatives have a score, and both are"),
        (
            (200, 200),
            0.5,
            "auROC is 0.5, as of constant scores, or undefined in many",
        ),
        ((200, 200), np.nan, "auROC is undefined, effects or scores are constant"),
    ],
)
def test_labels_without_an_interval_say_which_class_is_missing(counts, value, why):
    metrics = of_labels(value, np.nan, np.nan)
    row = metrics.iloc[0].to_dict() | {"task": "count", "stratum": "all_pairs"}
    rows = [
        row | {"metric": name, "value": number}
        for name, number in zip(("positives", "negatives"), counts, strict=True)
    ]
    metrics = pd.concat([metrics, pd.DataFrame(rows)], ignore_index=True)
    found = conclusions_of(metrics, gates_of(*FINE)).iloc[0]
    assert found["finding"] == "undefined" and found["is_reportable"] == "no"
    assert found["why"].startswith(f"no interval: {why}")


@pytest.mark.parametrize(
    ("interval", "finding"),
    [
        ((0.6, 0.55, 0.65), "agreement"),
        ((0.4, 0.35, 0.45), "disagreement"),
        ((0.5, 0.45, 0.55), "no_agreement"),
    ],
)
def test_the_finding_for_labels_follows_from_the_auroc(interval, finding):
    found = conclusions_of(of_labels(*interval), gates_of(*FINE))
    assert found["stratum"].tolist() == ["matched_negatives", "all_pairs"]
    first = found.iloc[0]
    assert tuple(first[["task", "metric", "finding"]]) == ("unsigned", "auroc", finding)
    assert LABELS in first["why"]
    expected = "no" if finding == "no_agreement" else "yes"
    assert first["is_reportable"] == expected
    if expected == "yes":
        start = "no gate fails, no control fails, and the interval excludes 0.5"
        assert first["why"].startswith(start)


def test_a_null_for_labels_says_what_it_lacks():
    found = conclusions_of(of_labels(0.5, 0.45, 0.55, (0.5, 0.4, 0.6)), gates_of(*FINE))
    why = found["why"].iloc[0]
    assert "failing positive control: other has auROC 0.500 [0.400, 0.600]" in why
    assert "no agreement with labels, which have no spike-in control" in why


def test_without_gates_none_fails():
    found = conclusions_of(metrics_of(), gates_of())
    assert set(found["is_reportable"]) == {"yes"}


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
