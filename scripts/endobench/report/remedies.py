"""What could change a finding or its certainty."""

import pandas as pd

from endobench.design.conclusions import NO_AGREEMENT
from endobench.design.metrics import LD_BLOCKS
from endobench.design.models import MODEL, is_standin, is_table
from endobench.design.reasons import reason_words
from endobench.evaluate.conditions.outcome import BUILT_IN

# The number of human chromosomes: intervals from so few blocks are wide.
FEW_BLOCKS = 24


def remedies(conclusion, metrics, gates, waterfall, blocks=LD_BLOCKS):
    """Return what could change a finding or its certainty, one sentence each.

    Parameters
    ----------
    conclusion : named tuple
        A row of `columns.CONCLUSIONS`.
    metrics, gates, waterfall : pandas.DataFrame
        In the columns of `columns.METRICS`, `GATES` and `WATERFALL`, of the same
        benchmark.
    blocks : str
        What was resampled, `metrics.LD_BLOCKS` or `metrics.CHROMOSOMES`.

    Returns
    -------
    list of str
    """
    return [
        *_of_the_model(conclusion),
        *_of_gates(gates),
        *_of_the_control(conclusion, metrics),
        *_of_blocks(conclusion, metrics, blocks),
        *_of_training(conclusion, metrics),
        *_of_lost_rows(waterfall),
    ]


def _of_the_model(conclusion):
    if is_standin(conclusion.model):
        yield (
            "Scores from a real model (key 'service'): a stand-in’s scores say nothing"
            " about AlphaGenome."
        )


def _of_gates(gates):
    """Yield what gates found, and which of them had nothing to check."""
    for name, verb in (("fail", "fails"), ("warn", "warns")):
        for gate in gates[gates["verdict"] == name].itertuples(index=False):
            is_accepted = gate.is_accepted is True or gate.is_accepted == 1
            accepted = " (accepted by the config)" if is_accepted else ""
            yield f"Gate {gate.gate} {verb}{accepted}: {gate.evidence}."
    unchecked = gates.loc[gates["verdict"] == "not_checked", "gate"].unique()
    if len(unchecked):
        noun = "gate" if len(unchecked) == 1 else "gates"
        yield (
            f"Not assessed, because the {noun} had nothing to check:"
            f" {', '.join(sorted(unchecked))}."
        )


def _of_the_control(conclusion, metrics):
    """Yield what the lack of an external positive control means."""
    controls = metrics[metrics["task"] == "control"]
    if set(controls["predictor"]) <= set(BUILT_IN):
        without = "every conclusion has an exception"
        if conclusion.finding == NO_AGREEMENT:
            without = "a lack of agreement is not reportable"
        yield (
            "A positive control (another assay of the same variants, key 'control'):"
            f" without one, {without}."
        )


def _of_blocks(conclusion, metrics, blocks):
    """Yield that an interval rests on few blocks."""
    is_asked = (
        (metrics["task"] == conclusion.task)
        & (metrics["stratum"] == conclusion.stratum)
        & (metrics["metric"] == conclusion.metric)
        & (metrics["predictor"] == MODEL)
    )
    n_blocks = metrics.loc[is_asked, "n_blocks"].dropna()
    has_interval = pd.notna(conclusion.ci_low)
    if has_interval and len(n_blocks) and n_blocks.iloc[0] <= FEW_BLOCKS:
        more = "More LD blocks" if blocks == LD_BLOCKS else "LD blocks to resample"
        yield (
            f"{more} (key 'ld_blocks'): the interval rests on only"
            f" {n_blocks.iloc[0]:,} {blocks}."
        )


def _of_training(conclusion, metrics):
    """Yield that no region was held out from the training of a model that had one."""
    is_trained = not (is_table(conclusion.model) or is_standin(conclusion.model))
    if is_trained and "held_out" not in set(metrics["stratum"]):
        yield (
            "Regions held out from the model’s training (keys 'folds' and"
            " 'model_version'): this benchmark has none."
        )


def _of_lost_rows(waterfall):
    """Yield how many rows have no score, and the main reason."""
    lost = waterfall[~waterfall["stage"].isin(["input", "kept"])]
    n_rows = waterfall.loc[waterfall["stage"] == "input", "n_pairs"].sum()
    if len(lost) and n_rows:
        most = lost.loc[lost["n_pairs"].idxmax()]
        n_lost = lost["n_pairs"].sum()
        words = reason_words(most["reason"])
        reason = f"main reason: {words} ({most['n_pairs']:,})"
        if most["n_pairs"] == n_lost:
            reason = f"only reason: {words}"
        yield f"Rows without a score: {n_lost:,} of {n_rows:,}; {reason}."
