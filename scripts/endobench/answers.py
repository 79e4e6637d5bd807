"""What a benchmark amounts to, in sentences that its own numbers bear out.

Nothing is computed here that no table holds. A sentence claims something only where the
interval and the p value of its row both do; where they do not, it says so.
"""

from typing import NamedTuple

import pandas as pd

from endobench.notes import METRICS, decimals, p_value, with_interval
from endobench.predictors import MODEL
from endobench.protocol import TABLE_SCORER, base_of
from endobench.reportable import NULL, STANDIN
from endobench.tasks import ALL_PAIRS, ANSWERS, LEADS, MATCHED, SIGNED, UNSIGNED

# Below this a row's test rejects.
SIGNIFICANT = 0.05
# No more than there are chromosomes: an interval of so few units is wide.
FEW_BLOCKS = 24
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


def tell(verdicts, metrics, differences, gates, waterfall):
    """Say what a benchmark amounts to.

    Parameters
    ----------
    verdicts, metrics, differences, gates, waterfall : pandas.DataFrame
        In the columns of `columns.VERDICTS`, `METRICS`, `DIFFERENCES`, `GATES` and
        `WATERFALL`, of one benchmark.

    Returns
    -------
    Told
        Of the stratum that was named beforehand.

    Raises
    ------
    ValueError
        If the verdicts hold no row of that stratum.
    """
    task = next(iter(verdicts["task"]), SIGNED)
    stratum = ANSWERS[task].strata[0]
    rows = verdicts[verdicts["stratum"] == stratum]
    if len(rows) != 1:
        raise ValueError(f"{len(rows)} verdicts of stratum {stratum!r}; expected one")
    verdict = next(rows.itertuples(index=False))
    of_model = metrics[metrics["predictor"] == MODEL]
    of_task = of_model[of_model["task"] == task]
    answer = _row(of_task, stratum, verdict.metric)
    return Told(
        verdict.dataset,
        verdict.protocol,
        str(verdict.model),
        _question(answer, task),
        headline(verdict),
        str(verdict.answer),
        bool(verdict.is_reportable),
        str(verdict.why),
        _sentences(task, stratum, of_model, differences, verdicts),
        changes(verdict, metrics, gates, waterfall),
    )


def headline(verdict):
    """Return the answer of a verdict in one sentence.

    Parameters
    ----------
    verdict : named tuple
        A row of `columns.VERDICTS`.
    """
    who = subject(verdict.model)
    null = ANSWERS[verdict.task].null
    name = METRICS[verdict.task][verdict.metric]
    if pd.isna(verdict.ci_low) or pd.isna(verdict.p):
        return (
            f"There is no answer: {verdict.n:,.0f} pairs are too few for an interval of"
            f" {name}."
        )
    told = f"{name} {with_interval(verdict)} (95 %), {p_value(verdict.p)}"
    is_rejected = verdict.p < SIGNIFICANT
    is_outside = not verdict.ci_low <= null <= verdict.ci_high
    if is_rejected != is_outside:
        return (
            f"There is no claim to make: the interval {_holds(is_outside)} {null:g},"
            f" while the test {_rejects(is_rejected)}: {told}."
        )
    what = {
        True: ("tell positives from negatives", "are larger for negatives"),
        False: ("agree with the measured ones", "go against the measured ones"),
    }[verdict.task == UNSIGNED]
    if is_outside and verdict.value > null:
        return f"{who} {what[0]}: {told}."
    if is_outside:
        return f"{who} {what[1]}: {told}."
    found = f"No agreement is found: {told}."
    if not verdict.is_reportable:
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


def _holds(is_outside):
    return "excludes" if is_outside else "holds"


def _rejects(is_rejected):
    return "rejects it" if is_rejected else "does not reject it"


def _question(row, task):
    base = base_of(row["protocol"])
    what = {
        SIGNED: "Do predicted effects of variants agree in sign and size with those",
        UNSIGNED: "Do larger predicted effects tell variants with an effect from others",
    }.get(task, "Are larger predicted effects larger")
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


