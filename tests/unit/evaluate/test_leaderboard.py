import functools

import numpy as np
import pandas as pd
import pytest
from endobench.benchmark.strata import is_lead
from endobench.core.columns import DIFFERENCES, LEADERBOARD
from endobench.evaluate.conclusion import conclusions_of
from endobench.evaluate.leaderboard import (
    Entry,
    leaderboard,
)
from endobench.evaluate.measure import measure
from endobench.evaluate.options import AgreementOptions
from endobench.sources.cells import Published
from endobench.stats.estimates import adjust_p_values
from frames import benchmark, blocks_of, choices_of

OPTIONS = AgreementOptions(null=0.0, n_resamples=100, seed=1)
GATES = pd.DataFrame(columns=["gate", "verdict", "is_accepted", "value", "evidence"])
GOOD, BAD, SAME = (
    ("demo", "corrected"),
    ("demo", "corrected@bad"),
    ("twin", "corrected"),
)


def entry(place, name, group="g"):
    where = ["genome", "human", "slope"]
    return Entry(group, *place, "corrected", name, "rows", *where)


@functools.cache
def pairs_of():
    """Return pairs with good scores, with worse ones of partly other pairs, and twins."""
    good, annotations = benchmark(120, rho=0.8)
    noise = np.random.default_rng(3).normal(size=len(good))
    bad = good.assign(raw=good["raw"] + 12 * noise, model="bad").iloc[30:]
    twin = good.assign(raw=2 * good["raw"], model="twin").iloc[:300]
    return {GOOD: good, BAD: bad, SAME: twin}, annotations


@functools.cache
def measured():
    """Return the metrics and the conclusions of all benchmarks."""
    pairs, annotations = pairs_of()
    choices = choices_of(strata=("lead_per_feature", "all_pairs"))
    metrics, concluded = [], []
    for place, each in pairs.items():
        names = dict(zip(("dataset", "protocol"), place, strict=True))
        found, _ = measure(each, annotations, blocks_of(), choices, **names)
        metrics.append(found)
        concluded.append(conclusions_of(metrics[-1], GATES))
    return pd.concat(metrics), pd.concat(concluded)


def board(*entries, published=(), pairs=None):
    metrics, conclusions = measured()
    return leaderboard(
        entries,
        metrics,
        conclusions,
        pairs or pairs_of()[0],
        dict(published),
        blocks_of(),
        {"demo": OPTIONS, "twin": OPTIONS},
    )


@functools.cache
def three():
    entries = [entry(GOOD, "good"), entry(BAD, "bad"), entry(SAME, "twin")]
    return board(*entries)


def row_of(rows, name, scope, stratum="all_pairs", metric="spearman"):
    keys = {"name": name, "scope": scope, "stratum": stratum, "metric": metric}
    found = rows[(rows[list(keys)] == pd.Series(keys)).all(axis=1)]
    assert len(found) == 1
    return found.iloc[0]


def test_each_model_has_its_own_pairs_and_those_that_all_have():
    rows, pairs = three().rows, pairs_of()[0]
    shared = set.intersection(
        *(
            set(zip(p["source_id"], p["feature_id"], strict=True))
            for p in pairs.values()
        )
    )
    for place, name in ((GOOD, "good"), (BAD, "bad"), (SAME, "twin")):
        frame = pairs[place]
        own = row_of(rows, name, "own")
        assert own["n"] == len(frame)
        assert own["value"] == pytest.approx(
            frame["effect"].corr(frame["raw"], "spearman")
        )
        keys = zip(frame["source_id"], frame["feature_id"], strict=True)
        frame = frame[[key in shared for key in keys]]
        found = row_of(rows, name, "shared")
        assert found["n"] == len(shared) == 270
        assert found["value"] == pytest.approx(
            frame["effect"].corr(frame["raw"], "spearman")
        )
        lead = row_of(rows, name, "shared", "lead_per_feature")
        assert lead["n"] == is_lead(frame).sum()


