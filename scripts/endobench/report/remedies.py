"""What would change an answer, or how sure it is."""

import pandas as pd

from endobench.design.models import MODEL, PREFIXES, is_standin
from endobench.evaluate.conclusion import BUILT_IN, NULL

# No more than there are chromosomes: an interval of so few units is wide.
FEW_BLOCKS = 24


def changes(conclusion, metrics, gates, waterfall):
    """Return what would change an answer, or how sure it is, a sentence each.

    Parameters
    ----------
    conclusion : named tuple
        A row of `columns.CONCLUSIONS`.
    metrics, gates, waterfall : pandas.DataFrame
        Of the same benchmark.
    """
    found = []
    if is_standin(conclusion.model):
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
            f"Faults that had nothing to be seen in ({', '.join(sorted(unchecked))}) are"
            " not excluded."
        )
    controls = metrics[(metrics["task"] == "control")]
    if conclusion.finding == NULL and set(controls["predictor"]) <= set(BUILT_IN):
        found.append(
            "A positive control, another assay of the same variants (key 'control'):"
            " without one no null is reportable."
        )
    is_asked = (
        (metrics["task"] == conclusion.task)
        & (metrics["stratum"] == conclusion.stratum)
        & (metrics["metric"] == conclusion.metric)
        & (metrics["predictor"] == MODEL)
    )
    n_blocks = metrics.loc[is_asked, "n_blocks"].dropna()
    has_interval = pd.notna(conclusion.ci_low)
    if has_interval and len(n_blocks) and n_blocks.iloc[0] <= FEW_BLOCKS:
        found.append(
            "More units to resample, such as blocks of linkage (key 'ld_blocks'): the"
            f" interval is of {n_blocks.iloc[0]:,} units only."
        )
    is_table = str(conclusion.model).startswith(PREFIXES["table"])
    is_trained = not (is_table or is_standin(conclusion.model))
    if is_trained and "held_out" not in set(metrics["stratum"]):
        found.append(
            "Intervals that the model was not trained on (keys 'folds' and"
            " 'model_version'): here nothing is held out from it."
        )
    lost = waterfall[~waterfall["stage"].isin(["input", "kept"])]
    whole = waterfall.loc[waterfall["stage"] == "input", "n_pairs"].sum()
    if len(lost) and whole:
        most = lost.loc[lost["n_pairs"].idxmax()]
        n_lost = lost["n_pairs"].sum()
        part = f"the largest part ({most['n_pairs']:,})"
        if most["n_pairs"] == n_lost:
            part = "all of them"
        found.append(
            f"Rows that were not scored: {n_lost:,} of {whole:,}, {part} as"
            f" {most['reason']}."
        )
    return found
