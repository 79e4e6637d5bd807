import functools

import numpy as np
import pandas as pd
import pytest
from drawings import REAL, STANDIN, conclusion_of, crowding, marks, words
from endobench.core.columns import METRICS
from endobench.design.models import STANDIN_MARK
from endobench.evaluate.measure import measure
from endobench.evaluate.published import PUBLISHED
from endobench.figures.baselines import baselines_figure
from frames import benchmark, blocks_of, choices_of

LEADS = "lead_per_feature"
AWKWARD = r"$\frac{" + "W" * 50 + "<script>alert(1)</script>"
HEADS = [
    "model-free baselines\n",
    "nulls\n",
    "controls\n",
    "ceiling and power\n",
    "published value (all pairs)\n",
]


ASSAY, COHORT = "an_assay", "a_cohort"
# No other strata are drawn.
DRAWN = (LEADS, "all_pairs")


@functools.cache
def measured(task, n_unknown=0):
    pairs, annotations = benchmark(n_features=120, per_feature=1)
    change = annotations["gc_change"].mask(annotations.index < n_unknown)
    annotations = annotations.assign(gc_change=change)
    choices = {"is_signed": task == "signed"}
    published = {"spearman": 0.4}
    if task == "unsigned":
        label = (pairs["effect"] > 0.5).astype(float)
        pairs = pairs.assign(label=label, effect=label, unit="label")
        choices |= {"classes": ["label", 1, 0]}
        published = {"auroc": 0.7}
    metrics, _ = measure(
        pairs,
        annotations,
        blocks_of(),
        choices_of(**choices, strata=DRAWN, published=published),
        dataset="d",
        protocol="corrected",
        control=pairs.assign(raw=pairs["effect"] + 1, model=f"control/{ASSAY}"),
    )
    return metrics


def metrics_of(task="signed", model=REAL, name=ASSAY, n_unknown=0):
    metrics = measured(task, n_unknown)
    predictor = metrics["predictor"].replace(ASSAY, name)
    return metrics.assign(model=model, predictor=predictor)


@functools.cache
def usual():
    return baselines_figure(metrics_of())


@functools.cache
def replicated(effect_se=0.2):
    """Return metrics with a replicate that lacks some pairs."""
    pairs, annotations = benchmark(n_features=120, per_feature=1)
    pairs = pairs.assign(model=REAL, effect_se=effect_se)
    table = pairs[["source_id", "feature_id", "effect"]].rename(
        columns={"source_id": "variant_id"}
    )
    noise = np.random.default_rng(1).normal(size=len(pairs))
    table = table.assign(replicate=COHORT, replicate_effect=pairs["effect"] + noise)
    metrics, _ = measure(
        pairs,
        annotations,
        blocks_of(),
        choices_of(strata=DRAWN),
        dataset="d",
        protocol="corrected",
        replicates=table.iloc[20:],
    )
    return metrics


def test_a_replicate_is_a_ceiling_beside_that_of_the_errors():
    metrics = replicated()
    figure = baselines_figure(metrics)
    drawn = values_of(figure)
    for predictor in (COHORT, f"{COHORT}/model"):
        expected = value(metrics, "ceiling", predictor, "spearman")
        assert min(abs(each - expected) for each in drawn) < 1e-9
    assert COHORT in words(figure) and "noise ceiling" in words(figure)
    renamed = metrics["predictor"].str.replace(COHORT, AWKWARD)
    assert crowding(baselines_figure(metrics.assign(predictor=renamed))) == []


def test_without_standard_errors_no_ceiling_is_drawn_and_the_row_says_why():
    text = words(baselines_figure(replicated(effect_se=np.nan)))
    assert "no ceiling" in text and "no standard errors" in text


def values_of(figure):
    return [line.get_xdata()[0] for line in marks(figure, "value")]


def value(metrics, task, predictor, metric, stratum=LEADS):
    is_asked = (metrics["task"] == task) & (metrics["predictor"] == predictor)
    is_asked &= (metrics["metric"] == metric) & (metrics["stratum"] == stratum)
    (found,) = metrics.loc[is_asked, "value"]
    return found


@pytest.mark.parametrize("task", ["signed", "magnitude", "unsigned"])
@pytest.mark.parametrize("name", ["an_assay", AWKWARD])
def test_every_task_is_legible(task, name):
    figure = baselines_figure(metrics_of(task, STANDIN, name), "$<b>$")
    assert crowding(figure) == []
    assert STANDIN_MARK in words(figure)


def test_groups_follow_each_other_and_each_number_is_the_tables():
    metrics, figure = metrics_of(), usual()
    text = words(figure)
    assert [text.index(head) for head in HEADS] == sorted(map(text.index, HEADS))
    reliability = value(metrics, "ceiling", "model", "reliability")
    expected = [
        value(metrics, *asked)
        for asked in (
            ("signed", "model", "spearman"),
            ("signed", "mismatched_tracks", "spearman"),
            ("signed", "motif_change", "spearman"),
            ("signed", "gc_change", "spearman"),
            ("chance", "permuted_in_strata", "spearman"),
            ("chance", "sign_flip_by_block", "spearman"),
            ("chance", "mismatched_variant", "spearman"),
            ("control", "an_assay", "spearman", "all_effects"),
            ("control", "sequence", "spearman", "all_pairs"),
            ("control", "control_sequence", "spearman", "all_effects"),
        )
    ]
    expected += [
        np.sqrt(reliability),
        value(metrics, "ceiling", "model", "spearman_over_ceiling"),
        value(metrics, "power", "model", "detectable_spearman"),
        0.4,
        value(metrics, "signed", "model", "spearman", "all_pairs"),
    ]
    assert values_of(figure) == pytest.approx(expected)


