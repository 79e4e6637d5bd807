import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from endobench.core.columns import CONCLUSIONS, METRICS
from endobench.core.tables import as_table, read_tsv, write_tsv
from endobench.evaluate.summary import SUMMARY, summarise
from frames import rows_of

STRATA = ("lead_per_feature", "all_pairs")
SIGNED = ("spearman", "pearson", "sign_agreement", "sign_auroc")


def metrics_of(dataset, protocol, shift=0.0, **names):
    """Return metrics of one benchmark, with distinct numbers."""
    rows = []
    for stratum in STRATA:
        for metric in SIGNED:
            rows.append({"task": "signed", "metric": metric, "stratum": stratum})
            rows.append(rows[-1] | {"predictor": "maf"})
        for place, metric in enumerate(("moved_windows", "from_atlas")):
            row = {"task": "count", "metric": metric, "stratum": stratum}
            rows.append(row | {"value": 3.0 + place})
    numbers = ["ci_low", "ci_high", "analytic_low", "analytic_high", "p", "n_eff"]
    frame = pd.DataFrame(rows)
    for step, name in enumerate(["value", *numbers]):
        missing = frame[name] if name in frame else pd.Series(np.nan, frame.index)
        is_signed = frame["task"] == "signed"
        frame[name] = missing.mask(is_signed, shift + step + frame.index / 100)
    frame["n_blocks"] = np.where(frame["task"] == "signed", 7.0, np.nan)
    frame = frame.assign(design_effect=1.5, n=90, n_variants=80, is_primary=False)
    frame = frame.fillna({"predictor": "model"})
    frame = frame.assign(dataset=dataset, protocol=protocol, model="m", window_bp=2048)
    frame = frame.assign(**{"track_set": "t", "scorer": "s"} | names)
    return frame.reindex(columns=METRICS.names)


def waterfall_of(*benchmarks):
    rows = [
        (dataset, protocol, stage, n_pairs)
        for place, (dataset, protocol) in enumerate(benchmarks)
        for stage, n_pairs in (("input", 100 + place), ("kept", 90))
    ]
    return pd.DataFrame(rows, columns=["dataset", "protocol", "stage", "n_pairs"])


def conclusions_of(*benchmarks):
    rows = [(*each, stratum) for each in benchmarks for stratum in STRATA]
    frame = pd.DataFrame(rows, columns=["dataset", "protocol", "stratum"])
    frame = frame.assign(finding="no_agreement", is_reportable="no", why="no control")
    frame = frame.assign(task="signed")
    return frame.reindex(columns=CONCLUSIONS.names)


BENCHMARKS = [("b", "published"), ("a", "corrected"), ("a", "corrected.s2.t")]


def summary():
    metrics = [metrics_of(*each, shift=10 * i) for i, each in enumerate(BENCHMARKS)]
    conclusions = conclusions_of(*BENCHMARKS)
    return summarise(pd.concat(metrics), waterfall_of(*BENCHMARKS), conclusions)


def test_each_conclusion_has_a_row_in_order():
    found = summary()
    assert list(found) == SUMMARY.names
    expected = [(*each, stratum) for each in BENCHMARKS for stratum in STRATA]
    assert rows_of(found, "dataset", "protocol", "stratum") == expected
    assert found["n_source_pairs"].tolist() == [100, 100, 101, 101, 102, 102]
    assert as_table(found, SUMMARY).num_rows == 6


def test_numbers_are_those_of_the_model_and_the_signed_task():
    found = summary().iloc[0]
    metrics = metrics_of(*BENCHMARKS[0])
    metrics = metrics[(metrics["stratum"] == STRATA[0]) & (metrics["task"] == "signed")]
    metrics = metrics[metrics["predictor"] == "model"].set_index("metric")
    for name in SIGNED:
        assert found[name] == metrics.loc[name, "value"]
        for column in ("ci_low", "ci_high", "p"):
            assert found[f"{name}_{column}"] == metrics.loc[name, column]
    for name in ("analytic_low", "analytic_high", "design_effect", "n_eff"):
        assert found[name] == metrics.loc["spearman", name]
    assert (found["n_pairs"], found["n_variants"], found["n_blocks"]) == (90, 80, 7)
    assert (found["n_moved_windows"], found["n_from_atlas"]) == (3, 4)


