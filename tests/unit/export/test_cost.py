import logging

import numpy as np
import pandas as pd
import pytest
from endobench.core.columns import COST
from endobench.core.tables import as_table, read_tsv, write_tsv
from endobench.export.cost import cost, read_benchmarks

HEADER = (
    "s\th:m:s\tmax_rss\tmax_vms\tmax_uss\tmax_pss\tio_in\tio_out\tmean_load\tcpu_time"
)
MODEL = "standin/default/cd34"


def write(folder, name, s, rss=100.0, cpu=1.0):
    path = folder / f"{name}.tsv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{HEADER}\n{s}\t0:00:01\t{rss}\t1\t1\t1\t0\t0\t50\t{cpu}\n")
    return path


@pytest.fixture
def folder(tmp_path):
    write(tmp_path, "predict/16384bp.chr1", 20, 300, 5)
    write(tmp_path, "predict/16384bp.chr2", 30, 200, 6)
    write(tmp_path, "predict/study-mean-2048bp.chr1", 7, 400, 2)
    write(tmp_path, "measure/demo.corrected", 3)
    write(tmp_path, "summarise", 1)
    return tmp_path


def budget_of(**changes):
    rows = [
        ("16384bp", "chr1", "atlas", 10, 4, 6, 6),
        ("16384bp", "chr1", "model", 5, 0, 5, 6),
        ("16384bp", "chr2", "model", 7, 7, 0, 0),
        ("study-mean-2048bp", "chr1", "model", 3, 0, 3, 6),
    ]
    names = ["scoring", "chrom", "route", "n_variants", "n_remembered", "n_to_ask"]
    return pd.DataFrame(rows, columns=[*names, "n_calls"]).assign(
        **{"model": MODEL, **changes}
    )


def costs(jobs, failures=(), answers=(), budget=None):
    found = cost(
        jobs,
        budget_of() if budget is None else budget,
        pd.DataFrame(failures, columns=["scoring", "variant_id", "attempts"]),
        pd.DataFrame(answers, columns=["scoring", "variant_id", "route"]),
    )
    as_table(found, COST)
    return found.set_index(["kind", "name"])


def test_each_rule_has_the_total_and_the_longest_time_of_its_jobs(folder):
    found = costs(read_benchmarks(folder))
    row = found.loc[("rule", "predict")]
    assert row[["n_jobs", "total_s", "longest_s", "cpu_s"]].tolist() == [3, 57, 30, 13]
    assert row["peak_rss_mb"] == 400
    assert found.loc["rule"].index.tolist() == ["predict", "measure", "summarise"]
    assert found.loc["rule", "n_calls"].isna().all()


def test_each_scoring_has_its_requests_and_the_time_of_its_predictions(folder):
    found = costs(
        read_benchmarks(folder),
        # Two scorers failed for one variant; another was never requested.
        [("16384bp", "v1", 3), ("16384bp", "v1", 3), ("16384bp", "v2", 0)],
        [("16384bp", each, "atlas") for each in ("v3", "v3", "v4")]
        + [("16384bp", "v5", "model")],
    )
    names = ["n_variants", "n_remembered", "n_asked", "n_calls"]
    assert found.loc["scoring", names].to_numpy().tolist() == [
        [22, 11, 11, 12],
        [3, 0, 3, 6],
    ]
    row = found.loc[("scoring", "16384bp")]
    assert row[["n_failed", "n_from_atlas", "n_jobs"]].tolist() == [1, 2, 2]
    assert (row["total_s"], row["longest_s"], row["peak_rss_mb"]) == (50, 30, 300)
    assert found.loc[("scoring", "study-mean-2048bp"), "n_failed"] == 0


def test_all_rows_name_the_model(folder):
    assert costs(read_benchmarks(folder))["model"].unique().tolist() == [MODEL]


@pytest.mark.parametrize(
    "text", ["", "s\tmax_rss\n", "\0\0\0", f"{HEADER}\n", f"{HEADER}\nfast\tx\n"]
)
def test_a_damaged_benchmark_is_left_out_with_a_warning(folder, text, caplog):
    whole = read_benchmarks(folder)
    path = folder / "measure/demo.published.tsv"
    path.write_text(text)
    caplog.set_level(logging.WARNING)
    pd.testing.assert_frame_equal(read_benchmarks(folder), whole)
    assert f"{path}: damaged, left out" in caplog.text


def test_values_of_too_short_jobs_are_missing(folder):
    write(folder, "fetch/peaks", 0.1, "NA", "-")
    row = costs(read_benchmarks(folder)).loc[("rule", "fetch")]
    assert row["total_s"] == 0.1
    assert np.isnan([row["cpu_s"], row["peak_rss_mb"]]).all()


def test_without_benchmarks_the_requests_are_still_listed(tmp_path, caplog):
    found = costs(read_benchmarks(tmp_path / "nothing"))
    assert "no benchmark files of any job" in caplog.text
    assert "16384bp: no benchmark files of its predictions" in caplog.text
    assert found.index.tolist() == [
        ("scoring", "16384bp"),
        ("scoring", "study-mean-2048bp"),
    ]
    assert found["total_s"].isna().all() and (found["n_jobs"] == 0).all()


def test_a_table_of_scores_has_no_requests(folder, tmp_path):
    found = costs(read_benchmarks(folder), budget=budget_of().iloc[:0])
    assert set(found.index.get_level_values("kind")) == {"rule"}
    path = tmp_path / "cost.tsv"
    write_tsv(found.reset_index(), path, COST)
    assert len(read_tsv(path, COST)) == 3


def test_the_order_of_files_and_rows_changes_nothing(folder):
    jobs = read_benchmarks(folder)
    pd.testing.assert_frame_equal(costs(jobs.iloc[::-1]), costs(jobs))
