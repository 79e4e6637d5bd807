"""Data that mislead a statistic, with their expected outcomes."""

import numpy as np
import pandas as pd
import scipy.stats
from endobench.benchmark.replicates import check_replicate
from gauntlet import alter_effects as of
from gauntlet import alter_further as by
from gauntlet import alter_leaks as leaks
from gauntlet.alter_controls import accepted, measured, of_table
from gauntlet.alter_effects import rng
from gauntlet.alter_table import share_of_rows, shuffled
from gauntlet.defect import (
    CONSISTENCY,
    EFFECTS,
    EXCEPTED,
    FAILS,
    LIMIT,
    MISSED,
    REFUSED,
    SAME,
    SCORES,
    STATISTICS,
    UNCLAIMED,
    UNREPORTABLE,
    VARIANTS,
    Defect,
)

LEADS = "lead_per_feature"


def joined(change):
    """Return a defect of the joined pairs, which are measured up to the conclusion."""

    def defect(case):
        case.rejoin = change
        case.is_measured = True

    return defect


def of_one_sign(share):
    """Return a defect: independent effects and scores, a share of each positive."""

    def change(pairs):
        generator = rng()
        variants = pairs["variant_id"].unique()
        size = pd.Series(np.abs(pairs["raw"].to_numpy()), pairs["variant_id"])
        size = size[~size.index.duplicated()].sample(frac=1, random_state=generator)
        signs = generator.random(len(variants)) < share
        raw = pd.Series(np.where(signs, 1, -1) * size.to_numpy(), variants)
        signs = generator.random(len(variants)) < share
        signs = pd.Series(np.where(signs, 1, -1), variants)
        return pairs.assign(
            raw=raw[pairs["variant_id"]].to_numpy(),
            effect=signs[pairs["variant_id"]].to_numpy() * pairs["effect"].abs(),
        )

    return joined(change)


def number(result, task, metric, stratum=LEADS, predictor="model"):
    """Return the row of a metric."""
    rows = result.metrics.set_index(["task", "stratum", "predictor", "metric"])
    return rows.loc[(task, stratum, predictor, metric)]


def signs_agree_by_chance(result):
    """Tell whether signs that are independent are called so, where one half is not."""
    row = number(result, "signed", "sign_agreement")
    n_equal = round(row["value"] * row["n"])
    naive = scipy.stats.binomtest(n_equal, int(row["n"])).pvalue
    return (
        row["p"] > 0.05
        and row["ci_low"] < row["chance"] < row["ci_high"]
        and (naive < 0.05 or row["chance"] < 0.55)
    )


def without_errors(pairs):
    return pairs.assign(effect_se=np.nan)


def has_no_ceiling(result):
    """Tell whether no ceiling is given and none is exceeded."""
    values = [
        number(result, "ceiling", name)["value"]
        for name in ("reliability", "spearman_over_ceiling")
    ]
    gate = result.gates.set_index("gate").loc["above_ceiling"]
    is_silent = gate["verdict"] == "not_checked"
    return np.isnan(values).all() and is_silent and "no standard" in gate["evidence"]


def in_blocks(n):
    """Return a defect: whole chromosomes are blocks, and only so many have effects."""

    def defect(case):
        spans = case.world.ld_blocks.groupby("chrom", observed=True)
        spans = spans.agg({"start": "min", "end": "max"}).reset_index()
        case.ld_blocks = spans[:n]
        chrom = case.table["variant_id"].str.split("_").str[0]
        case.table = case.table[chrom.isin(spans["chrom"][:n])]
        case.is_measured = True

    return defect


def power_is_that_of_the_interval(result):
    """Tell whether what is called detectable would leave zero outside the interval."""
    least = number(result, "power", "detectable_spearman")["value"]
    row = number(result, "signed", "spearman")
    half = (np.arctanh(row["ci_high"]) - np.arctanh(row["ci_low"])) / 2
    return np.isnan(least) or np.arctanh(least) > half


def some_peaks(share):
    """Return a defect: only a share of the peaks is left."""

    def defect(case):
        case.peaks = case.peaks.sample(frac=share, random_state=rng())
        case.is_measured = True

    return defect


def leads_are_told_apart(result):
    """Tell whether those leads are counted that the source has, too."""
    counted = number(result, "count", "source_leads")
    alone = number(result, "signed", "spearman", "source_lead")
    return counted["value"] == alone["n"] < 0.9 * counted["n"]


def with_outliers(n, factor):
    """Return a defect: the largest effects are larger by a factor."""

    def change(pairs):
        rank = pairs["effect"].abs().rank(ascending=False)
        return pairs.assign(effect=pairs["effect"] * np.where(rank <= n, factor, 1.0))

    return joined(change)


def is_wide(result):
    """Tell whether few effects widen Pearson's interval beyond that of a normal sample."""
    row = number(result, "signed", "pearson")
    width = np.arctanh(row["ci_high"]) - np.arctanh(row["ci_low"])
    normal = np.arctanh(row["analytic_high"]) - np.arctanh(row["analytic_low"])
    return width > 1.5 * normal


