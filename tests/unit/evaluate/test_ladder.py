import functools
import itertools

import numpy as np
import pandas as pd
import pytest
from endobench.benchmark.strata import is_lead
from endobench.core.columns import CONCLUSIONS, EXPLANATION_TESTS, LADDER
from endobench.core.tables import as_table
from endobench.design.explanations import DATA_HANDLING, STEPS
from endobench.evaluate.ladder import METRICS, climb, steps
from endobench.evaluate.options import AgreementOptions
from frames import benchmark, blocks_of

BETWEEN = ["ladder.column", "ladder.build", "ladder.tracks", "ladder.mask"]
NAMES = [
    "published",
    "column",
    "build",
    "tracks",
    "mask",
    "checks",
    "flanks",
    "unique",
    "lead",
    "indels",
]
NUMBERS = ["value", "ci_low", "ci_high"]


def protocols():
    """Return the pairs of a ladder in which every step changes something."""
    corrected, _ = benchmark()
    noise = np.random.default_rng(4).normal(size=len(corrected))
    again = corrected.iloc[1::6].assign(feature_id="shared")
    # Equally far from the null with the other sign, so that only ids decide.
    again["effect"] *= -1
    corrected = pd.concat([corrected, again], ignore_index=True)
    noise = np.concatenate([noise, noise[1::6]])
    mask = corrected.assign(raw=corrected["raw"] + noise / 2, scorer="study-s")
    tracks = mask.assign(raw=corrected["raw"] + noise, scorer="study-mean")
    build = tracks.assign(raw=corrected["raw"] + 2 * noise)
    column = build.iloc[::2].reset_index(drop=True)
    published = column.assign(effect=column["p_value"], unit="p_value")
    # The corrected protocol has no pairs with a REF mismatch.
    is_wrong = corrected["source_id"].isin(corrected["source_id"][:2])
    corrected = corrected[~is_wrong].reset_index(drop=True)
    between = dict(zip(BETWEEN, (column, build, tracks, mask), strict=True))
    return {"published": published, **between, "corrected": corrected}


def of_few_steps():
    """Return the pairs of a ladder of four steps."""
    pairs = protocols()
    names = ("published", "ladder.column")
    few = {name: pairs[name] for name in names}
    return dict.fromkeys(pairs, benchmark()[0]) | few


def conclusions_of(published="no", corrected="yes"):
    """Return conclusions of both protocols; those without a step say the opposite."""
    rows = [
        ("published", "all_pairs", published),
        ("published", "lead_per_feature", "another"),
        ("corrected", "all_pairs", "another"),
        ("corrected", "lead_per_feature", corrected),
    ]
    frame = pd.DataFrame(rows, columns=["protocol", "stratum", "is_reportable"])
    return frame.reindex(columns=CONCLUSIONS.names)


def climbed_with_sums(pairs, conclusions=None, **options):
    conclusions = conclusions_of() if conclusions is None else conclusions
    options = AgreementOptions(null=0.0, n_resamples=60, seed=1, **options)
    found, sums = climb(pairs, blocks_of(), conclusions, options, dataset="d")
    assert as_table(sums, EXPLANATION_TESTS).num_rows == len(sums)
    assert as_table(found, LADDER).num_rows == len(found)
    return found, sums


def climbed(pairs, conclusions=None, **options):
    return climbed_with_sums(pairs, conclusions, **options)[0]


@functools.cache
def ladder_with_sums():
    return climbed_with_sums(protocols())


def ladder():
    return ladder_with_sums()[0]


def spearman(frame):
    return frame[frame["metric"] == "spearman"].set_index("name")


def test_every_step_has_every_metric_in_order():
    found = ladder()
    assert found["name"].tolist() == [name for name in NAMES for _ in METRICS]
    assert found["metric"].tolist() == [*METRICS] * len(NAMES)
    assert found["step"].tolist() == [place for place in range(10) for _ in METRICS]
    assert found["n"].notna().all() and set(found["model"]) == {"m"}


def test_each_step_differs_from_the_one_before():
    found = ladder()
    for metric in METRICS:
        rows = found[found["metric"] == metric]
        np.testing.assert_allclose(rows["difference"], rows["value"].diff())
    first = found[found["step"] == 0]
    columns = [each for each in LADDER.names if each.startswith(("diff", "shared"))]
    assert first[[*columns, "n_shared"]].isna().all(axis=None)
    later = spearman(found).iloc[1:]
    assert later[columns].notna().all(axis=None)
    is_outside = (later["difference_low"] > 0) | (later["difference_high"] < 0)
    assert (is_outside == (later["difference_p"] < 0.05)).all()