def test_every_row_has_interval_number_and_reportability():
    rows = three().rows
    assert list(rows.columns) == LEADERBOARD.names
    needed = ["value", "ci_low", "ci_high", "interval", "n", "is_reportable", "why"]
    assert rows[needed].notna().all(axis=None)
    assert (rows["ci_low"] <= rows["value"]).all()
    assert (rows["value"] <= rows["ci_high"]).all()
    concluded = measured()[1].set_index(["dataset", "protocol", "stratum"])
    own = rows[(rows["scope"] == "own") & (rows["metric"] == "spearman")]
    for row in own.itertuples():
        conclusion = concluded.loc[(row.dataset, row.protocol, row.stratum)]
        assert row.finding == conclusion["finding"]
        assert row.is_reportable == conclusion["is_reportable"]


def test_every_row_says_how_it_was_scored():
    metrics = measured()[0].iloc[0]
    for name in ("scorer", "window_bp", "track_set"):
        assert set(three().rows[name]) == {metrics[name]}


def test_differences_are_paired_and_adjusted_over_all_pairs_of_models():
    found = three()
    assert list(found.differences.columns) == DIFFERENCES.names
    pairs = set(zip(found.differences["a"], found.differences["b"], strict=True))
    assert pairs == {("good", "bad"), ("good", "twin"), ("bad", "twin")}
    expected = adjust_p_values(found.differences["p"])
    np.testing.assert_allclose(found.differences["p_adjusted"], expected)
    row = row_of(found.rows, "bad", "shared")
    reference = row_of(found.rows, "good", "shared")
    assert row["reference"] == "good"
    assert row["difference"] == pytest.approx(row["value"] - reference["value"])
    assert row["difference_low"] < row["difference"] < row["difference_high"] < 0
    assert row["compared"] == "worse"
    assert row["difference_p_adjusted"] >= row["difference_p"]


def test_a_reader_sees_which_differences_are_none():
    rows = three().rows
    good, bad, twin = (row_of(rows, n, "shared") for n in ("good", "bad", "twin"))
    assert good["compared"] == "reference"
    assert (twin["compared"], twin["difference"]) == ("no difference", 0)
    assert (good["not_different_from"], twin["not_different_from"]) == ("twin", "good")
    assert pd.isna(bad["not_different_from"])


def test_the_order_of_models_reverses_differences_and_nothing_else():
    forward = board(entry(GOOD, "good"), entry(BAD, "bad")).rows
    back = board(entry(BAD, "bad"), entry(GOOD, "good")).rows
    a, b = row_of(forward, "bad", "shared"), row_of(back, "good", "shared")
    assert a["difference"] == pytest.approx(-b["difference"])
    assert a["difference_low"] == pytest.approx(-b["difference_high"])
    assert (a["compared"], b["compared"]) == ("worse", "better")
    for name in ("good", "bad"):
        found = [row_of(rows, name, "shared")["value"] for rows in (forward, back)]
        assert found[0] == found[1]


def test_a_model_alone_is_compared_with_none():
    found = board(entry(GOOD, "good"), pairs={})
    assert set(found.rows["scope"]) == {"own"}
    assert found.differences.empty
    assert found.rows["compared"].isna().all()


def test_without_a_corrected_benchmark_nothing_is_ranked():
    metrics, conclusions = (each.iloc[:0] for each in measured())
    found = leaderboard([], metrics, conclusions, {}, {}, None, {})
    assert found.rows.empty and found.differences.empty
    assert list(found.rows.columns) == LEADERBOARD.names


def test_models_of_other_effects_are_not_compared():
    found = board(entry(GOOD, "good", "g"), entry(SAME, "twin", "h"), pairs={})
    assert set(found.rows["scope"]) == {"own"}
    assert set(found.rows["dataset"]) == {"demo", "twin"}


def test_a_table_beside_two_scorers_has_its_own_values_once():
    entries = [entry(GOOD, "good", "g"), entry(BAD, "bad", "g")]
    entries += [entry(SAME, "twin", "h"), entry(BAD, "bad", "h")]
    rows = board(*entries).rows
    of_bad = rows[(rows["name"] == "bad") & (rows["metric"] == "spearman")]
    scopes = of_bad[of_bad["stratum"] == "all_pairs"]["scope"].tolist()
    assert sorted(scopes) == ["own", "shared", "shared"]


