"""The finding of a benchmark in sentences, each supported by the benchmark's numbers.

Nothing is computed here that no table holds. A sentence makes a claim only where both
the interval and the p value of its row support it.
"""

from typing import NamedTuple

import pandas as pd

from endobench.design.conclusions import NO, SIGNIFICANT, UNDEFINED
from endobench.design.metrics import LD_BLOCKS, PRIMARY, words_of
from endobench.design.models import ASSAY, MODEL, STANDIN, is_assay
from endobench.design.protocol import TABLE_SCORER, base_of
from endobench.design.tasks import (
    ALL_PAIRS,
    LEADS,
    MAGNITUDE,
    MATCHED,
    SIGNED,
    SOURCE_LEADS,
    UNSIGNED,
)
from endobench.evaluate.conditions import FAILS, NOT_JUDGED
from endobench.figures import labels
from endobench.figures.captions import (
    decimals,
    p_value,
    signed,
    with_interval,
    with_minus_signs,
)
from endobench.report.remedies import remedies

# The claim of a value above its null, and of one below.
_CLAIMS = {
    SIGNED: (
        "agree with measured effects",
        "are inversely correlated with measured effects",
    ),
    MAGNITUDE: (
        "agree in size with measured effects",
        "are inversely correlated in size with measured effects",
    ),
    UNSIGNED: (
        "are larger for positives than for negatives",
        "are larger for negatives than for positives",
    ),
}
# `what` are the predicted effects, or those that another assay measured.
_QUESTIONS = {
    SIGNED: "Do {what} agree in sign and size with those measured in {dataset}?",
    MAGNITUDE: "Do {what} agree in size with those measured in {dataset}?",
    UNSIGNED: "Do larger {what} separate positives from negatives in {dataset}?",
}
STRATA = labels.STRATA | {
    MATCHED: "positives and matched negatives, one variant per feature"
}


class Finding(NamedTuple):
    """The finding of a benchmark in words.

    Attributes
    ----------
    dataset, protocol, model : str
    question : str
        What was tested, on which data and with which model.
    headline : str
        The result, with its interval and p value.
    kind : {"agreement", "disagreement", "no_agreement", "undefined"}
    is_reportable : {"yes", "with exceptions", "no"}
    why : str
        Why it is or is not reportable.
    sentences : list of str
        Secondary results.
    remedies : list of str
        What could change the finding or its certainty.
    """

    dataset: str
    protocol: str
    model: str
    question: str
    headline: str
    kind: str
    is_reportable: str
    why: str
    sentences: list
    remedies: list


def describe_finding(
    conclusions, metrics, differences, gates, waterfall, controls, *, blocks=LD_BLOCKS
):
    """Describe the finding of a benchmark, in its prespecified stratum.

    Parameters
    ----------
    conclusions, metrics, differences, gates, waterfall, controls : pandas.DataFrame
        In the columns of `columns.CONCLUSIONS`, `METRICS`, `DIFFERENCES`, `GATES`,
        `WATERFALL` and `CONTROLS`, of one benchmark.
    blocks : str
        What was resampled, `metrics.LD_BLOCKS` or `metrics.CHROMOSOMES`.

    Returns
    -------
    Finding

    Raises
    ------
    ValueError
        If the conclusions do not hold exactly one row of that stratum.
    """
    task = next(iter(conclusions["task"]), SIGNED)
    stratum = PRIMARY[task].strata[0]
    rows = conclusions[conclusions["stratum"] == stratum]
    if len(rows) != 1:
        raise ValueError(
            f"{len(rows)} conclusions of stratum {stratum!r}; expected one"
        )
    conclusion = next(rows.itertuples(index=False))
    of_model = metrics[metrics["predictor"] == MODEL]
    of_task = of_model[of_model["task"] == task]
    primary = _row(of_task, stratum, conclusion.metric)
    return Finding(
        dataset=conclusion.dataset,
        protocol=conclusion.protocol,
        model=str(conclusion.model),
        question=_question(primary, task),
        headline=headline(conclusion, blocks),
        kind=str(conclusion.finding) if _is_conclusive(conclusion) else UNDEFINED,
        is_reportable=str(conclusion.is_reportable),
        why=str(conclusion.why),
        sentences=[
            *_sentences_of_controls(controls[controls["stratum"] == stratum]),
            *_secondary_results(task, stratum, metrics, differences),
        ],
        remedies=remedies(conclusion, metrics, gates, waterfall, blocks),
    )