def test_steps_of_data_handling_and_all_others_add_up_to_the_whole_ladder():
    found, sums = ladder_with_sums()
    rows = spearman(found)
    steps_of = {name: kind for name, kind in STEPS.items() if name in rows.index}
    differences = rows["difference"].groupby(steps_of).sum()
    handling = differences[DATA_HANDLING]
    rest = differences.drop(DATA_HANDLING).sum()
    sums = sums.set_index("test")
    assert sums.loc["handling", "value"] == pytest.approx(handling)
    against = sums.loc["handling_against_rest"]
    assert against["value"] == pytest.approx(handling - rest)
    whole = rows["value"].iloc[-1] - rows["value"].iloc[0]
    assert handling + rest == pytest.approx(whole)
    assert (sums["ci_low"] < sums["value"]).all()
    assert (sums["value"] < sums["ci_high"]).all()


SHARED = ["shared_difference", "shared_low", "shared_high"]
WHOLE = ["difference", "difference_low", "difference_high"]


def test_the_shared_difference_is_that_of_the_pairs_of_both_steps():
    found, climbed_steps = ladder(), steps(protocols())
    for before, step in itertools.pairwise(climbed_steps):
        rows = found[found["name"] == step.name].set_index("metric")
        keys = ["source_id", "feature_id"]
        both = before.pairs.merge(step.pairs, on=keys, suffixes=("_a", "_b"))
        was, now = (
            both[f"effect_{side}"].corr(both[f"raw_{side}"], method="spearman")
            for side in "ab"
        )
        row = rows.loc["spearman"]
        assert row["n_shared"] == len(both)
        assert row["shared_difference"] == pytest.approx(now - was)
        if len(both) == len(before.pairs) == len(step.pairs):
            np.testing.assert_array_equal(rows[SHARED], rows[WHOLE])
    # Selecting pairs does not change their scores.
    chosen = found[found["name"].isin(["checks", "unique", "lead"])]
    assert (chosen[SHARED] == 0).all(axis=None)
    assert (chosen["difference"] != 0).all()


@pytest.mark.parametrize("name", ["tracks", "build", "mask", "checks", "indels"])
def test_a_step_that_changes_nothing_is_left_out(name):
    pairs = protocols()
    match name:
        case "tracks":
            pairs["ladder.tracks"] = pairs["ladder.build"].iloc[::-1]
        case "build":
            pairs["ladder.column"] = pairs["ladder.build"]
        case "mask":
            pairs["ladder.mask"] = pairs["ladder.tracks"]
        case "checks":
            kept = set(pairs["corrected"]["source_id"])
            pairs = {
                key: each[each["source_id"].isin(kept)] for key, each in pairs.items()
            }
        case "indels":
            pairs = {
                key: each[~each["source_id"].str.contains("_AC_")]
                for key, each in pairs.items()
            }
    found = [step.name for step in steps(pairs)]
    assert found == [each for each in NAMES if each != name]


@pytest.mark.parametrize(
    "conclusions", [("no", "yes"), ("with exceptions", "no"), ("yes", "yes")]
)
def test_only_the_first_and_the_last_step_have_a_conclusion(conclusions):
    found = climbed(of_few_steps(), conclusions_of(*conclusions))
    is_reportable = found.groupby("step")["is_reportable"].agg(list)
    assert is_reportable[0] == [conclusions[0]] * len(METRICS)
    assert is_reportable[3] == [conclusions[1]] * len(METRICS)
    assert is_reportable[[1, 2]].explode().isna().all()


def test_without_conclusions_no_step_has_one():
    found = climbed(of_few_steps(), conclusions_of()[:0])
    assert found["is_reportable"].isna().all()


def test_pairs_with_a_ref_mismatch_are_left_out_at_the_checks():
    pairs = protocols()
    at = {step.name: step.pairs for step in steps(pairs)}
    gone = set(at["mask"]["source_id"]) - set(at["checks"]["source_id"])
    assert len(gone) == 2 and not gone & set(pairs["corrected"]["source_id"])
    kept = at["mask"][~at["mask"]["source_id"].isin(gone)]
    pd.testing.assert_frame_equal(at["checks"], kept)


def test_the_last_step_is_the_corrected_protocols_leads():
    pairs = protocols()
    last = steps(pairs)[-1].pairs
    corrected = pairs["corrected"]
    pd.testing.assert_frame_equal(last, corrected[is_lead(corrected)])
    expected = last["effect"].corr(last["raw"], method="spearman")
    assert spearman(ladder())["value"].iloc[-1] == pytest.approx(expected)