def _sentences(task, stratum, of_model, differences, verdicts):
    found = []
    here = of_model[of_model["stratum"] == stratum].set_index(["task", "metric"])
    if (SIGNED, "sign_agreement") in here.index and task == SIGNED:
        row = here.loc[(SIGNED, "sign_agreement")]
        if pd.notna(row["value"]):
            row = row.copy()
            row["metric"] = "sign_agreement"
            found.append(
                f"The signs are the same in {with_interval(row)} of pairs (50 % by"
                f" chance){'' if pd.isna(row['p']) else ', ' + p_value(row['p'])}."
            )
    others = verdicts[verdicts["stratum"] != stratum]
    for row in others.itertuples(index=False):
        if pd.notna(row.ci_low):
            found.append(
                f"Over {STRATA[row.stratum]}, {row.n:,.0f}, {METRICS[task][row.metric]}"
                f" is {with_interval(row)}, {p_value(row.p)}."
            )
    found += _against_baseline(differences, task, stratum)
    if ("ceiling", "reliability") in here.index:
        reliability = here.loc[("ceiling", "reliability"), "value"]
        over = here.loc[("ceiling", "spearman_over_ceiling"), "value"]
        if pd.notna(reliability) and reliability > 0 and pd.notna(over):
            found.append(
                f"Noise in the measured effects lets no score go above"
                f" {reliability**0.5:.2f} (reliability {reliability:.2f}); the"
                f" correlation is {over:.2f} of that."
            )
    if ("power", "detectable_spearman") in here.index:
        least = here.loc[("power", "detectable_spearman"), "value"]
        if pd.notna(least):
            found.append(
                f"A correlation of {least:.3f} would have been found in four of five"
                " such tables."
            )
    return found


def _against_baseline(differences, task, stratum):
    """Say how the model stands beside the best baseline of its task."""
    rows = differences[
        (differences["comparison"] == "baseline")
        & (differences["task"] == task)
        & (differences["stratum"] == stratum)
        & (differences["metric"] == ANSWERS[task].metric)
        & (differences["a"] != "mismatched_tracks")
    ].dropna(subset=["difference", "ci_low", "p_adjusted"])
    if rows.empty:
        return []
    row = rows.loc[rows["value_a"].astype(float).idxmax()]
    digits = decimals(row["ci_high"] - row["ci_low"])
    size = f"{abs(row['difference']):.{digits}f}"
    interval = f"[{row['ci_low']:.{digits}f}, {row['ci_high']:.{digits}f}]"
    told = f"{interval}, adjusted {p_value(row['p_adjusted'])}"
    baseline = f"the best baseline, {row['a']} ({row['value_a']:.3f})"
    is_outside = not row["ci_low"] <= 0 <= row["ci_high"]
    if row["p_adjusted"] < SIGNIFICANT and is_outside:
        side = "above" if row["difference"] > 0 else "below"
        return [f"The model is {size} {side} {baseline}: {told}."]
    return [f"The model is not told from {baseline}: difference {told}."]


def changes(verdict, metrics, gates, waterfall):
    """Return what would change an answer, or how sure it is, a sentence each.

    Parameters
    ----------
    verdict : named tuple
        A row of `columns.VERDICTS`.
    metrics, gates, waterfall : pandas.DataFrame
        Of the same benchmark.
    """
    found = []
    if str(verdict.model).startswith(STANDIN):
        found.append(
            "A real model: these numbers are a stand-in’s and say nothing about"
            " AlphaGenome (key 'service')."
        )
    for name, noun in (("fail", "fails"), ("warn", "warns")):
        for gate in gates[gates["verdict"] == name].itertuples(index=False):
            is_accepted = gate.is_accepted is True or gate.is_accepted == 1
            accepted = ", accepted by the config" if is_accepted else ""
            found.append(f"Gate {gate.gate} {noun}{accepted}: {gate.evidence}.")
    unchecked = gates.loc[gates["verdict"] == "not_checked", "gate"].unique()
    if len(unchecked):
        found.append(
            f"Nothing to check had the gates {', '.join(sorted(unchecked))}: their faults"
            " are not excluded."
        )
    controls = metrics[(metrics["task"] == "control")]
    built_in = {"spike_in", "sham", "sequence"}
    if verdict.answer == NULL and set(controls["predictor"]) <= built_in:
        found.append(
            "A positive control, another assay of the same variants (key 'control'):"
            " without one no null is reportable."
        )
    is_asked = (
        (metrics["task"] == verdict.task)
        & (metrics["stratum"] == verdict.stratum)
        & (metrics["metric"] == verdict.metric)
        & (metrics["predictor"] == MODEL)
    )
    n_blocks = metrics.loc[is_asked, "n_blocks"].dropna()
    if len(n_blocks) and n_blocks.iloc[0] <= FEW_BLOCKS:
        found.append(
            "Blocks of linkage (key 'ld_blocks'): the interval resamples no more than"
            f" {n_blocks.iloc[0]:,} units."
        )
    if not metrics["stratum"].str.startswith("fold_").any():
        found.append(
            "Intervals that the model was not trained on (keys 'folds' and"
            " 'model_version'): here nothing is held out from it."
        )
    lost = waterfall[~waterfall["stage"].isin(["input", "kept"])]
    whole = waterfall.loc[waterfall["stage"] == "input", "n_pairs"].sum()
    if len(lost) and whole:
        most = lost.loc[lost["n_pairs"].idxmax()]
        found.append(
            f"Rows that were not used: {lost['n_pairs'].sum():,} of {whole:,}, most of"
            f" them ({most['n_pairs']:,}) as {most['reason']}."
        )
    return found
