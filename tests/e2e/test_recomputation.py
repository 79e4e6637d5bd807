"""Every number of a metrics table, computed once more from ``pairs.tsv.gz``.

Nothing of the library is used here: numbers come from NumPy, SciPy and the definitions in
the pages of `resources/docs` on statistics alone.
"""

import itertools

import numpy as np
import pandas as pd
import pytest
import scipy.stats
import yaml

BENCHMARKS = list(
    itertools.product(["demo", "demo_dsqtls"], ["corrected", "published"])
)
KEYS = ["task", "stratum", "predictor", "metric"]
COUNTS = ["n", "n_variants", "n_blocks"]
ANALYTIC = ["analytic_low", "analytic_high"]
Z = scipy.stats.norm.ppf(0.975)
# What pairs do not hold: annotations of the sequence, and what is drawn at random.
OF_SEQUENCE = ("motif_change", "gc_change", "gc_content")
DRAWN = ("chance", "control")
DRAWN_STRATUM = "matched_negatives"


def dsqtls(config):
    return next(each for each in config["datasets"] if each["name"] == "demo_dsqtls")


class Benchmark:
    """The tables of a benchmark, read as text."""

    def __init__(self, folder, dataset, protocol):
        results = folder / "results" / dataset / protocol
        self.pairs = pd.read_csv(results / "pairs.tsv.gz", sep="\t", low_memory=False)
        self.metrics = pd.read_csv(
            results / "metrics.tsv", sep="\t", keep_default_na=False, na_values=[""]
        )
        self.curves = pd.read_csv(results / "curves.tsv", sep="\t")
        self.replicates = results / "replicates.parquet"
        config = yaml.safe_load((folder / "config/config.yaml").read_text())
        self.classes = dsqtls(config)["classes"] if dataset == "demo_dsqtls" else None
        bed = folder / "resources/simulated/ld_blocks.bed"
        self.ld_blocks = pd.read_csv(bed, sep="\t", names=["chrom", "start", "end"])
        parts = self.pairs["variant_id"].str.extract(
            r"^(.+)_(\d+)_([^_]+)_([^_]+)_b38$"
        )
        self.pairs = self.pairs.assign(
            chrom=parts[0],
            pos=parts[1].astype(int),
            ref_bp=parts[2].str.len(),
            alt_bp=parts[3].str.len(),
        )
        self.pairs = self.pairs.assign(block=self.blocks())

    def blocks(self):
        """Return the LD block of each pair, or the gap between two of them."""
        found = pd.Series(index=self.pairs.index, dtype=object)
        for chrom, rows in self.pairs.groupby("chrom"):
            known = self.ld_blocks[self.ld_blocks["chrom"] == chrom]
            known = known.sort_values("start")
            at = rows["pos"].to_numpy() - 1
            place = np.searchsorted(known["start"], at, "right") - 1
            is_inside = (place >= 0) & (at < known["end"].to_numpy()[place])
            names = [
                f"{chrom}:{p}{'' if i else ' gap'}"
                for p, i in zip(place, is_inside, strict=True)
            ]
            found[rows.index] = names
        return found.to_numpy()

    def classified(self):
        """Return 1 for positives, 0 for negatives, and NaN for the others."""
        p = self.pairs["p_value"]
        found = pd.Series(np.nan, index=p.index)
        found[p <= self.classes["positive"]] = 1.0
        found[p >= self.classes["negative"]] = 0.0
        return found


@pytest.fixture(scope="module")
def read(demonstration):
    known = {}

    def benchmark(dataset, protocol):
        key = dataset, protocol
        if key not in known:
            known[key] = Benchmark(demonstration, dataset, protocol)
        return known[key]

    return benchmark


def leads_of(pairs):
    """Return whether each pair is the best of its feature."""
    feature = pairs["feature_id"].where(
        ~pairs["feature_id"].isin(["peak", "variant"]), pairs["variant_id"]
    )
    frame = pd.DataFrame(
        {
            "feature": feature,
            "pip": -pairs["pip"],
            "p": pairs["p_value"],
            "size": -pairs["effect"].abs(),
            "variant": pairs["variant_id"],
            "source": pairs["source_id"],
        }
    )
    first = frame.sort_values(list(frame)[1:], na_position="last")
    return frame.index.isin(first.drop_duplicates("feature").index)


