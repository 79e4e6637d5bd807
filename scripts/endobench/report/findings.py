"""What a benchmark amounts to, in sentences that its own numbers bear out.

Nothing is computed here that no table holds. A sentence claims something only where the
interval and the p value of its row both do; where they do not, it says so.
"""

from typing import NamedTuple

import pandas as pd

from endobench.design.metrics import PRIMARY, words_of
from endobench.design.models import MODEL, STANDIN
from endobench.design.protocol import TABLE_SCORER, base_of
from endobench.design.tasks import (
    ALL_PAIRS,
    LEADS,
    MAGNITUDE,
    MATCHED,
    SIGNED,
    UNSIGNED,
)
from endobench.figures.captions import decimals, p_value, with_interval
from endobench.report.remedies import changes

# Below this a row's test rejects.
SIGNIFICANT = 0.05
# What an answer above its null claims, and one below.
_CLAIMS = {
    SIGNED: ("agree with the measured ones", "go against the measured ones"),
    MAGNITUDE: (
        "agree in size with the measured ones",
        "go against the measured ones in size",
    ),
    UNSIGNED: ("tell positives from negatives", "are larger for negatives"),
}
STRATA = {
    LEADS: "one lead variant per feature",
    ALL_PAIRS: "all pairs",
    MATCHED: "positives and matched negatives, one variant per feature",
}


class Told(NamedTuple):
    """A benchmark in words.

    Attributes
    ----------
    dataset, protocol, model : str
    question : str
        What was asked, of which data and model.
    headline : str
        The answer, with its interval and its p value.
    kind : {"agreement", "disagreement", "null", "undefined"}
    is_reportable : bool
    why : str
        Why it is or is not reportable.
    sentences : list of str
        What else the numbers say.
    changes : list of str
        What would change the answer, or how sure it is.
    """

    dataset: str
    protocol: str
    model: str
    question: str
    headline: str
    kind: str
    is_reportable: bool
    why: str
    sentences: list
    changes: list


