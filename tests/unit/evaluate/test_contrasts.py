import dataclasses
import functools

import numpy as np
import pandas as pd
import pytest
from endobench.benchmark.strata import is_lead
from endobench.core.columns import DIFFERENCES
from endobench.core.tables import as_table
from endobench.evaluate.contrasts import contrast, contrasts, with_other_scores
from endobench.evaluate.options import AgreementOptions
from endobench.stats.agreement import Signed
from frames import benchmark, blocks_of, exchanged

OPTIONS = AgreementOptions(null=0.0, n_resamples=100, seed=1)
NOTHING = pd.DataFrame(columns=DIFFERENCES.names)


@functools.cache
def two():
    """Return a benchmark with worse scores and partly other pairs, and the benchmark."""
    b, _ = benchmark(rho=0.8)
    noise = np.random.default_rng(3).normal(size=len(b))
    a = b.assign(raw=b["raw"] + 4 * noise, model="a")
    return a.iloc[30:], b.iloc[:100]


def contrasted(a, b):
    found = pd.DataFrame(contrast(a, b, blocks_of(), OPTIONS))
    return found.set_index(["stratum", "metric"])


def test_only_shared_pairs_are_compared():
    a, b = two()
    found = contrasted(a, b)
    here = a.merge(b[["source_id", "feature_id"]])
    there = b.merge(a[["source_id", "feature_id"]])
    row = found.loc[("all_pairs", "spearman")]
    assert row["n_shared"] == row["n_a"] == row["n_b"] == len(here) == 70
    for value, frame in ((row["value_a"], here), (row["value_b"], there)):
        assert value == pytest.approx(frame["effect"].corr(frame["raw"], "spearman"))
    lead = found.loc[("lead_per_feature", "spearman")]
    assert lead["n_shared"] == is_lead(there).sum()


def test_pairs_of_one_benchmark_only_change_nothing():
    a, b = two()
    rest = b.merge(a[["source_id", "feature_id"]])
    pd.testing.assert_frame_equal(contrasted(a, rest), contrasted(a, b))


def test_every_stratum_has_every_metric_and_better_scores_have_higher_values():
    found = contrasted(*two())
    assert found.index.tolist() == [
        (stratum, metric)
        for stratum in ("lead_per_feature", "all_pairs")
        for metric in Signed.NAMES
    ] + [(f"effect_tertile_{n}", "spearman") for n in (1, 2, 3)]
    np.testing.assert_allclose(found["difference"], found["value_b"] - found["value_a"])
    assert found.loc[("all_pairs", "spearman"), "ci_low"] > 0
    is_outside = (found["ci_low"] > 0) | (found["ci_high"] < 0)
    assert (is_outside == (found["p"] < 0.05)).all()


def test_strata_by_size_are_those_of_the_reference():
    a, b = two()
    changed = a.assign(effect=-(a["effect"] ** 3))
    rows = contrast(changed, b, blocks_of(), OPTIONS, cutoffs=[0.5, 99])
    found = {row["stratum"]: row["n_shared"] for row in rows}
    shared = b.merge(a[["source_id", "feature_id"]])
    assert found["effect_over_0.5"] == (shared["effect"].abs() > 0.5).sum() > 0
    assert "effect_over_99" not in found
    tertiles = [found[f"effect_tertile_{n}"] for n in (1, 2, 3)]
    assert sum(tertiles) == len(shared)


def test_a_benchmark_does_not_differ_from_itself():
    _, b = two()
    found = contrasted(b, b)
    assert (found[["difference", "ci_low", "ci_high"]] == 0).all(axis=None)
    assert (found["p"] == 1).all()


def test_exchanging_the_benchmarks_reverses_the_difference():
    a, b = two()
    found, turned = contrasted(a, b), contrasted(b, a)
    np.testing.assert_allclose(turned["difference"], -found["difference"])
    np.testing.assert_allclose(turned["ci_low"], -found["ci_high"])
    np.testing.assert_allclose(turned["p"], found["p"])


def test_neither_the_order_of_pairs_nor_of_alleles_matters():
    a, b = two()
    expected = contrasted(a, b)
    pd.testing.assert_frame_equal(contrasted(a.iloc[::-1], b.sample(frac=1)), expected)
    annotations = benchmark()[1]
    a_flipped, b_flipped = (exchanged(each, annotations)[0] for each in (a, b))
    flipped = contrasted(a_flipped, b_flipped)
    pd.testing.assert_frame_equal(flipped, expected)


def test_without_shared_pairs_there_are_no_rows():
    a, b = two()
    assert contrast(a.iloc[:0], b, blocks_of(), OPTIONS) == []
    assert contrast(a, b.iloc[:20], blocks_of(), OPTIONS) == []


