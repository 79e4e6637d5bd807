"""The secondary results of a benchmark in sentences, each with the numbers of its row."""

import pandas as pd

from endobench.design.conclusions import SIGNIFICANT
from endobench.design.metrics import PRIMARY, words_of
from endobench.design.models import MODEL, is_assay
from endobench.design.tasks import (
    ALL_PAIRS,
    LEADS,
    MAGNITUDE,
    MATCHED,
    SIGNED,
    SOURCE_LEADS,
    UNSIGNED,
)
from endobench.figures import labels
from endobench.figures.captions import decimals, p_value, signed, with_interval

STRATA = labels.STRATA | {
    MATCHED: "positives and matched negatives, one variant per feature"
}


def secondary_results(task, stratum, metrics, differences):
    """Describe the secondary results of a model or an assay.

    Parameters
    ----------
    task, stratum : str
        Those of the conclusion.
    metrics, differences : pandas.DataFrame
        In the columns of `columns.METRICS` and `DIFFERENCES`, of one benchmark.

    Returns
    -------
    list of str
        Sentences with intervals and adjusted p values.
    """
    of_model = metrics[metrics["predictor"] == MODEL]
    here = of_model[of_model["stratum"] == stratum].set_index(["task", "metric"])
    is_measured = is_assay(of_model["model"].iloc[0])
    whose = "The assay" if is_measured else "The model"
    counted, strata = _counts_of_classes(task, of_model)
    return [
        *counted,
        *_signs(here),
        *_sizes(task, here),
        *_of_other_strata(task, stratum, of_model, here, strata),
        *_of_source_leads(task, of_model),
        *_against_baselines(differences, task, stratum, whose),
        *_against_ceiling(here, whose, is_measured),
        *_against_replicate(metrics, stratum, whose),
        *_detectable(here),
    ]


def _counts_of_classes(task, of_model):
    """Say how many positives and negatives there are; return also the strata's names."""
    counts = of_model[of_model["metric"].isin(["positives", "negatives"])]
    counts = counts[counts["stratum"] == ALL_PAIRS].set_index("metric")["value"]
    if len(counts) != 2:
        return [], STRATA
    scope, strata = "", STRATA
    if task != UNSIGNED:
        strata = STRATA | {ALL_PAIRS: labels.ALL_POSITIVES}
        scope = " All results here are for positives only."
    sentence = (
        f"The scored pairs include {counts['positives']:,.0f} positives and"
        f" {counts['negatives']:,.0f} negatives; the rest are neither (key"
        f" 'classes').{scope}"
    )
    return [sentence], strata


def _signs(here):
    """Describe the agreement of signs, and that expected by chance."""
    row = _row_with_value(here, SIGNED, "sign_agreement")
    if row is None:
        return []
    share = f"{with_interval(row)} of pairs"
    if pd.isna(row.ci_low) and row.value in (0, 1):
        share = f"{'all' if row.value else 'none'} of {row['n']:,} pairs"
    return [f"Signs agree in {share}{_adjusted(row)}; {_signs_by_chance(row)}."]


def _sizes(task, here):
    """Describe the agreement of sizes where the task is that of signed effects."""
    row = _row_with_value(here, MAGNITUDE, "spearman")
    if task != SIGNED or row is None:
        return []
    return [
        f"Effect size regardless of sign: {words_of(SIGNED)['spearman']}"
        f" {with_interval(row)}{_adjusted(row)}."
    ]


def _of_other_strata(task, stratum, of_model, here, strata):
    """Describe the primary metric in the other strata that hold other pairs."""
    metric = PRIMARY[task].metric
    rows = of_model[
        (of_model["task"] == task)
        & (of_model["metric"] == metric)
        & of_model["stratum"].isin(PRIMARY[task].strata)
        & (of_model["stratum"] != stratum)
        & of_model["ci_low"].notna()
        & (of_model["n"] != here.loc[(task, metric), "n"])
    ]
    return [
        f"{strata[row.stratum].capitalize()} (n = {row.n:,.0f}):"
        f" {words_of(task)[row.metric]} {with_interval(row)}{_adjusted(row)}."
        for row in rows.itertuples(index=False)
    ]


def _against_ceiling(here, whose, is_measured):
    """Describe the ceiling that the errors of the effects set, or say that it lacks."""
    over = _value(here, "ceiling", "spearman_over_ceiling")
    reliability = _value(here, "ceiling", "reliability")
    if ("ceiling", "reliability") in here.index and pd.isna(reliability):
        return ["No noise ceiling: the effects have no standard errors."]
    if not (reliability > 0 and over > 0):
        return []
    share = f" {whose} reaches {over:.2f} of this ceiling." if over <= 1 else ""
    perfect = "perfect measurement" if is_measured else "perfect predictor"
    return [
        f"Given the measurement error of the effects, a {perfect} would reach"
        f" a Spearman correlation of about {reliability**0.5:.2f} (reliability"
        f" {reliability:.2f}).{share} Linkage between tested and"
        " causal variants lowers the ceiling further."
    ]