def replicate(factor, share=1.0, noise=0.0):
    """Return a defect: the replicate repeats a share of the effects, times a factor.

    `noise` is the relative error that is added to them.
    """

    def defect(case):
        effect = of.number(case, "slope")
        effect = effect[np.isfinite(effect)]
        other = effect + rng().normal(size=len(effect)) * effect.std()
        is_copied = rng().random(len(effect)) < share
        copy = factor * effect * (1 + noise * rng().normal(size=len(effect)))
        other = np.where(is_copied, copy, other)
        pairs = pd.DataFrame({"effect": effect, "replicate_effect": other})
        check_replicate(pairs, 0.0, "demo_replicate")

    return defect


REPEATS = "repeats the effects of the dataset"

OF_STATISTICS = [
    Defect(STATISTICS, "-", *row)
    for row in (
        *(
            (
                f"signs of effects and scores independent, {share:.0%} of each positive",
                UNCLAIMED,
                "the agreement that the margins imply",
                measured(of_one_sign(share), of_table),
                signs_agree_by_chance,
            )
            for share in (0.5, 0.65, 0.75, 0.85)
        ),
        *(
            (
                f"standard errors times {factor:g}",
                FAILS,
                "effect_p_agreement",
                of.scaled(slope_se=factor),
            )
            for factor in (0.25, 0.5, 2, 4)
        ),
        (
            "no standard errors",
            UNCLAIMED,
            "no ceiling",
            joined(without_errors),
            has_no_ceiling,
        ),
        ("a single block", FAILS, "ld_block_count", in_blocks(1)),
        ("two blocks", FAILS, "ld_block_count", in_blocks(2)),
        (
            "three blocks",
            FAILS,
            "ld_block_count",
            in_blocks(3),
            power_is_that_of_the_interval,
        ),
        *(
            (
                f"{words}, their number accepted",
                UNREPORTABLE,
                why,
                measured(in_blocks(n), accepted("ld_block_count")),
            )
            for words, n, why in (
                ("a single block", 1, "no interval"),
                ("two blocks", 2, "no interval"),
                ("three blocks", 3, "finds as much by chance"),
            )
        ),
        *(
            (
                f"{1 - share:.0%} of the peaks missing",
                UNCLAIMED,
                "leads by the source are counted",
                some_peaks(share),
                leads_are_told_apart,
            )
            for share in (0.75, 0.5, 0.25)
        ),
        *(
            (
                f"the {n} largest effects {factor} times as large",
                outcome,
                why,
                with_outliers(n, factor),
                is_wide,
            )
            for n, factor, outcome, why in (
                (2, 30, UNCLAIMED, "an interval for heavy tails"),
                (10, 10, UNCLAIMED, "an interval for heavy tails"),
            )
        ),
        *(
            (
                f"replicate: {words}",
                REFUSED,
                REPEATS,
                replicate(factor, share, noise),
            )
            for words, factor, share, noise in (
                ("the effects themselves", 1, 1.0, 0.0),
                ("the effects with the opposite sign", -1, 1.0, 0.0),
                ("the effects in another unit", 2.5, 1.0, 0.0),
                ("60 % of the effects, and others", 1, 0.6, 0.0),
                ("the effects with noise of 1 %", 1, 1.0, 0.01),
                ("the effects in another unit, with noise of 1 %", 2.5, 1.0, 0.01),
            )
        ),
    )
]


def plain(change=None, names=by.STATISTICS, unit="slope"):
    """Return a defect of a table of ids, genes and statistics alone."""

    def defect(case):
        if change:
            change(case)
        columns = {"gene_id": "feature_id", "slope": "effect"}
        columns |= {"slope_se": "effect_se", "pval_nominal": "p_value"}
        table = case.table[["variant_id", "gene_id", *names]]
        case.table = table.rename(columns=columns)
        case.format, case.declared = "tidy", (unit,)

    return defect


def alone(change):
    """Return a defect of a table of log2 fold changes alone."""
    return plain(change, ["slope"], "log2FC")


def written(values, share=0.03):
    """Return a defect that writes a share of the effects otherwise."""

    def defect(case):
        slope = of.number(case, "slope")
        is_some = rng().random(len(slope)) < share
        of.put(case, slope=np.where(is_some, values(slope), slope))

    return defect


def errors_as(values):
    return lambda case: of.put(case, slope_se=values(of.number(case, "slope_se")))


def adjusted(case):
    """Give q values of Benjamini and Hochberg in place of p values."""
    p_value = of.number(case, "pval_nominal")
    is_known = np.isfinite(p_value)
    q_value = p_value.copy()
    q_value[is_known] = scipy.stats.false_discovery_control(p_value[is_known])
    of.put(case, pval_nominal=q_value)


