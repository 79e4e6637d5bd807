import dataclasses

import numpy as np
import pandas as pd
import pytest
from endobench.benchmark.strata import is_lead
from endobench.core.columns import PAIRS, RUNS
from endobench.core.errors import InputError
from endobench.core.tables import as_table, write_table, write_tsv
from endobench.evaluate.options import AgreementOptions
from endobench.evaluate.runs import HERE, Run, compare
from endobench.evaluate.summary import SUMMARY
from frames import benchmark, blocks_of

OPTIONS = AgreementOptions(null=0.0, n_resamples=100, seed=1)
SIGNED = {"demo": OPTIONS}
BY_LABEL = {"demo": dataclasses.replace(OPTIONS, classes=["label", 1, 0])}
STRATA = {
    "signed": ("lead_per_feature", "all_pairs"),
    "unsigned": ("matched_negatives", "all_pairs"),
}


def write_run(folder, pairs, *, task="signed", benchmarks=("demo/corrected",)):
    """Write the results that a comparison reads; return the path of the summary."""
    rows = []
    for name in benchmarks:
        dataset, protocol = name.split("/")
        metric = "auroc" if task == "unsigned" else "spearman"
        value = pairs["effect"].corr(pairs["raw"], "spearman")
        rows += [
            {
                "dataset": dataset,
                "protocol": protocol,
                "stratum": stratum,
                "task": task,
                "model": pairs["model"].iloc[0],
                "window_bp": 2048,
                "n_pairs": len(pairs),
                "n_variants": len(pairs),
                "finding": "no_agreement",
                "is_reportable": "no",
                "why": "a reason",
                metric: value,
                f"{metric}_ci_low": value - 0.1,
                f"{metric}_ci_high": value + 0.1,
                f"{metric}_p": 0.01,
            }
            for stratum in STRATA[task]
        ]
        write_table(pairs, folder / name / "pairs.parquet", PAIRS)
    path = folder / "summary.tsv"
    write_tsv(pd.DataFrame(rows), path, SUMMARY)
    return path


@pytest.fixture
def pairs():
    return benchmark(rho=0.8)[0].assign(model="model/here")


def worse(pairs, seed=3):
    """Return pairs with worse scores."""
    noise = np.random.default_rng(seed).normal(size=len(pairs))
    return pairs.assign(raw=pairs["raw"] + 4 * noise, model="model/other")


def compared(folder, here, *others, datasets=SIGNED, **options):
    ours = Run.of_summary(HERE, write_run(folder / HERE, here, **options))
    theirs = [
        Run.of_summary(f"run_{i}", write_run(folder / str(i), each, **options))
        for i, each in enumerate(others)
    ]
    found = compare(ours, theirs, blocks_of(), datasets)
    as_table(found, RUNS)
    return found.set_index(["run", "stratum"])


def test_a_single_run_has_no_differences(tmp_path, pairs):
    found = compared(tmp_path, pairs)
    assert found.index.get_level_values("run").unique().tolist() == [HERE]
    row = found.loc[(HERE, "all_pairs")]
    value = pairs["effect"].corr(pairs["raw"], "spearman")
    assert row[["metric", "finding", "why"]].tolist() == [
        "spearman",
        "no_agreement",
        "a reason",
    ]
    assert row["value"] == pytest.approx(value)
    assert row[["ci_low", "ci_high"]].tolist() == pytest.approx(
        [value - 0.1, value + 0.1]
    )
    assert found[["difference", "n_shared", "n_other_effects"]].isna().all(axis=None)