def test_another_task_has_its_own_metrics_only():
    one = ("a", "corrected")
    metrics = metrics_of(*one)
    is_signed = metrics["task"] == "signed"
    names = {"spearman": "auroc", "pearson": "auprc"}
    metrics.loc[is_signed, "metric"] = metrics.loc[is_signed, "metric"].replace(names)
    metrics.loc[is_signed, "task"] = "unsigned"
    share = metrics[metrics["metric"] == "from_atlas"]
    share = share.assign(metric="prevalence", value=0.1)
    metrics = pd.concat([metrics[~metrics["metric"].isin(SIGNED)], share])
    conclusions = conclusions_of(one).assign(task="unsigned")
    found = summarise(metrics, waterfall_of(one), conclusions).iloc[0]
    assert found["task"] == "unsigned" and found["prevalence"] == 0.1
    expected = metrics[
        (metrics["metric"] == "auroc") & (metrics["stratum"] == STRATA[0])
    ]
    expected = expected[expected["predictor"] == "model"].squeeze()
    assert found["auroc"] == expected["value"] and found["auprc"] > found["auroc"]
    assert (found["n_eff"], found["n_pairs"]) == (expected["n_eff"], 90)
    assert found[list(SIGNED)].isna().all()
    assert summary()[["auroc", "auprc", "prevalence"]].isna().all(axis=None)


def test_the_conclusion_is_kept():
    found = summary()
    assert set(found["finding"]) == {"no_agreement"} and set(found["why"]) == {
        "no control"
    }
    assert set(found["is_reportable"]) == {"no"}


def test_scorers_and_track_sets_have_rows_of_their_own():
    kinds = [("s", "t"), ("s", "t2"), ("s2", "t")]
    names = [("a", "corrected"), ("a", "corrected.s.t2"), ("a", "corrected.s2.t")]
    metrics = [
        metrics_of(*each, scorer=scorer, track_set=track_set)
        for each, (scorer, track_set) in zip(names, kinds, strict=True)
    ]
    found = summarise(pd.concat(metrics), waterfall_of(*names), conclusions_of(*names))
    found = found[found["stratum"] == STRATA[0]]
    assert rows_of(found, "scorer", "track_set") == kinds


def test_counts_are_written_as_integers(tmp_path):
    path = tmp_path / "metrics.tsv"
    write_tsv(metrics_of("a", "corrected"), path, METRICS)
    metrics = read_tsv(path, METRICS)
    one = ("a", "corrected")
    found = summarise(metrics, waterfall_of(one), conclusions_of(one))
    counts = [field.name for field in SUMMARY if pa.types.is_integer(field.type)]
    assert (found[counts].dtypes == "Int64").all()
    path = tmp_path / "summary.tsv"
    write_tsv(found, path, SUMMARY)
    text = pd.read_csv(path, sep="\t", dtype=str)[counts]
    assert text.map(str.isdigit).all(axis=None)


def test_a_benchmark_without_numbers_has_its_row():
    one = ("a", "corrected")
    metrics = metrics_of(*one)
    numbers = ["value", "ci_low", "ci_high", "p", "n_eff", "n_blocks"]
    is_signed = metrics["task"] == "signed"
    metrics.loc[is_signed, numbers] = np.nan
    found = summarise(metrics, waterfall_of(one), conclusions_of(one))
    assert len(found) == 2
    assert found[["spearman", "sign_auroc_p", "n_blocks"]].isna().all(axis=None)


def test_without_benchmarks_the_summary_is_empty():
    empty = pd.DataFrame(columns=METRICS.names)
    found = summarise(empty, waterfall_of(), conclusions_of())
    assert found.empty and list(found) == SUMMARY.names


def test_a_benchmark_without_a_conclusion_has_no_row():
    metrics = pd.concat([metrics_of(*each) for each in BENCHMARKS])
    found = summarise(metrics, waterfall_of(*BENCHMARKS), conclusions_of(BENCHMARKS[1]))
    assert set(found["dataset"]) == {"a"} and len(found) == 2


def test_a_conclusion_without_metrics_is_an_error():
    with pytest.raises(KeyError):
        summarise(
            metrics_of("a", "corrected"), waterfall_of(), conclusions_of(("c", "d"))
        )