def test_few_shared_pairs_are_counted_and_have_no_difference():
    a, b = two()
    found = contrasted(a.iloc[:3], b)
    assert found.loc[("all_pairs", "spearman"), "n_shared"] == 3
    assert found[["difference", "ci_low", "p"]].isna().all(axis=None)


def whole(pairs, within=NOTHING, **changes):
    options = dataclasses.replace(OPTIONS, **changes)
    return contrasts(pairs, blocks_of(), within, options, dataset="d")


def test_the_first_benchmark_is_compared_with_each_other_one():
    a, b = two()
    found = whole({"corrected": b, "published": a, "other": b})
    assert set(found["b"]) == set(found["protocol"]) == {"corrected"}
    assert found["a"].unique().tolist() == ["published", "other"]
    assert set(found["model"]) == {"m"} and set(found["comparison"]) == {"protocol"}
    assert as_table(found, DIFFERENCES).num_rows == 2 * (2 * 4 + 3)


def test_p_values_are_adjusted_over_all_rows_with_those_within_protocols():
    a, b = two()
    within = pd.DataFrame({"comparison": "baseline", "p": [0.01, np.nan, 0.9]})
    within = within.reindex(columns=DIFFERENCES.names)
    found = whole({"corrected": b, "published": a}, within)
    assert found["comparison"].tolist() == ["baseline"] * 3 + ["protocol"] * 11
    is_tested = found["p"].notna()
    assert (found["p_adjusted"].notna() == is_tested).all()
    tested = found[is_tested].sort_values("p")
    assert (tested["p_adjusted"] >= tested["p"]).all()
    assert tested["p_adjusted"].is_monotonic_increasing
    assert tested["p_adjusted"].iloc[-1] == tested["p"].iloc[-1]
    alone = whole({"corrected": b, "published": a})
    assert not alone["p_adjusted"].equals(found["p_adjusted"].iloc[3:])


def test_without_a_known_effect_allele_magnitudes_are_compared():
    a, b = two()
    found = whole({"corrected": b, "published": a}, is_signed=False)
    assert found["task"].tolist() == ["magnitude"] * 5
    assert found["metric"].tolist() == ["spearman"] * 5
    here = a.merge(b[["source_id", "feature_id"]])[["effect", "raw"]].abs()
    assert found["value_a"].iloc[1] == pytest.approx(
        here["effect"].corr(here["raw"], "spearman")
    )
    assert set(whole({"corrected": b, "published": a})["task"]) == {"signed"}


def test_only_positives_are_compared_except_for_labels():
    a, b = (each.assign(label=np.where(each["effect"] > 0, 1.0, 0.0)) for each in two())
    classes = ["label", 1, 0]
    options = dataclasses.replace(OPTIONS, classes=classes)
    found = contrast(a, b, blocks_of(), options)
    n_positives = int((b.merge(a[["source_id"]])["effect"] > 0).sum())
    shared = {row["stratum"]: row["n_shared"] for row in found}
    assert shared["all_pairs"] == n_positives
    a, b = (each.assign(effect=each["label"], unit="label") for each in (a, b))
    found = whole({"corrected": b, "published": a}, classes=classes, is_signed=False)
    assert found["metric"].tolist() == ["auroc", "auprc"]
    assert set(found["task"]) == {"unsigned"}
    assert set(found["stratum"]) == {"all_pairs"}
    assert set(found["n_shared"]) == {70}


def test_a_single_benchmark_has_only_differences_within_it():
    _, b = two()
    found = whole({"corrected": b})
    assert found.empty and list(found) == DIFFERENCES.names
    within = pd.DataFrame({"p": [np.nan, 0.5]}).reindex(columns=DIFFERENCES.names)
    assert whole({"corrected": b}, within)["p_adjusted"].tolist()[1] == 0.5


def test_without_pairs_only_differences_within_protocols_are_kept():
    a, b = two()
    within = pd.DataFrame({"comparison": ["baseline"], "p": [0.5]})
    within = within.reindex(columns=DIFFERENCES.names)
    for pairs in (
        {"corrected": b.iloc[:0], "published": a},
        {"corrected": b, "published": a.iloc[:0]},
        {"corrected": b.iloc[:0], "published": a.iloc[:0]},
    ):
        assert as_table(whole(pairs), DIFFERENCES).num_rows == 0
        assert whole(pairs, within)["comparison"].tolist() == ["baseline"]


def readout(scorer, window_bp, seed):
    """Return a benchmark of one scorer and window, on the pairs of all others."""
    pairs, _ = benchmark(rho=0.6)
    noise = np.random.default_rng(seed).normal(size=len(pairs))
    return pairs.assign(raw=pairs["raw"] + noise, scorer=scorer, window_bp=window_bp)