def headline(conclusion, blocks=LD_BLOCKS):
    """Return the result of a conclusion in one sentence or two.

    Parameters
    ----------
    conclusion : named tuple
        A row of `columns.CONCLUSIONS`.
    blocks : str
        What was resampled, `metrics.LD_BLOCKS` or `metrics.CHROMOSOMES`.
    """
    null = PRIMARY[conclusion.task].null
    name = words_of(conclusion.task)[conclusion.metric]
    if not _has_interval(conclusion):
        return f"No conclusion: {_why_no_interval(conclusion, name, blocks)}."
    estimate = f"{name} {with_interval(conclusion)} (95 % CI), {p_value(conclusion.p)}"
    if not _is_conclusive(conclusion):
        interval = "excludes" if _excludes_null(conclusion) else "includes"
        test = "rejects" if conclusion.p < SIGNIFICANT else "does not reject"
        return (
            f"Inconclusive: {estimate}. The interval {interval} {null:g}, but the test"
            f" {test} it."
        )
    if _excludes_null(conclusion):
        claim = _CLAIMS[conclusion.task][conclusion.value <= null]
        if is_assay(conclusion.model):
            others = f"those measured in {conclusion.dataset}"
            claim = claim.replace("measured effects", others)
        return f"{subject(conclusion.model)} {claim}: {estimate}."
    result = f"No agreement was found: {estimate}."
    if conclusion.is_reportable == NO:
        result += " This is not evidence of absence."
    return result


def subject(model):
    """Return the subject of a sentence about a model's scores."""
    kind, _, rest = str(model).partition("/")
    if kind == STANDIN:
        return "The stand-in’s predicted effects"
    if is_assay(model):
        return f"The effects measured by {rest}"
    if kind == "table":
        return f"The scores of {rest}"
    if kind == "alphagenome":
        return "AlphaGenome’s predicted effects"
    name = "/".join(filter(None, (kind, rest.partition("/")[0])))
    return f"The effects predicted by {name}"


def _has_interval(conclusion):
    return pd.notna(conclusion.ci_low) and pd.notna(conclusion.p)


def _excludes_null(conclusion):
    null = PRIMARY[conclusion.task].null
    return not conclusion.ci_low <= null <= conclusion.ci_high


def _is_conclusive(conclusion):
    """Tell whether there is an interval and the test agrees with it."""
    if not _has_interval(conclusion):
        return False
    return (conclusion.p < SIGNIFICANT) == _excludes_null(conclusion)


def _why_no_interval(conclusion, name, blocks):
    if pd.isna(conclusion.value):
        return (
            f"{name} is undefined for {conclusion.n:,.0f} pairs; all scores or all"
            " effects may be equal"
        )
    if abs(conclusion.value) == 1 or (
        conclusion.task == UNSIGNED and not conclusion.value
    ):
        return (
            f"{name} is {signed(conclusion.value, 'g')}, the limit of its range, where no"
            " interval can be estimated"
        )
    return (
        f"{name} is {signed(conclusion.value, '.3f')} for {conclusion.n:,.0f} pairs, and"
        f" there are too few pairs or {blocks} for an interval"
    )


def _question(row, task):
    what, model = "predicted effects", f", model {row['model']}"
    if is_assay(row["model"]):
        what, model = f"effects measured by {row['model'].removeprefix(ASSAY)}", ""
    scorer = (
        f"{'effects' if is_assay(row['model']) else 'scores'} from a table"
        if row["scorer"] == TABLE_SCORER
        else f"scorer {labels.scorer_words(row['scorer'])}, window"
        f" {row['window_bp']:,} bp, tracks {row['track_set']}"
    )
    return (
        f"{_QUESTIONS[task].format(what=what, dataset=row['dataset'])} Tested on"
        f" {row['n']:,} pairs of"
        f" {row['n_variants']:,} unique variants ({STRATA[row['stratum']]}) with"
        f" {scorer}{model}, protocol {base_of(row['protocol'])}."
    )


