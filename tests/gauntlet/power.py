"""How much of each graded defect is caught: power curves on the demonstration.

As a program it writes the page: ``python -m gauntlet.power resources/docs/power.md``.
"""

import argparse
import logging
import pathlib
import tempfile
from typing import NamedTuple

import numpy as np
import pandas as pd
import scipy.stats
from endobench.core.files import atomic_path
from endobench.gates.verdicts import FAIL, WARN, verdicts
from gauntlet import power_curves
from gauntlet.page import demonstrated
from gauntlet.pipeline import World
from gauntlet.power_world import Inputs

N_TRIALS = 20
_INTRODUCTION = """\
# How much of a defect is caught

How large must a defect be, to be caught? Each row introduces a defect of one strength into
the demonstration ({n_variants} variants of {n_features} genes), n times with other
random numbers. "Fails" is the share of the trials in which a gate fails, so that the result
is not reportable, with its 95 % interval (Wilson); "alarm" also counts warnings, which make
a result reportable with exceptions. Without a defect, no trial has an alarm, and Spearman's
correlation of one variant per gene is {spearman:.3f}. "Gates" are those that fail in at
least half of the trials.

Scores are tried as those of a model, which is asked again for 20 variants, and as those of
a table, where only the data can show a fault. What the gates do not see:

- Scores of a table that were exchanged at random, or are noise, look like those of a model
  that knows nothing about these variants. If all are, the controls fail; else such a table
  is reportable with exceptions at most, because no model was asked again.
- Effects at a part of the lead variants look like a better model, and so do effects with so
  much noise that they add little.
- Flipped signs of a few single rows look like variants whose effects a model does not
  explain. A second cohort (key `replicate`) tells them apart.
- Effects and errors of single genes have no scale of their own, and keep z and p.
- Peaks of which a part lies elsewhere still enrich. The number is right for the variants
  that it names.
"""
_END = """\
`make gauntlet` writes this page. **Next:** [every defect and what catches it](gauntlet.md),
[every gate and its thresholds](../../config/README.md#gates)."""


class Power(NamedTuple):
    """How often a defect of one strength is caught.

    Attributes
    ----------
    n : int
        Trials.
    failed, alarmed : float
        Shares of the trials with a failing gate, and with one that fails or warns.
    low, high : float
        95 % interval of `failed`.
    spearman : float
        Median over the trials of one variant per feature; missing if pairs do not change.
    gates : list of str
        Those that fail in at least half of the trials.
    """

    n: int
    failed: float
    alarmed: float
    low: float
    high: float
    spearman: float
    gates: list


def power_of(inputs, family, change, n_trials=N_TRIALS):
    """Introduce a defect with several seeds, and count how often it is caught.

    Parameters
    ----------
    inputs : power_world.Inputs
    family : callable
        Measures the gates of changed inputs; see `power_curves.Curve`.
    change : callable
        From inputs and a random generator to changed inputs.
    n_trials : int
    """
    found, rho = [], []
    for seed in range(n_trials):
        changed = change(inputs, np.random.default_rng(seed))
        frame = verdicts(family(changed), inputs.thresholds)
        found.append(frame.set_index("gate")["verdict"])
        rho.append(_spearman(changed))
    fails = np.array([each == FAIL for each in found])
    alarms = fails | np.array([each == WARN for each in found])
    n_failed = int(fails.any(axis=1).sum())
    low, high = scipy.stats.binomtest(n_failed, n_trials).proportion_ci(method="wilson")
    return Power(
        n_trials,
        n_failed / n_trials,
        alarms.any(axis=1).mean(),
        low,
        high,
        float(np.median(rho)),
        list(found[0].index[fails.mean(axis=0) >= 0.5]),
    )


def _spearman(inputs):
    lead = inputs.pairs[inputs.is_lead].dropna(subset="raw")
    return scipy.stats.spearmanr(lead["effect"], lead["raw"]).statistic


def measure_all(inputs, n_trials=N_TRIALS, curves=power_curves.CURVES):
    """Return the power of every curve at each strength.

    Parameters
    ----------
    inputs : power_world.Inputs
    n_trials : int
    curves : iterable of power_curves.Curve

    Returns
    -------
    pandas.DataFrame
        ``stage, defect, strength`` in words, and the fields of `Power`.
    """
    rows = []
    for curve in curves:
        for strength in curve.strengths:
            change = curve.make(strength)
            found = power_of(inputs, curve.family, change, n_trials)
            words = f"{curve.unit} {strength:g}"
            named = {"stage": curve.stage, "defect": curve.name, "strength": words}
            rows.append(named | found._asdict())
    return pd.DataFrame(rows)


def render(table, inputs, spearman):
    """Return the page as text."""
    pairs = inputs.pairs
    lines = [
        _INTRODUCTION.format(
            n_variants=f"{pairs['variant_id'].nunique():,}",
            n_features=f"{pairs['feature_id'].nunique():,}",
            spearman=spearman,
        )
    ]
    for stage, rows in table.groupby("stage", sort=False):
        lines += [
            f"## {stage}",
            "",
            "| defect | strength | Spearman | n | fails | alarm | gates |",
            "|---|---|---|---|---|---|---|",
        ]
        for row in rows.itertuples():
            gates = ", ".join(f"`{each}`" for each in row.gates)
            fails = f"{row.failed:.0%} [{row.low:.0%}, {row.high:.0%}]"
            cells = (
                row.defect,
                row.strength,
                f"{row.spearman:.3f}",
                str(row.n),
                fails.replace("%", " %"),
                f"{row.alarmed:.0%}".replace("%", " %"),
                gates,
            )
            lines.append(f"| {' | '.join(cells)} |")
        lines.append("")
    return "\n".join([*lines, _END]) + "\n"


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="gauntlet.power", description=__doc__)
    parser.add_argument("page", type=pathlib.Path)
    parser.add_argument("--folder", help="where the demonstration has already run")
    options = parser.parse_args(arguments)
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as folder:
        world = World(options.folder or demonstrated(folder))
        inputs = Inputs.of_world(world)
        page = render(measure_all(inputs), inputs, world.spearman)
    with atomic_path(options.page) as temporary:
        temporary.write_text(page)


if __name__ == "__main__":
    main()