def test_another_run_is_compared_on_shared_pairs(tmp_path, pairs):
    here, there = pairs.iloc[:100], worse(pairs).iloc[30:]
    found = compared(tmp_path, here, there)
    row = found.loc[("run_0", "all_pairs")]
    both = here.merge(there, on=["source_id", "feature_id"], suffixes=("", "_there"))
    change = both["effect"].corr(both["raw_there"], "spearman")
    change -= both["effect"].corr(both["raw"], "spearman")
    assert row["difference"] == pytest.approx(change)
    assert row["difference_low"] < row["difference"] < row["difference_high"] < 0
    assert row["n_shared"] == len(both) == 70
    leads = found.loc[("run_0", "lead_per_feature")]
    assert leads["n_shared"] == is_lead(both).sum()
    assert (found.loc["run_0", "n_other_effects"] == 0).all()


def test_exchanged_runs_have_the_opposite_difference(tmp_path, pairs):
    one = compared(tmp_path / "a", pairs, worse(pairs)).loc["run_0"]
    other = compared(tmp_path / "b", worse(pairs), pairs).loc["run_0"]
    np.testing.assert_allclose(one["difference"], -other["difference"])
    np.testing.assert_allclose(one["difference_low"], -other["difference_high"])


def test_a_run_does_not_differ_from_itself(tmp_path, pairs):
    found = compared(tmp_path, pairs, pairs).loc["run_0"]
    assert (found["difference"] == 0).all()
    assert (found["n_shared"] == [40, len(pairs)]).all()


def test_other_effects_of_shared_pairs_are_counted(tmp_path, pairs):
    effect = pairs["effect"].to_numpy().copy()
    is_changed = is_lead(pairs) & (np.arange(len(pairs)) < 30)
    effect[is_changed] *= -1
    # The same effects with fewer digits.
    effect[~is_changed] *= 1 + 1e-9
    found = compared(tmp_path, pairs, worse(pairs).assign(effect=effect)).loc["run_0"]
    assert found["n_other_effects"].tolist() == [10, 10]
    assert is_changed.sum() == 10


def test_the_order_of_rows_changes_nothing(tmp_path, pairs):
    there = worse(pairs)
    one = compared(tmp_path / "a", pairs, there)
    other = compared(tmp_path / "b", pairs, there.iloc[::-1])
    pd.testing.assert_frame_equal(one, other)


def test_the_unsigned_task_is_compared_over_all_pairs(tmp_path, pairs):
    is_positive = np.arange(len(pairs)) % 3 == 0
    here = pairs.assign(
        label=is_positive.astype(float),
        raw=pairs["raw"].abs() + is_positive,
        unit="label",
    )
    found = compared(tmp_path, here, worse(here), task="unsigned", datasets=BY_LABEL)
    rows = found.loc["run_0"]
    assert rows["metric"].unique().tolist() == ["auroc"]
    assert rows.loc["all_pairs", "difference"] < 0
    assert rows.loc["all_pairs", "n_shared"] == len(pairs)
    assert np.isnan(rows.loc["matched_negatives", "difference"])


def run_of(folder, name, *arguments, **options):
    return Run.of_summary(name, write_run(folder / name, *arguments, **options))


def test_benchmarks_that_do_not_match_are_not_compared(tmp_path, pairs, caplog):
    here = run_of(tmp_path, HERE, pairs)
    others = [
        run_of(tmp_path, "dataset", pairs, benchmarks=["mine/corrected"]),
        run_of(tmp_path, "protocol", pairs, benchmarks=["demo/published"]),
        run_of(tmp_path, "task", pairs, task="unsigned"),
        run_of(tmp_path, "variants", pairs.assign(source_id="chr9_1_A_G_b38")[:1]),
        run_of(tmp_path, "deleted", pairs),
    ]
    (tmp_path / "deleted/demo/corrected/pairs.parquet").unlink()
    found = compare(here, others, None, SIGNED)
    assert found["run"].nunique() == 6 and found["model"].notna().all()
    assert found[["difference", "n_shared"]].isna().all(axis=None)
    assert "task: demo/corrected: not compared, its task differs" in caplog.text
    assert "deleted: demo/corrected: not compared, it has no pairs" in caplog.text