def _sentences_of_controls(controls):
    """Describe each control that fails or cannot be judged, failures first."""
    found = []
    for state, words in ((FAILS, "A control fails"), (NOT_JUDGED, "Not controlled")):
        rows = controls[controls["state"] == state]
        evidence = rows["evidence"].drop_duplicates().map(with_minus_signs)
        found += [f"{words}: {each}." for each in evidence]
    return found


def _row(frame, stratum, metric):
    found = frame[(frame["stratum"] == stratum) & (frame["metric"] == metric)]
    return found.iloc[0]


def _secondary_results(task, stratum, metrics, differences):
    """Describe the model's secondary results, with adjusted p values."""
    of_model = metrics[metrics["predictor"] == MODEL]
    here = of_model[of_model["stratum"] == stratum].set_index(["task", "metric"])
    found = []
    counts = of_model[of_model["metric"].isin(["positives", "negatives"])]
    counts = counts[counts["stratum"] == ALL_PAIRS].set_index("metric")["value"]
    strata = STRATA
    if len(counts) == 2:
        scope = ""
        if task != UNSIGNED:
            strata = STRATA | {ALL_PAIRS: "all positives"}
            scope = " All results here are for positives only."
        found.append(
            f"The scored pairs include {counts['positives']:,.0f} positives and"
            f" {counts['negatives']:,.0f} negatives; the rest are neither (key"
            f" 'classes').{scope}"
        )
    if (row := _row_with_value(here, SIGNED, "sign_agreement")) is not None:
        found.append(
            f"Signs agree in {with_interval(row)} of pairs{_adjusted(row)};"
            f" {_signs_by_chance(row)}."
        )
    if (
        task == SIGNED
        and (row := _row_with_value(here, MAGNITUDE, "spearman")) is not None
    ):
        found.append(
            f"Effect size regardless of sign: {words_of(SIGNED)['spearman']}"
            f" {with_interval(row)}{_adjusted(row)}."
        )
    n_first = here.loc[(task, PRIMARY[task].metric), "n"]
    for row in of_model.itertuples(index=False):
        is_other = row.stratum != stratum and row.stratum in PRIMARY[task].strata
        is_asked = row.task == task and row.metric == PRIMARY[task].metric
        if is_other and is_asked and pd.notna(row.ci_low) and row.n != n_first:
            found.append(
                f"{strata[row.stratum].capitalize()} (n = {row.n:,.0f}):"
                f" {words_of(task)[row.metric]} {with_interval(row)}{_adjusted(row)}."
            )
    found += _of_source_leads(task, of_model)
    is_measured = is_assay(of_model["model"].iloc[0])
    whose = "The assay" if is_measured else "The model"
    for asked in dict.fromkeys((task, MAGNITUDE if task == SIGNED else task)):
        found += _against_baseline(differences, asked, stratum, whose)
    over = _value(here, "ceiling", "spearman_over_ceiling")
    reliability = _value(here, "ceiling", "reliability")
    if ("ceiling", "reliability") in here.index and pd.isna(reliability):
        found.append("No noise ceiling: the effects have no standard errors.")
    if reliability > 0 and over > 0:
        share = f" {whose} reaches {over:.2f} of this ceiling." if over <= 1 else ""
        perfect = "perfect measurement" if is_measured else "perfect predictor"
        found.append(
            f"Given the measurement error of the effects, a {perfect} would reach"
            f" a Spearman correlation of about {reliability**0.5:.2f} (reliability"
            f" {reliability:.2f}).{share} Linkage between tested and"
            " causal variants lowers the ceiling further."
        )
    found += _against_replicate(metrics, stratum, whose)
    least = _value(here, "power", "detectable_spearman")
    if least > 0:
        found.append(f"Minimum detectable correlation at 80 % power: {least:.3f}.")
    elif ("power", "detectable_spearman") in here.index:
        found.append(
            "Minimum detectable correlation: none, with so few pairs or blocks."
        )
    return found


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
        f"Of these {count['n']:,} variants, {count['value']:,.0f} are the lead of their"
        " feature in the source; for the other features, it is the best that has a score"
    )
    if count["value"] == count["n"]:
        text = (
            f"All {count['n']:,} variants are the lead of their feature in the source"
        )
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