def strata_of(pairs, cutoffs=()):
    """Return the mask of each stratum that its columns define."""
    size, distance = pairs["effect"].abs(), pairs["distance"].abs()
    # The pair at a bound is in the smaller third; an interpolated quantile rounds it.
    ordered = np.sort(size)
    low, high = (ordered[k * (len(ordered) - 1) // 3] for k in (1, 2))
    leads = leads_of(pairs)
    found = {
        "all_pairs": np.ones(len(pairs), dtype=bool),
        "lead_per_feature": leads,
        "snv": (pairs["ref_bp"] == 1) & (pairs["alt_bp"] == 1),
        "indel": pairs["ref_bp"] != pairs["alt_bp"],
        "effect_tertile_1": size <= low,
        "effect_tertile_2": (size > low) & (size <= high),
        "effect_tertile_3": size > high,
        "pip_under_0.1": pairs["pip"] < 0.1,
        "pip_0.1_to_0.9": pairs["pip"].between(0.1, 0.9),
        "pip_over_0.9": pairs["pip"] > 0.9,
        "maf_under_0.05": pairs["maf"] < 0.05,
        "maf_0.05_to_0.2": pairs["maf"].between(0.05, 0.2),
        "maf_over_0.2": pairs["maf"] > 0.2,
        "distance_under_10kb": distance < 10_000,
        "distance_10kb_to_100kb": distance.between(10_000, 100_000),
        "distance_over_100kb": distance > 100_000,
    }
    if pairs["is_source_lead"].notna().any():
        of_source = pairs["is_source_lead"].astype(str) == "True"
        found["source_lead"] = leads & of_source.to_numpy()
    if pairs["in_gene"].notna().any():
        in_gene = pairs["in_gene"].astype(str)
        is_gene = in_gene.isin(["True", "False"]) | pairs["scored_gene"].notna()
        found |= {"in_gene": in_gene == "True", "outside_gene": in_gene == "False"}
        found |= {
            "promoter_within_2kb": is_gene & (distance <= 2_000),
            "distal_beyond_2kb": is_gene & (distance > 2_000),
        }
    in_peak = pairs["in_peak"].astype(str)
    if {"True", "False"} <= set(in_peak):
        found |= {"in_peak": in_peak == "True", "outside_peak": in_peak == "False"}
    for cutoff in cutoffs:
        found[f"effect_over_{cutoff:g}"] = size > cutoff
    for chrom in pairs["chrom"].unique():
        found[f"chromosome_{chrom}"] = pairs["chrom"] == chrom
    found = {name: np.asarray(mask) for name, mask in found.items()}
    return {name: mask for name, mask in found.items() if mask.any()}


def logit(value):
    return np.log(value / (1 - value))


def expit(value):
    return 1 / (1 + np.exp(-value))


def spearman(effect, score):
    if len(effect) < 4 or np.ptp(effect) == 0 or np.ptp(score) == 0:
        return {"value": np.nan, "n": len(effect)}
    rho = np.corrcoef(scipy.stats.rankdata(effect), scipy.stats.rankdata(score))[0, 1]
    half = Z * np.sqrt((1 + rho**2 / 2) / (len(effect) - 3))
    ends = np.tanh(np.arctanh(rho) + np.array([-half, half]))
    return {"value": rho, "n": len(effect), "chance": 0.0, "ends": ends}


def pearson(effect, score):
    if len(effect) < 4 or np.ptp(effect) == 0 or np.ptp(score) == 0:
        return {"value": np.nan, "n": len(effect)}
    r = np.corrcoef(effect, score)[0, 1]
    half = Z / np.sqrt(len(effect) - 3)
    ends = np.tanh(np.arctanh(r) + np.array([-half, half]))
    return {"value": r, "n": len(effect), "chance": 0.0, "ends": ends}


def sign_agreement(effect, score):
    used = effect * score != 0
    x, y = (effect[used] > 0).astype(float), (score[used] > 0).astype(float)
    n = len(x)
    if n < 4:
        return {"value": np.nan, "n": n}
    equal = (x == y).astype(float)
    value, p, q = equal.mean(), x.mean(), y.mean()
    chance = p * q + (1 - p) * (1 - q)
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        return {"value": value, "n": n, "chance": np.nan, "ends": [np.nan] * 2}
    # Of the share, what the numbers of positive signs explain is no uncertainty.
    like = n
    if 0 < value < 1:
        slope = value * (1 - value) / (chance * (1 - chance))
        rest = equal - slope * ((2 * q - 1) * x + (2 * p - 1) * y)
        like = n * value * (1 - value) / rest.var()
    root = Z * np.sqrt(value * (1 - value) / like + Z**2 / (4 * like**2))
    ends = value + Z**2 / (2 * like) + np.array([-root, root])
    return {"value": value, "n": n, "chance": chance, "ends": ends / (1 + Z**2 / like)}


def auroc(is_positive, score):
    n, n_positive = len(score), int(is_positive.sum())
    if n < 4 or not 0 < n_positive < n:
        return {"value": np.nan, "n": n}
    own, other = score[is_positive], score[~is_positive]
    wins = (own[:, None] > other) + 0.5 * (own[:, None] == other)
    value = wins.mean()
    ends = [np.nan] * 2
    if min(len(own), len(other)) > 1 and 0 < value < 1:
        se = np.sqrt(
            wins.mean(axis=1).var(ddof=1) / len(own)
            + wins.mean(axis=0).var(ddof=1) / len(other)
        )
        half = Z * se / (value * (1 - value))
        ends = expit(logit(value) + np.array([-half, half]))
    return {"value": value, "n": n, "chance": 0.5, "ends": ends}


def auprc(is_positive, score):
    n, k = len(score), int(is_positive.sum())
    if n < 4 or not 0 < k < n:
        return {"value": np.nan, "n": n}
    values, called = np.unique(-score, return_counts=True)
    found = np.bincount(np.searchsorted(values, -score), is_positive)
    upto = np.cumsum(called)
    value = (found * np.cumsum(found) / upto).sum() / k
    # Labels permuted: the mean over all orders.
    share = (k - 1) / (n - 1)
    chance = share + (1 - share) * (called / upto).sum() / n
    half = Z / np.sqrt(k * value * (1 - value))
    ends = expit(logit(value) + np.array([-half, half]))
    return {"value": value, "n": n, "chance": chance, "ends": ends}


def sign_auroc(effect, score):
    used = effect != 0
    return auroc(effect[used] > 0, score[used])


METRICS = {
    "signed": [spearman, pearson, sign_agreement, sign_auroc],
    "magnitude": [spearman],
    "unsigned": [auroc, auprc],
}


def predictors_of(pairs, task):
    """Return the scores of each predictor that the columns define."""
    scores = {"model": pairs["raw"], "mismatched_tracks": pairs["raw_mismatched"]}
    if task != "signed":
        scores = {"model": pairs["raw"].abs()}
        scores |= {"distance": -pairs["distance"].abs(), "maf": -pairs["maf"]}
    return {name: score for name, score in scores.items() if score.notna().any()}


def measured(benchmark):
    """Yield the key of each row that the pairs define, and its numbers."""
    pairs = benchmark.pairs
    classes = None if benchmark.classes is None else benchmark.classified()
    positives = pairs if classes is None else pairs[classes == 1]
    start = "effect_over_"
    names = benchmark.metrics["stratum"].unique()
    cutoffs = [float(n.removeprefix(start)) for n in names if n.startswith(start)]
    for stratum, mask in strata_of(positives, cutoffs).items():
        subset = positives[mask]
        for task in ("signed", "magnitude"):
            target = subset["effect"].to_numpy()
            target = target if task == "signed" else np.abs(target)
            yield from _of_predictors(subset, target, task, stratum)
    if classes is not None:
        subset = pairs[classes.notna()]
        target = (classes[classes.notna()] == 1).to_numpy()
        yield from _of_predictors(subset, target, "unsigned", "all_pairs")


def _of_predictors(subset, target, task, stratum):
    for name, score in predictors_of(subset, task).items():
        known = score.notna().to_numpy()
        for metric in METRICS[task]:
            found = metric(target[known], score[known].to_numpy())
            blocks = subset["block"][known].nunique()
            counts = {"n_variants": subset["variant_id"].nunique(), "n_blocks": blocks}
            yield (task, stratum, name, metric.__name__), found | counts


def same(found, expected):
    """Tell whether two numbers are the same, missing ones included."""
    return found == pytest.approx(expected, rel=1e-9, abs=1e-12, nan_ok=True)


@pytest.mark.parametrize(("dataset", "protocol"), BENCHMARKS)
def test_every_value_count_chance_and_analytic_interval_is_that_of_the_pairs(
    read, dataset, protocol
):
    benchmark = read(dataset, protocol)
    table = benchmark.metrics.set_index(KEYS).sort_index()
    seen = set()
    for key, expected in measured(benchmark):
        if key not in table.index:
            # Strata without a conclusion have the model alone.
            assert key[2] != "model"
            continue
        seen.add(key)
        row = table.loc[key]
        for name in ("value", "n", "n_variants", "n_blocks"):
            assert same(row[name], expected[name]), (key, name)
        if np.isnan(expected["value"]):
            assert row[["ci_low", "ci_high", "chance", "p"]].isna().all()
            continue
        assert same(row["chance"], expected["chance"]), key
        assert same(row[ANALYTIC].tolist(), list(expected["ends"])), key
    rest = set(table.index) - seen
    tasks = benchmark.metrics["task"].isin(["signed", "magnitude", "unsigned"])
    assert len(seen) > 0.5 * tasks.sum()
    for task, stratum, predictor, _ in rest:
        is_of_sequence = predictor.split("/")[0] in OF_SEQUENCE
        is_other = task in (*DRAWN, "ceiling", "power", "count")
        # The model on pairs that a baseline knows has the numbers of its subset.
        is_subset = predictor.endswith("/model")
        assert is_of_sequence or is_other or is_subset or stratum == DRAWN_STRATUM, (
            task,
            stratum,
            predictor,
        )


@pytest.mark.parametrize(("dataset", "protocol"), BENCHMARKS)
def test_p_values_follow_from_the_intervals_and_are_adjusted_together(
    read, dataset, protocol
):
    table = read(dataset, protocol).metrics
    tested = table[table["task"].isin(["signed", "magnitude", "unsigned"])]
    is_outside = (tested["ci_low"] > tested["chance"]) | (
        tested["ci_high"] < tested["chance"]
    )
    known = tested["p"].notna()
    assert known.sum() > 20
    assert (is_outside[known] == (tested["p"][known] < 0.05)).all()
    adjusted = tested[known & ~tested["is_primary"]]
    adjusted = adjusted[adjusted["predictor"] != "mismatched_tracks"]
    expected = scipy.stats.false_discovery_control(adjusted["p"].clip(0, 1))
    np.testing.assert_allclose(adjusted["p_adjusted"], expected)
    assert table["is_primary"].sum() == (protocol == "corrected")


@pytest.mark.parametrize(("dataset", "protocol"), BENCHMARKS)
def test_ceiling_power_and_counts_are_those_of_the_pairs(read, dataset, protocol):
    benchmark = read(dataset, protocol)
    table = benchmark.metrics.set_index(KEYS).sort_index()
    pairs = benchmark.pairs
    if benchmark.classes is not None:
        classes = benchmark.classified()
        counts = table.loc[("count", "all_pairs", "model"), "value"]
        assert counts["positives"] == (classes == 1).sum()
        assert counts["negatives"] == (classes == 0).sum()
        assert same(counts["prevalence"], (classes == 1).sum() / classes.notna().sum())
        pairs = pairs[classes == 1]
    for stratum in ("lead_per_feature", "all_pairs"):
        subset = pairs[strata_of(pairs)[stratum]]
        rho = table.loc[("signed", stratum, "model", "spearman")]
        reliability = table.loc[("ceiling", stratum, "model", "reliability")]
        over = table.loc[("ceiling", stratum, "model", "spearman_over_ceiling")]
        if protocol == "published":
            # p values have no standard errors.
            assert np.isnan(reliability["value"]) and np.isnan(over["value"])
        else:
            error = (subset["effect_se"] ** 2).mean()
            expected = 1 - error / subset["effect"].var()
            assert same(reliability["value"], expected)
            for name in ("value", "ci_low", "ci_high"):
                assert same(over[name], rho[name] / np.sqrt(expected))
        sizes = subset["block"].value_counts().to_numpy(dtype=float)
        degrees = sizes.sum() ** 2 / (sizes**2).sum() - 1
        least = table.loc[("power", stratum, "model", "detectable_spearman"), "value"]
        distance = np.arctanh(least) * np.sqrt((rho["n_eff"] - 3) / (1 + least**2 / 2))
        limit = scipy.stats.t.ppf(0.975, degrees)
        power = scipy.stats.nct.sf(limit, degrees, distance)
        assert power == pytest.approx(0.8, abs=0.002)
        moved = subset.loc[subset["shift_bp"].fillna(0) != 0, "variant_id"].nunique()
        count = table.loc[("count", stratum, "model")]["value"]
        assert count["moved_windows"] == moved
        assert count["from_atlas"] == 0
    if ("count", "lead_per_feature", "model", "source_leads") in table.index:
        leads = pairs[strata_of(pairs)["lead_per_feature"]]
        expected = (leads["is_source_lead"].astype(str) == "True").sum()
        assert count_of(table) == expected <= len(leads)


def count_of(table):
    return table.loc[("count", "lead_per_feature", "model", "source_leads"), "value"]


def test_the_replicates_agreement_is_that_of_the_pairs_both_cohorts_have(read):
    benchmark = read("demo", "corrected")
    other = pd.read_parquet(benchmark.replicates).astype(
        {"variant_id": str, "feature_id": str}
    )
    pairs = benchmark.pairs.merge(
        other[["variant_id", "feature_id", "replicate_effect"]].rename(
            columns={"variant_id": "source_id"}
        ),
        on=["source_id", "feature_id"],
    )
    assert 0.7 * len(benchmark.pairs) < len(pairs) < len(benchmark.pairs)
    table = benchmark.metrics.set_index(KEYS).sort_index()
    for name, column in (
        ("demo_replicate", "replicate_effect"),
        ("demo_replicate/model", "raw"),
    ):
        row = table.loc[("ceiling", "all_pairs", name, "spearman")]
        expected = scipy.stats.spearmanr(pairs["effect"], pairs[column]).statistic
        assert same(row["value"], expected)
        assert row["n"] == len(pairs)
        assert row["n_variants"] == pairs["variant_id"].nunique()
        assert row["ci_low"] < expected < row["ci_high"]
    # Errors alone allow more than another cohort reaches, and the model less.
    reliability = table.loc[("ceiling", "all_pairs", "model", "reliability"), "value"]
    values = table.loc[("ceiling", "all_pairs")].xs("spearman", level="metric")["value"]
    assert values["demo_replicate/model"] < values["demo_replicate"] < reliability**0.5


def resampled(subset, metric, n_resamples=300, seed=2):
    """Return the values of a metric in a plain block bootstrap, and its chances."""
    rng = np.random.default_rng(seed)
    codes, names = pd.factorize(subset["block"])
    rows = [np.flatnonzero(codes == each) for each in range(len(names))]
    effect, score = subset["effect"].to_numpy(), subset["raw"].to_numpy()
    found = []
    for _ in range(n_resamples):
        drawn = np.concatenate(
            [rows[n] for n in rng.integers(len(rows), size=len(rows))]
        )
        each = metric(effect[drawn], score[drawn])
        found.append((each["value"], each["chance"]))
    return np.array(found).T, np.array([len(each) for each in rows], dtype=float)


@pytest.mark.parametrize(
    "stratum", ["lead_per_feature", "source_lead", "chromosome_chr3"]
)
@pytest.mark.parametrize("metric", METRICS["signed"], ids=lambda each: each.__name__)
def test_intervals_are_those_of_a_plain_block_bootstrap(read, stratum, metric):
    benchmark = read("demo", "corrected")
    subset = benchmark.pairs[strata_of(benchmark.pairs)[stratum]]
    (values, chances), sizes = resampled(subset, metric)
    found = metric(subset["effect"].to_numpy(), subset["raw"].to_numpy())
    value, chance = found["value"], found["chance"]
    forward, slope = np.arctanh, lambda x: 1 / (1 - x**2)
    if chance:
        forward, slope = logit, lambda x: 1 / (x * (1 - x))
    spread = slope(value) * values
    if metric is sign_agreement:
        spread = spread - slope(chance) * chances
    n_blocks = sizes.sum() ** 2 / (sizes**2).sum()
    se = spread.std(ddof=1) * np.sqrt(n_blocks / (n_blocks - 1))
    half = scipy.stats.t.ppf(0.975, n_blocks - 1) * se
    row = benchmark.metrics.set_index(KEYS).loc[
        ("signed", stratum, "model", metric.__name__)
    ]
    low, high = forward(value) - half, forward(value) + half
    ends = forward(row["ci_low"]), forward(row["ci_high"])
    # A standard error from 300 draws has one of 4 %, that of the table one of some 2 %.
    error = 0.18 * half
    if metric is pearson:
        # Never narrower, and wider where few blocks decide the value.
        assert low - 0.6 * half < ends[0] < low + error
        assert high - error < ends[1] < high + 0.6 * half
    else:
        assert ends == pytest.approx((low, high), abs=error)


@pytest.mark.parametrize("dataset", ["demo", "demo_dsqtls"])
def test_the_curve_of_signs_has_the_shares_and_the_chance_of_its_bins(read, dataset):
    benchmark = read(dataset, "corrected")
    pairs = benchmark.pairs
    if benchmark.classes is not None:
        pairs = pairs[benchmark.classified() == 1]
    curves = benchmark.curves[benchmark.curves["curve"] == "sign_agreement"]
    assert len(curves) > 4
    for row in curves.itertuples():
        subset = pairs[strata_of(pairs)[row.stratum]]
        size = subset["effect"].abs()
        bin_ = subset[size.between(row.x_low, row.x_high) & (subset["raw"] != 0)]
        bin_ = bin_[bin_["effect"] != 0]
        expected = sign_agreement(bin_["effect"].to_numpy(), bin_["raw"].to_numpy())
        assert row.n == len(bin_)
        assert same(row.value, expected["value"]) and same(
            row.chance, expected["chance"]
        )