@pytest.mark.parametrize(
    ("text", "why"), [("run\tmodel\na\tb\n", "missing columns"), ("", "not a complete")]
)
def test_a_table_of_another_version_is_a_one_line_error(tmp_path, text, why):
    path = tmp_path / "summary.tsv"
    path.write_text(text)
    with pytest.raises(InputError, match=why) as caught:
        Run.of_summary("first", path)
    message = str(caught.value)
    assert str(path) in message and "compare.first" in message
    assert "\n" not in message


def test_damaged_pairs_of_another_run_are_a_one_line_error(tmp_path, pairs):
    here, other = (run_of(tmp_path, name, pairs) for name in (HERE, "first"))
    path = tmp_path / "first/demo/corrected/pairs.parquet"
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(InputError, match=r"compare\.first") as caught:
        compare(here, [other], None, SIGNED)
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)


def as_earlier_version(path):
    """Write a summary in the words of the version before, with fewer columns."""
    summary = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)
    summary["finding"] = summary["finding"].replace({"no_agreement": "null"})
    summary["is_reportable"] = ["True", "False"]
    summary.drop(columns="n_source_pairs").to_csv(path, sep="\t", index=False)


def test_a_run_of_an_earlier_version_is_understood(tmp_path, pairs):
    path = write_run(tmp_path / "old", pairs)
    as_earlier_version(path)
    found = Run.of_summary("old", path).summary
    assert set(found["finding"]) == {"no_agreement"}
    assert found["is_reportable"].tolist() == ["with exceptions", "no"]
    assert "exception: drawn by an earlier version" in found["why"].iloc[0]
    assert found["why"].iloc[1] == "a reason"
    here = Run.of_summary(HERE, write_run(tmp_path / HERE, pairs))
    compared = compare(here, [Run.of_summary("old", path)], blocks_of(), SIGNED)
    assert compared["is_reportable"].tolist() == ["no", "no", "with exceptions", "no"]


def test_a_word_that_no_version_wrote_is_an_error(tmp_path, pairs):
    path = write_run(tmp_path / "old", pairs)
    path.write_text(path.read_text().replace("\tno_agreement\t", "\tperhaps\t"))
    with pytest.raises(
        InputError, match="finding 'perhaps' is not one of.*compare.old"
    ):
        Run.of_summary("old", path)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda rows: rows.iloc[:0], "has no row, expected one for each benchmark"),
        (
            lambda rows: rows.replace({"task": {"signed": "signe"}}),
            "task 'signe' is not",
        ),
        (lambda rows: rows.iloc[[0, 1, 1]], "demo/corrected/all_pairs appears twice"),
    ],
)
def test_rows_that_no_run_writes_are_a_one_line_error(tmp_path, pairs, change, words):
    path = write_run(tmp_path / "old", pairs)
    rows = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)
    change(rows).to_csv(path, sep="\t", index=False)
    with pytest.raises(InputError, match=f"{path}: .*{words}.*compare.old"):
        Run.of_summary("old", path)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda pairs: pairs.iloc[[0, *range(len(pairs))]], "and g0 appear twice"),
        (lambda pairs: pairs.assign(raw=np.nan), "has no finite score"),
    ],
)
def test_pairs_that_no_run_writes_are_a_one_line_error(tmp_path, pairs, change, words):
    here, other = (run_of(tmp_path, name, pairs) for name in (HERE, "first"))
    path = tmp_path / "first/demo/corrected/pairs.parquet"
    write_table(change(pairs), path, PAIRS)
    with pytest.raises(InputError, match=f"{path}: .*{words}.*compare.first"):
        compare(here, [other], blocks_of(), SIGNED)


def test_a_run_of_other_variants_is_told(tmp_path, pairs, caplog):
    others = pairs.assign(source_id=pairs["source_id"] + "_x")
    found = compared(tmp_path, pairs, others)
    assert found.loc["run_0", "difference"].isna().all()
    words = "run_0: demo/corrected: not compared, it shares no pair with this run"
    assert caplog.text.count(words) == 1