def test_detection_rates_are_written_because_they_have_another_scale():
    metrics = metrics_of()
    share = value(metrics, "control", "spike_in", "detection_rate")
    text = words(usual())
    assert f"\n{100 * share:.0f} % [" in text
    assert text.count("trials that detect") == 2


def test_a_baseline_missing_for_some_pairs_is_followed_by_the_model_on_the_others():
    metrics = metrics_of(n_unknown=20)
    figure = baselines_figure(metrics)
    assert "on pairs with known GC change" in words(figure)
    row = metrics[metrics["predictor"] == "gc_change/model"]
    row = row[(row["stratum"] == LEADS) & (row["task"] == "signed")].iloc[0]
    place = values_of(figure).index(row["value"])
    before = value(metrics, "signed", "gc_change", "spearman")
    assert values_of(figure)[place - 1] == before
    assert "with known" not in words(usual())


def test_labels_have_an_auroc_and_the_correlation_with_the_sequence_is_written():
    metrics = metrics_of("unsigned")
    figure = baselines_figure(metrics)
    text = words(figure)
    assert "auROC" in text and "\nmatched negatives" in text
    first = value(metrics, "unsigned", "model", "auroc", "matched_negatives")
    assert values_of(figure)[0] == first
    rho = value(metrics, "control", "sequence", "spearman", "all_pairs")
    assert rho not in values_of(figure) and f"Spearman {rho:.1f}"[:-1] in text
    assert "nulls" not in text and "ceiling and power" not in text


def test_the_correlation_with_the_sequence_is_not_one_of_sizes():
    metrics = metrics_of("magnitude")
    figure = baselines_figure(metrics)
    assert "Spearman correlation of sizes" in words(figure)
    rho = value(metrics, "control", "sequence", "spearman", "all_pairs")
    assert rho not in values_of(figure)
    assert "proximity" in words(figure)


def test_a_baseline_without_an_entry_is_drawn_with_its_name_made_readable():
    metrics = metrics_of()
    is_gc = metrics["predictor"] == "gc_change"
    new = metrics["predictor"].mask(is_gc, "conservation_score")
    figure = baselines_figure(metrics.assign(predictor=new))
    assert "conservation score" in words(figure) and "GC change" not in words(figure)
    found = value(metrics, "signed", "gc_change", "spearman")
    assert found in values_of(figure)
    assert crowding(figure) == []


def test_groups_without_rows_have_no_head():
    metrics = metrics_of()
    of_model = metrics[
        (metrics["predictor"] == "model") & (metrics["task"] == "signed")
    ]
    figure = baselines_figure(of_model, "t")
    assert not any(head in words(figure) for head in HEADS)
    assert len(values_of(figure)) == 1 and crowding(figure) == []
    without = metrics[metrics["task"] != PUBLISHED]
    assert HEADS[-1] not in words(baselines_figure(without))


def test_missing_numbers_are_said():
    names = ["value", "ci_low", "ci_high", "n_eff"]
    missing = metrics_of().assign(**dict.fromkeys(names, np.nan))
    figure = baselines_figure(missing)
    assert values_of(figure) == []
    assert "not defined" in words(figure) and "of trials" not in words(figure)
    assert crowding(figure) == []


def test_without_rows_it_says_so_with_the_stamp_of_the_conclusion():
    nothing = pd.DataFrame(columns=METRICS.names)
    conclusion = conclusion_of(stratum=LEADS).assign(model=STANDIN)
    figure = baselines_figure(nothing, "t", conclusion)
    assert "no pairs" in words(figure) and STANDIN_MARK in words(figure)


def test_what_is_not_reportable_says_why():
    conclusion = conclusion_of("failing gates: effect_signs", LEADS)
    figure = baselines_figure(metrics_of(), "t", conclusion)
    assert "NOT REPORTABLE: failing gates: effect signs" in words(figure)
    assert crowding(figure) == []
    reportable = baselines_figure(metrics_of(), "t", conclusion_of(stratum=LEADS))
    assert "REPORTABLE" not in words(reportable)


def test_a_control_that_does_not_pass_says_so():
    rows = [
        ("positive_control", "pass"),
        ("positive_control", "fail"),
        ("sham", "fail"),
        ("sequence", "not_judged"),
        ("mismatched_variant", "pass"),
    ]
    frame = pd.DataFrame(rows, columns=["control", "state"]).assign(stratum=LEADS)
    other = pd.DataFrame([("mismatched_variant", "fail")], columns=frame.columns[:2])
    frame = pd.concat([frame, other.assign(stratum="all_pairs")])
    figure = baselines_figure(metrics_of(), "t", controls=frame)
    text = words(figure).replace("\n", " ")
    assert text.count("FAILS: ") == 2 and text.count("not judged: ") == 1
    assert "FAILS: positive control, all effects" in text
    assert "FAILS: trials that detect one where none is planted" in text
    assert "not judged: score against motif change" in text
    assert crowding(figure) == []


def test_metrics_of_several_benchmarks_are_refused():
    metrics = metrics_of()
    both = pd.concat([metrics, metrics.assign(protocol="published")])
    with pytest.raises(ValueError, match="d/corrected, d/published; expected one"):
        baselines_figure(both)


def test_what_an_assay_measured_is_not_called_a_model():
    shown = words(baselines_figure(metrics_of(model="assay/dsqtl")))
    assert "assay" in shown and "assay / noise ceiling" in shown
    assert "model" not in shown.replace("model-free", "")