def tell(conclusions, metrics, differences, gates, waterfall):
    """Say what a benchmark amounts to.

    Parameters
    ----------
    conclusions, metrics, differences, gates, waterfall : pandas.DataFrame
        In the columns of `columns.CONCLUSIONS`, `METRICS`, `DIFFERENCES`, `GATES` and
        `WATERFALL`, of one benchmark.

    Returns
    -------
    Told
        Of the stratum that was named beforehand.

    Raises
    ------
    ValueError
        If the conclusions hold no row of that stratum.
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
    answer = _row(of_task, stratum, conclusion.metric)
    return Told(
        conclusion.dataset,
        conclusion.protocol,
        str(conclusion.model),
        _question(answer, task),
        words := headline(conclusion),
        "undefined" if words.startswith("There is no") else str(conclusion.finding),
        bool(conclusion.is_reportable),
        str(conclusion.why),
        _sentences(task, stratum, of_model, differences),
        changes(conclusion, metrics, gates, waterfall),
    )


def headline(conclusion):
    """Return the answer of a conclusion in one sentence.

    Parameters
    ----------
    conclusion : named tuple
        A row of `columns.CONCLUSIONS`.
    """
    who = subject(conclusion.model)
    null = PRIMARY[conclusion.task].null
    name = words_of(conclusion.task)[conclusion.metric]
    if pd.isna(conclusion.ci_low) or pd.isna(conclusion.p):
        return f"There is no answer: {_why_no_interval(conclusion, name)}."
    told = f"{name} {with_interval(conclusion)} (95 %), {p_value(conclusion.p)}"
    is_rejected = conclusion.p < SIGNIFICANT
    is_outside = not conclusion.ci_low <= null <= conclusion.ci_high
    if is_rejected != is_outside:
        return (
            f"There is no claim to make: the interval {_holds(is_outside)} {null:g},"
            f" while the test {_rejects(is_rejected)}: {told}."
        )
    if is_outside:
        return f"{who} {_CLAIMS[conclusion.task][conclusion.value <= null]}: {told}."
    found = f"No agreement is found: {told}."
    if not conclusion.is_reportable:
        found += " That does not show that there is none."
    return found


def subject(model):
    """Return whose effects are spoken of."""
    kind, _, rest = str(model).partition("/")
    if kind == STANDIN:
        return "The stand-in’s predicted effects"
    if kind == "table":
        return f"The scores of {rest}"
    if kind == "alphagenome":
        return "AlphaGenome’s predicted effects"
    return f"The effects that {kind} {rest.partition('/')[0]} predicts"


def _why_no_interval(conclusion, name):
    if pd.isna(conclusion.value):
        return (
            f"{name} is not defined for {conclusion.n:,.0f} pairs, of which scores or"
            " effects may be all alike"
        )
    if abs(conclusion.value) == 1 or (
        conclusion.task == UNSIGNED and not conclusion.value
    ):
        return f"{name} is {conclusion.value:g}, at the border of what it can be"
    return (
        f"{name} of {conclusion.n:,.0f} pairs is {conclusion.value:.3f}, and there are"
        " too few pairs or blocks for an interval"
    )


def _holds(is_outside):
    return "excludes" if is_outside else "holds"


def _rejects(is_rejected):
    return "rejects it" if is_rejected else "does not reject it"


def _question(row, task):
    base = base_of(row["protocol"])
    what = {
        SIGNED: "Do predicted effects of variants agree, sign and all, with those",
        MAGNITUDE: "Are larger predicted effects larger effects, as",
        UNSIGNED: "Do larger predicted effects tell positives from negatives, as",
    }[task]
    scorer = (
        "a table of scores"
        if row["scorer"] == TABLE_SCORER
        else f"{row['scorer']} in a window of {row['window_bp']:,} bp, tracks"
        f" {row['track_set']}"
    )
    return (
        f"{what} measured in {row['dataset']}? Asked of {row['n']:,} pairs of"
        f" {row['n_variants']:,} unique variants ({STRATA[row['stratum']]}), scored by"
        f" {scorer}, model {row['model']}, protocol {base}."
    )


def _row(frame, stratum, metric):
    found = frame[(frame["stratum"] == stratum) & (frame["metric"] == metric)]
    return found.iloc[0]


def _sentences(task, stratum, of_model, differences):
    """Say what other rows of the model hold; their p values are adjusted."""
    here = of_model[of_model["stratum"] == stratum].set_index(["task", "metric"])
    found = []
    counts = of_model[of_model["metric"].isin(["positives", "negatives"])]
    counts = counts[counts["stratum"] == ALL_PAIRS].set_index("metric")["value"]
    strata = STRATA
    if len(counts) == 2:
        if task != UNSIGNED:
            strata = STRATA | {ALL_PAIRS: "all positives"}
        among = "" if task == UNSIGNED else "; what is said here is among positives"
        found.append(
            f"Of the scored pairs {counts['positives']:,.0f} are positives and"
            f" {counts['negatives']:,.0f} negatives, the rest is neither (key"
            f" 'classes'){among}."
        )
    if (row := _told_row(here, SIGNED, "sign_agreement")) is not None:
        found.append(
            f"The signs are the same in {with_interval(row)} of pairs (50 % by"
            f" chance){_adjusted(row)}."
        )
    if task == SIGNED and (row := _told_row(here, MAGNITUDE, "spearman")) is not None:
        found.append(
            f"Sizes alone, whatever the sign: {words_of(SIGNED)['spearman']}"
            f" {with_interval(row)}{_adjusted(row)}."
        )
    n_first = here.loc[(task, PRIMARY[task].metric), "n"]
    for row in of_model.itertuples(index=False):
        is_other = row.stratum != stratum and row.stratum in PRIMARY[task].strata
        is_asked = row.task == task and row.metric == PRIMARY[task].metric
        if is_other and is_asked and pd.notna(row.ci_low) and row.n != n_first:
            found.append(
                f"Over {strata[row.stratum]}, {row.n:,.0f}, {words_of(task)[row.metric]}"
                f" is {with_interval(row)}{_adjusted(row)}."
            )
    for asked in dict.fromkeys((task, MAGNITUDE if task == SIGNED else task)):
        found += _against_baseline(differences, asked, stratum)
    over = _value(here, "ceiling", "spearman_over_ceiling")
    reliability = _value(here, "ceiling", "reliability")
    if reliability > 0 and over > 0:
        share = f"; the correlation is {over:.2f} of that" if over <= 1 else ""
        found.append(
            "Sampling error of these effects alone lets a score without any error reach"
            f" about {reliability**0.5:.2f} (reliability {reliability:.2f}){share}. That a"
            " variant is only linked to the causal one lowers it further."
        )
    least = _value(here, "power", "detectable_spearman")
    if least > 0:
        found.append(
            f"A correlation of {least:.3f} would have been found in four of five such"
            " tables."
        )
    return found


def _told_row(here, task, metric):
    """Return a row that has a value, with its metric, or None."""
    if (task, metric) not in here.index or pd.isna(here.loc[(task, metric), "value"]):
        return None
    row = here.loc[(task, metric)].copy()
    row["metric"] = metric
    return row


def _value(here, task, metric):
    """Return a number, or NaN, of which no comparison holds."""
    if (task, metric) not in here.index:
        return float("nan")
    return float(here.loc[(task, metric), "value"])


def _adjusted(row):
    """Return the adjusted p value of a row, in words, or nothing without one."""
    return "" if pd.isna(row.p_adjusted) else f", adjusted {p_value(row.p_adjusted)}"


def _against_baseline(differences, task, stratum):
    """Say how the model stands beside the highest baseline of a task."""
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
    size = f"{abs(row['difference']):.{digits}f}"
    interval = f"[{row['ci_low']:.{digits}f}, {row['ci_high']:.{digits}f}]"
    told = f"{interval}, adjusted {p_value(row['p_adjusted'])}"
    size_of = "of sizes " if task == MAGNITUDE else ""
    baseline = f"the highest baseline {size_of}({row['a']}, {row['value_a']:.3f})"
    is_outside = not row["ci_low"] <= 0 <= row["ci_high"]
    if row["p_adjusted"] < SIGNIFICANT and is_outside:
        side = "above" if row["difference"] > 0 else "below"
        return [f"The model is {size} {side} {baseline}: {told}."]
    change = f"{row['difference']:.{digits}f}"
    return [f"The model is not told from {baseline}: difference {change} {told}."]