def _detectable(here):
    """State the least correlation that the pairs can tell from none."""
    least = _value(here, "power", "detectable_spearman")
    if least > 0:
        return [f"Minimum detectable correlation at 80 % power: {least:.3f}."]
    if ("power", "detectable_spearman") in here.index:
        return ["Minimum detectable correlation: none, with so few pairs or blocks."]
    return []


def _against_replicate(metrics, stratum, whose):
    """Describe the agreement of a second cohort with the effects, if there is one."""
    rows = metrics[
        (metrics["task"] == "ceiling")
        & (metrics["stratum"] == stratum)
        & (metrics["metric"] == "spearman")
    ].set_index("predictor")
    found = []
    for name in rows.index[~rows.index.str.endswith(f"/{MODEL}")]:
        row = rows.loc[name].copy()
        row["metric"] = "spearman"
        sentence = (
            f"The same effects in another cohort ({name}) agree with a Spearman correlation"
            f" of {with_interval(row)}, an empirical ceiling, on {row['n']:,} shared pairs"
        )
        if f"{name}/{MODEL}" in rows.index:
            own = rows.loc[f"{name}/{MODEL}"].copy()
            own["metric"] = "spearman"
            sentence += f"; {whose.lower()} reaches {with_interval(own)} on these"
        found.append(f"{sentence}.")
    return found


def _of_source_leads(task, of_model):
    """Say how many leads are those of the source, and what these alone give."""
    rows = of_model.set_index(["stratum", "metric"])
    counted = rows.index.isin([(LEADS, "source_leads")])
    if not counted.any():
        return []
    count = rows[counted].iloc[0]
    text = (
        f"Of these {count['n']:,} pairs, {count['value']:,.0f} are of the lead variant of"
        " their feature in the source; for the other features, it is the best that has a"
        " score"
    )
    if count["value"] == count["n"]:
        n = f"{count['n']:,}"
        text = f"All {n} pairs are of the lead variant of their feature in the source"
    here = of_model[
        (of_model["task"] == task)
        & (of_model["stratum"] == SOURCE_LEADS)
        & (of_model["metric"] == PRIMARY[task].metric)
    ]
    if count["value"] < count["n"]:
        for row in here[here["ci_low"].notna()].itertuples(index=False):
            text += (
                f". Leads of the source alone (n = {row.n:,.0f}):"
                f" {words_of(task)[row.metric]} {with_interval(row)}{_adjusted(row)}"
            )
    return [f"{text}."]


def _signs_by_chance(row):
    """Return how often signs would agree by chance, in words."""
    if pd.isna(row.chance):
        return "all effects or all scores have one sign, so that this says nothing"
    return (
        f"{100 * row.chance:.1f} % is expected by chance, given the shares of positive"
        " effects and scores"
    )


def _row_with_value(here, task, metric):
    """Return the row of a metric, or None if it has no value."""
    if (task, metric) not in here.index or pd.isna(here.loc[(task, metric), "value"]):
        return None
    row = here.loc[(task, metric)].copy()
    row["metric"] = metric
    return row


def _value(here, task, metric):
    """Return a value, or NaN if it is missing, so that any comparison is false."""
    if (task, metric) not in here.index:
        return float("nan")
    return float(here.loc[(task, metric), "value"])


def _adjusted(row):
    """Return the adjusted p value of a row in words, or nothing without one."""
    return "" if pd.isna(row.p_adjusted) else f", adjusted {p_value(row.p_adjusted)}"


def _against_baselines(differences, task, stratum, whose):
    """Compare with the best baseline of the task, and for signed effects of their size."""
    tasks = (SIGNED, MAGNITUDE) if task == SIGNED else (task,)
    return [
        sentence
        for each in tasks
        for sentence in _against_baseline(differences, each, stratum, whose)
    ]


def _against_baseline(differences, task, stratum, whose):
    """Compare the model, or the assay, with the best baseline of a task."""
    rows = differences[
        (differences["comparison"] == "baseline")
        & (differences["task"] == task)
        & (differences["stratum"] == stratum)
        & (differences["metric"] == PRIMARY[task].metric)
        & (differences["a"] != "mismatched_tracks")
    ].dropna(subset=["difference", "ci_low", "p_adjusted"])
    if rows.empty:
        return []
    row = rows.loc[rows["value_a"].astype(float).idxmax()]
    digits = decimals(row["ci_high"] - row["ci_low"])
    difference, low, high = (
        signed(row[name], f".{digits}f") for name in ("difference", "ci_low", "ci_high")
    )
    is_outside = not row["ci_low"] <= 0 <= row["ci_high"]
    relation = "does not differ significantly from"
    if row["p_adjusted"] < SIGNIFICANT and is_outside:
        relation = "exceeds" if row["difference"] > 0 else "falls below"
    scope = " for effect size" if task == MAGNITUDE else ""
    name = labels.predictor_words(row["a"])
    return [
        f"{whose} {relation} the best baseline{scope} ({name},"
        f" {signed(row['value_a'], '.3f')}): difference {difference} [{low}, {high}],"
        f" adjusted {p_value(row['p_adjusted'])}."
    ]