def with_other_alt(share):
    """Return a defect that repeats the rows of substitutions with another ALT."""

    def defect(case):
        more = case.table[of.some(case, share)]
        parts = of.alleles(more)
        is_snv = (parts["ref"].str.len() == 1) & (parts["alt"].str.len() == 1)
        parts, more = parts[is_snv], more[is_snv]
        alt = [min(set("ACGT") - set(each)) for each in parts["ref"] + parts["alt"]]
        more = more.assign(variant_id=of.ids_of(parts.assign(alt=alt)))
        both = pd.concat([case.table, more]).sort_index(kind="stable")
        case.table = both.reset_index(drop=True)

    return defect


def less_mean_of_gene(pairs, _):
    mean = pairs.groupby("feature_id", observed=True)["raw"].transform("mean")
    return pairs.assign(raw=pairs["raw"] - mean)


_IN_PLAIN = "in a table of ids, genes and statistics"
_IDS, _GENES = ["variant_id"], ["gene_id"]
OF_NUMBERS = [
    Defect(stage, "-", name, outcome, caught, change)
    for stage, name, outcome, caught, change in (
        *(
            (
                CONSISTENCY,
                f"{words} shuffled among {100 * share:.0f} % of the rows, {_IN_PLAIN}",
                FAILS,
                "feature_place",
                plain(shuffled(names, share_of_rows(share))),
            )
            for words, names, share in (
                ("ids", _IDS, 0.05),
                ("ids", _IDS, 0.2),
                ("genes", _GENES, 0.05),
                ("genes", _GENES, 0.3),
            )
        ),
        (
            CONSISTENCY,
            "ids shuffled among 20 % of the rows, in a table of ids, genes and effects",
            FAILS,
            "feature_place",
            alone(shuffled(_IDS, share_of_rows(0.2))),
        ),
        (
            CONSISTENCY,
            f"statistics shuffled among 20 % of the rows, {_IN_PLAIN}",
            FAILS,
            "replicate_signs",
            plain(shuffled(by.STATISTICS, share_of_rows(0.2))),
        ),
        (
            CONSISTENCY,
            "ids shuffled among 20 % of the rows of each chromosome, in a table of ids,"
            " genes and effects",
            FAILS,
            "ld_block_length",
            alone(
                by.within(
                    lambda case: np.where(
                        share_of_rows(0.2)(case),
                        by.chromosome(case),
                        np.arange(len(case.table)).astype(str),
                    ),
                    by.permute,
                    _IDS,
                )
            ),
        ),
        (
            EFFECTS,
            "3 % of the effects as -9, a code for missing values",
            EXCEPTED,
            "gate effect_p_agreement warns",
            written(lambda slope: np.full(len(slope), -9)),
        ),
        (
            EFFECTS,
            "3 % of the log2 fold changes as -9, a code for missing values, no errors",
            EXCEPTED,
            "gate effect_ties warns",
            alone(written(lambda slope: np.full(len(slope), -9))),
        ),
        (
            EFFECTS,
            "minus signs of 10 % of the effects lost",
            FAILS,
            "opposite_signs replicate_signs",
            written(np.abs, 0.1),
        ),
        (
            EFFECTS,
            "decimal points of 3 % of the effects moved by one digit",
            EXCEPTED,
            "gate effect_p_agreement warns",
            written(lambda slope: 10 * slope),
        ),
        (
            EFFECTS,
            "q values in place of p values",
            FAILS,
            "missing_leads",
            adjusted,
        ),
        (
            EFFECTS,
            "variances in place of standard errors",
            FAILS,
            "effect_p_agreement",
            errors_as(np.square),
        ),
        (
            EFFECTS,
            "half widths of 95 % intervals in place of standard errors",
            FAILS,
            "effect_p_agreement",
            errors_as(lambda se: 1.96 * se),
        ),
        (
            VARIANTS,
            "20 % of the substitutions once more with another ALT and the same statistics",
            FAILS,
            "allele_copies",
            with_other_alt(0.2),
        ),
        (
            VARIANTS,
            "all substitutions once more with another ALT and the same statistics",
            FAILS,
            "allele_copies",
            with_other_alt(1),
        ),
        (
            SCORES,
            "a table with 3 % of the scores as -9, a code for missing values",
            FAILS,
            "score_saturation",
            measured(of_table, leaks.joined(leaks.filled(0.03, -9))),
        ),
        (
            SCORES,
            "a table of scores less the mean of their gene",
            FAILS,
            "scores_per_variant",
            measured(of_table, leaks.joined(less_mean_of_gene)),
        ),
        (
            LIMIT,
            "decimal points of 3 % of the log2 fold changes moved by one digit, no errors",
            MISSED,
            "without errors and p values, nothing tells a large effect from a wrong one",
            alone(written(lambda slope: 10 * slope)),
        ),
        (
            LIMIT,
            "half widths of 95 % intervals in place of standard errors, no p values",
            SAME,
            "",
            plain(errors_as(lambda se: 1.96 * se), ["slope", "slope_se"]),
        ),
    )
]
