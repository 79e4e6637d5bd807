"""The finding of a benchmark in sentences, each supported by the benchmark's numbers.

Nothing is computed here that no table holds. A sentence makes a claim only where both
the interval and the p value of its row support it.
"""

from typing import NamedTuple

import pandas as pd

from endobench.design.benchmark_names import base_of
from endobench.design.conclusions import NO, SIGNIFICANT, UNDEFINED
from endobench.design.metrics import LD_BLOCKS, PRIMARY, words_of
from endobench.design.models import ASSAY, MODEL, STANDIN, is_assay
from endobench.design.scorers import TABLE_SCORER
from endobench.design.tasks import MAGNITUDE, SIGNED, UNSIGNED
from endobench.evaluate.conditions.outcome import FAILS, NOT_JUDGED
from endobench.figures import labels
from endobench.figures.captions import p_value, signed, with_interval, with_minus_signs
from endobench.report.remedies import remedies
from endobench.report.secondary_results import STRATA, secondary_results

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


class Finding(NamedTuple):
    """The finding of a benchmark in words.

    Attributes
    ----------
    dataset, protocol, model : str
    question : str
        What was tested, on which data and with which model.
    headline : str
        The result, with its interval and p value.
    pairs : str
        Which pairs the result is of, since others have another one.
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
    pairs: str
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
        pairs=STRATA[stratum],
        kind=str(conclusion.finding) if _is_conclusive(conclusion) else UNDEFINED,
        is_reportable=str(conclusion.is_reportable),
        why=str(conclusion.why),
        sentences=[
            *_sentences_of_controls(controls[controls["stratum"] == stratum]),
            *secondary_results(task, stratum, metrics, differences),
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
    estimate = (
        f"{name} {with_interval(conclusion)} (95 % CI, {conclusion.n:,.0f} pairs),"
        f" {p_value(conclusion.p)}"
    )
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