def test_pairs_variants_and_shared_pairs_are_counted():
    pairs, found = protocols(), spearman(ladder())
    n = {step.name: len(step.pairs) for step in steps(pairs)}
    assert found["n"].to_dict() == n
    shared = found["n_shared"]
    assert shared["column"] == n["published"] == n["column"]
    assert shared["build"] == n["column"] < n["build"]
    # The second variant is in two pairs.
    assert shared["checks"] == n["checks"] == n["mask"] - 3
    assert shared["flanks"] == n["flanks"] == n["checks"]
    assert n["unique"] == found["n_variants"]["unique"] == 118
    assert n["lead"] == n["indels"] == 41
    assert shared["unique"] == n["unique"] and shared["lead"] <= n["lead"]


def test_the_flanks_of_substitutions_come_before_those_of_indels():
    pairs = protocols()
    at = {step.name: step.pairs.set_index("source_id")["raw"] for step in steps(pairs)}
    is_indel = at["flanks"].index.str.contains("_AC_")
    ours = pairs["corrected"].set_index("source_id")["raw"]
    theirs = pairs["ladder.mask"].set_index("source_id")["raw"]
    for source, mask in ((ours, ~is_indel), (theirs, is_indel)):
        found = at["flanks"][mask]
        assert found.to_dict() == source[found.index].to_dict()


def test_the_order_of_pairs_does_not_matter():
    rng = np.random.default_rng(6)
    shuffled = {
        name: frame.iloc[rng.permutation(len(frame))]
        for name, frame in protocols().items()
    }
    pd.testing.assert_frame_equal(climbed(shuffled), ladder())


def test_equal_protocols_differ_only_where_pairs_are_selected():
    found = climbed(dict.fromkeys(protocols(), benchmark()[0]))
    assert found["name"].unique().tolist() == ["published", "lead"]
    assert found["step"].unique().tolist() == [0, 1]
    lead = found[found["name"] == "lead"]
    assert lead["difference"].notna().all() and (lead[SHARED] == 0).all(axis=None)
    alone = climbed(dict.fromkeys(protocols(), benchmark(per_feature=1)[0]))
    assert alone["name"].unique().tolist() == ["published"]


def test_a_table_of_scores_has_fewer_steps_and_the_same_end():
    scores = protocols()["ladder.build"].set_index("source_id")["raw"]
    scores = scores[~scores.index.duplicated()]
    pairs = {
        name: frame.assign(scorer="table", raw=frame["source_id"].map(scores))
        for name, frame in protocols().items()
        if name not in ("ladder.tracks", "ladder.mask")
    }
    found = steps(pairs)
    names = ["published", "column", "build", "checks", "unique", "lead"]
    assert [step.name for step in found] == names
    corrected = pairs["corrected"]
    columns = ["source_id", "feature_id", "effect", "raw"]
    last, expected = (
        each[columns].sort_values(columns[:2], ignore_index=True)
        for each in (found[-1].pairs, corrected[is_lead(corrected)])
    )
    pd.testing.assert_frame_equal(last, expected)
    assert len(climbed(pairs)) == len(names) * len(METRICS)


@pytest.mark.parametrize("name", ["published", "ladder.mask", "corrected"])
def test_without_pairs_there_is_no_ladder(name):
    pairs = protocols()
    pairs[name] = pairs[name].iloc[:0]
    found, sums = climbed_with_sums(pairs)
    assert found.empty and list(found) == LADDER.names
    # That the ladder was asked for is told, and why there is none.
    assert sums["test"].tolist() == ["handling", "handling_against_rest"]
    assert sums["value"].isna().all()
    assert (sums["evidence"] == f"no ladder, without pairs of protocol {name}").all()


@pytest.mark.parametrize("task", ["magnitude", "unsigned"])
def test_without_signs_there_is_no_ladder(task):
    """Effects of an unknown allele would correlate with nothing, whatever the handling."""
    found, sums = climbed_with_sums(protocols(), conclusions_of().assign(task=task))
    assert found.empty and sums["value"].isna().all()
    assert sums["evidence"].str.contains("need effects and scores with a sign").all()
    signed = climbed(protocols(), conclusions_of().assign(task="signed"))
    pd.testing.assert_frame_equal(signed, ladder())


def test_a_step_with_few_pairs_is_counted_and_has_no_value():
    pairs = protocols()
    pairs["published"] = pairs["published"].iloc[:3]
    found = spearman(climbed(pairs))
    assert found["n"]["published"] == 3 == found["n_shared"]["column"]
    assert found.loc["published", NUMBERS].isna().all()
    assert found.loc["column", [*WHOLE, *SHARED]].isna().all()
    assert found.loc["indels", NUMBERS].notna().all()


def test_with_classes_every_step_holds_positives_only():
    pairs = protocols()
    positives = {name: frame[frame["p_value"] <= 0.3] for name, frame in pairs.items()}
    found = climbed(pairs, classes=["p_value", 0.3, 0.5])
    assert found["n"].max() < len(pairs["ladder.build"])
    pd.testing.assert_frame_equal(found, climbed(positives))