def test_two_datasets_with_one_model_name_are_told_apart():
    rows = board(entry(GOOD, "same"), entry(SAME, "same")).rows
    shared = rows[rows["scope"] == "shared"]
    assert set(shared["name"]) == {"same (demo)", "same (twin)"}


def test_published_values_stand_as_they_are():
    values = [
        Published("Borzoi", "pearson", 0.6, 0.5, 0.7, 1025),
        Published("", "auprc", 0.4),
    ]
    rows = board(entry(GOOD, "good"), published={"demo": values}, pairs={}).rows
    found = rows[rows["scope"] == "published"].set_index("name")
    borzoi, other = found.loc["Borzoi"], found.loc["as published"]
    assert tuple(borzoi[["value", "ci_low", "ci_high", "n"]]) == (0.6, 0.5, 0.7, 1025)
    assert (borzoi["task"], borzoi["stratum"]) == ("signed", "all_pairs")
    assert (other["task"], other["value"]) == ("unsigned", 0.4)
    assert other[["ci_low", "n", "is_reportable"]].isna().all()


def test_without_blocks_an_interval_is_of_pairs_and_not_reportable():
    metrics, conclusions = measured()
    is_here = (metrics["dataset"] == "demo") & (metrics["protocol"] == "corrected")
    lost = metrics[is_here].assign(ci_low=np.nan, ci_high=np.nan)
    found = leaderboard(
        [entry(GOOD, "good")], lost, conclusions, {}, {}, None, {"demo": OPTIONS}
    )
    assert set(found.rows["interval"]) == {"independent pairs"}
    assert set(found.rows["is_reportable"]) == {"no"}
    row = row_of(found.rows, "good", "own")
    assert row["ci_low"] < row["value"] < row["ci_high"]


def test_a_model_with_few_pairs_is_named_where_it_decides_on_which_pairs():
    pairs = pairs_of()[0]
    entries = [entry(GOOD, "good"), entry(BAD, "bad"), entry(SAME, "twin")]
    few = pairs | {SAME: pairs[SAME].iloc[40:80]}
    rows = board(*entries, pairs=few).rows
    row = row_of(rows, "good", "shared")
    assert row["n"] == 40
    words = "only 40 of its 360 pairs are among those that all models have; twin has"
    assert f"exception: {words} the fewest, 40" in row["why"]
    assert "only" not in row_of(rows, "twin", "shared")["why"]
    assert "only" not in row_of(three().rows, "good", "shared")["why"]


def test_models_without_common_pairs_are_told(caplog):
    pairs = pairs_of()[0]
    entries = [entry(GOOD, "good"), entry(BAD, "bad")]
    found = board(*entries, pairs=pairs | {BAD: pairs[BAD].iloc[:2]})
    assert set(found.rows["scope"]) == {"own"} and found.differences.empty
    words = "demo/corrected are not compared (signed task): no interval from the 2"
    assert words in caplog.text and "bad has the fewest pairs, 2" in caplog.text


def test_models_whose_common_pairs_have_no_interval_are_told(caplog):
    constant = pairs_of()[0][BAD].assign(raw=1.0)
    both = pairs_of()[0] | {GOOD: constant, BAD: constant}
    found = board(entry(GOOD, "good"), entry(BAD, "bad"), pairs=both)
    assert set(found.rows["scope"]) == {"own"}
    assert "no interval from the 330 pairs" in caplog.text


def test_only_the_row_of_a_conclusion_has_its_reason():
    """That an interval excludes zero need not hold for another metric or other pairs."""
    rows = three().rows
    is_itself = (rows["scope"] == "own") & (rows["metric"] == "spearman")
    is_itself &= rows["task"] == "signed"
    is_of_benchmark = rows["why"].str.contains("its benchmark: ")
    assert (is_of_benchmark == ~is_itself).all()