MASK, GENES = "DNASE-501-DIFF_LOG2_SUM", "RNA_SEQ"


def compared(**pairs):
    found = contrasts(pairs, blocks_of(), NOTHING, OPTIONS, dataset="d")
    return {(row.a, row.b, row.task) for row in found.itertuples()}


def test_readouts_of_genes_and_of_variants_are_compared_at_one_window():
    found = compared(
        corrected=readout(MASK, 16_384, 1),
        long=readout(MASK, 1_048_576, 2),
        genes=readout(GENES, 1_048_576, 3),
    )
    assert found == {("long", "corrected", "signed"), ("genes", "long", "signed")}
    # Without a second window, nothing tells the readout from the window.
    found = compared(
        corrected=readout(MASK, 16_384, 1),
        genes=readout(GENES, 131_072, 2),
        longer=readout(GENES, 1_048_576, 3),
    )
    assert found == {("longer", "genes", "signed")}


def test_means_of_whole_windows_are_compared_with_the_centre_at_each_window():
    whole = "DNASE-all-DIFF_MEAN"
    found = compared(
        corrected=readout(MASK, 1_048_576, 1),
        short=readout(MASK, 16_384, 2),
        whole=readout(whole, 1_048_576, 3),
        short_whole=readout(whole, 16_384, 4),
    )
    assert found == {
        ("short", "corrected", "signed"),
        ("whole", "corrected", "signed"),
        ("short_whole", "short", "signed"),
    }


def test_scores_without_a_sign_are_compared_by_size():
    found = compared(
        corrected=readout(MASK, 131_072, 1),
        genes=readout("RNA_SEQ_ACTIVE", 131_072, 2),
    )
    assert found == {("genes", "corrected", "magnitude")}


def windows_of(pairs, other_bp=16_384, **changes):
    """Return the scores of the variants of some pairs at two windows."""
    scores = pairs.drop_duplicates("variant_id")[["variant_id", "raw"]]
    given = {"feature_id": None, "window_bp": 2048, "other_window_bp": other_bp}
    return scores.assign(**{**given, **changes})


def test_windows_of_a_table_are_compared_with_its_own():
    a, b = two()
    noise = np.random.default_rng(5).normal(size=len(b))
    windows = pd.concat(
        [
            windows_of(b, other_raw=b["raw"] / 8),
            windows_of(b, 131_072, other_raw=b["raw"] + 9 * noise),
        ]
    )
    found = contrasts(
        {"corrected": b}, blocks_of(), NOTHING, OPTIONS, dataset="d", windows=windows
    )
    assert found["comparison"].unique() == ["window"]
    assert found["b"].unique() == ["2048bp"]
    found = found[found["metric"] == "spearman"].set_index(["a", "stratum"])
    same = found.loc[("16384bp", "all_pairs")]
    assert same["difference"] == 0 and same["n_shared"] == len(b)
    other = found.loc[("131072bp", "all_pairs")]
    expected = b.assign(raw=b["raw"] + 9 * noise)[["raw", "effect"]]
    expected = expected.corr(method="spearman").iloc[0, 1]
    assert other["value_a"] == pytest.approx(expected)
    assert other["p"] < 0.05 and other["ci_low"] > 0


def test_scores_at_another_window_follow_the_alleles_and_the_gene():
    pairs = pd.DataFrame(
        {
            "variant_id": ["chr1_5_A_G_b38", "chr1_7_C_T_b38", "chr1_9_CA_C_b38"],
            "source_id": ["a", "b", "c"],
            "feature_id": ["ENSG00000000001.1", "ENSG00000000002.1", "g3"],
            "raw": [1.0, 2.0, 3.0],
        }
    )
    scores = pd.DataFrame(
        {
            "variant_id": ["chr1_5_A_G_b38", "chr1_7_T_C_b38", "chr1_9_C_CA_b38"],
            "feature_id": None,
            "raw": [1.0, -2.0, 3.0],
            "other_raw": [0.5, -0.25, 9.0],
        }
    )
    found = with_other_scores(pairs, scores)
    # The indel of the table is another variant.
    assert found["source_id"].tolist() == ["a", "b"]
    assert found["raw"].tolist() == [0.5, 0.25]
    assert found["feature_id"].tolist() == pairs["feature_id"].tolist()[:2]
    by_gene = scores.assign(
        variant_id="chr1_5_A_G_b38",
        feature_id=["ENSG00000000001.8", "ENSG00000000002.1", "g3"],
    )
    found = with_other_scores(pairs, by_gene)
    assert found[["source_id", "raw"]].to_numpy().tolist() == [["a", 0.5]]
