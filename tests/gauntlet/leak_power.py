"""How much of a defect of scores is caught: power curves on the demonstration.

As a program it writes the page: ``python -m gauntlet.leak_power resources/docs/leaks.md``.
"""

import argparse
import functools
import logging
import pathlib
import tempfile

import numpy as np
import scipy.stats
from endobench.benchmark.strata import is_lead
from endobench.core import columns
from endobench.core.files import atomic_path
from endobench.core.tables import read_frame
from endobench.gates.scores import Expected, measure
from endobench.gates.verdicts import FAIL, WARN, verdicts
from gauntlet import alter_leaks as by
from gauntlet.page import demonstrated
from gauntlet.pipeline import K562, SCORER, World

N_DRAWS = 20
_SHARES = (0.05, 0.1, 0.2, 0.3, 0.5, 1.0)
_WEIGHTS = (0.05, 0.1, 0.2, 0.3, 0.5, 1.0)
_INTRODUCTION = """\
# How much of a leak is seen

How large must a defect of scores be, to be caught? Each row introduces a defect of one
strength into the scores of the demonstration ({n_variants} variants of {n_features}
genes), {n_draws} times with other random numbers. "Fails" is the share of draws in which a
gate fails, so that the result is not reportable; "alarm" also counts warnings. Without a
defect, Spearman's correlation of one variant per gene is {spearman:.3f}.

What is not caught raises the correlation by little, with two exceptions. Scores leaked for
lead variants alone look like better predictions. In a table of one variant per feature,
nothing follows LD, and the gate `linked_agreement` says that it was not checked. Noise and
a minority of scores of one allele can lower the correlation unseen; where a model can be
asked, the gate `allele_exchange` sees the latter.
"""
_END = """\
`make gauntlet` writes this page. **Next:** [every defect and what catches it](gauntlet.md),
[every gate and its thresholds](../../config/README.md#gates)."""


def curves():
    """Return the graded defects.

    Returns
    -------
    dict of str to tuple
        By the words of the defect: the words of its strength, the strengths, and a
        function from a strength to a change of the joined pairs.
    """
    leaked = by.leaked
    share, weight = "share of the variants", "weight"
    return {
        "half the effect of a variant, with noise": (
            "sd of the noise",
            (0.05, 0.15, 0.3, 0.6, 1.0, 2.0),
            leaked,
        ),
        "half the effect, noise of sd 0.3": (
            share,
            _SHARES,
            lambda each: leaked(0.3, each),
        ),
        "half the effect, noise of sd 0.3, on the scale of the scores": (
            share,
            _SHARES,
            lambda each: leaked(0.3, each, is_matched=True),
        ),
        "half the mean effect, noise of sd 0.05, on the scale of the scores": (
            share,
            _SHARES,
            lambda each: leaked(0.05, each, "mean", is_matched=True),
        ),
        "scores mixed with mean effects": (weight, _WEIGHTS[:-1], by.blended),
        "scores with the sign of the effect": (share, _SHARES, by.signed),
        "effects copied": (share, (0.01, 0.02, 0.04, 0.06, 0.1), by.copied),
        "the lead's score for all variants of a gene": (
            share,
            _SHARES,
            by.in_ld_groups,
        ),
        "scores as 0": (share, (0.01, 0.02, 0.03, 0.05, 0.09, 0.4), by.filled),
        "scores of indels as 0": (
            "share of the indels",
            _SHARES,
            lambda each: by.filled(each, part=by.indels),
        ),
        "mean of three neighbours": (
            weight,
            _WEIGHTS,
            lambda each: by.rolling(3, each),
        ),
        "mean of the variants of a gene": (weight, _WEIGHTS, by.gene_mean),
        "mean of the variants of a gene, whole": (
            share,
            _SHARES,
            lambda each: by.gene_mean(share=each),
        ),
        "log signal of ALT alone, centred": (
            share,
            _SHARES,
            lambda each: by.of_one_allele("ALT", each),
        ),
        "log signal of ALT alone, centred, mixed with scores": (
            weight,
            _WEIGHTS,
            lambda each: by.of_one_allele("ALT", weight=each),
        ),
    }


def power_of(world, pairs, change):
    """Return the shares of draws with a failing gate and with any alarm, and Spearman.

    Parameters
    ----------
    world : World
    pairs : pandas.DataFrame
        Of the corrected benchmark.
    change : callable
        From pairs and a random generator to changed pairs.

    Returns
    -------
    n_failed, n_alarmed : float
    spearman : float
        Median of one variant per feature.
    gates : list of str
        Those that fail in at least half of the draws.
    """
    lead = is_lead(pairs, 0.0)
    found, rho = [], []
    for seed in range(N_DRAWS):
        changed = change(pairs, np.random.default_rng(seed))
        measured = measure(
            changed, world.tracks, Expected("standin", [K562], SCORER), world.windows
        )
        frame = verdicts(measured, world.config["gates"]).set_index("gate")["verdict"]
        found.append(frame)
        scored = changed[lead].dropna(subset="raw")
        rho.append(scipy.stats.spearmanr(scored["effect"], scored["raw"]).statistic)
    fails = np.array([each == FAIL for each in found])
    alarms = fails | np.array([each == WARN for each in found])
    often = found[0].index[fails.mean(axis=0) >= 0.5]
    shares = (each.any(axis=1).mean() for each in (fails, alarms))
    return (*shares, np.median(rho), list(often))


def render(world):
    """Return the page as text."""
    path = world.folder / "results/demo/corrected/pairs.parquet"
    pairs = read_frame(path, columns.PAIRS)
    lines = [
        _INTRODUCTION.format(
            n_variants=f"{pairs['variant_id'].nunique():,}",
            n_features=f"{pairs['feature_id'].nunique():,}",
            n_draws=N_DRAWS,
            spearman=world.spearman,
        ),
        "| defect | strength | Spearman | fails | alarm | gates |",
        "|---|---|---|---|---|---|",
    ]
    for name, (words, strengths, make) in curves().items():
        for strength in strengths:
            change = make(strength)
            if "signal" in name:
                change = functools.partial(change, world=world)
            failed, alarmed, rho, gates = power_of(world, pairs, change)
            by_gates = ", ".join(f"`{gate}`" for gate in gates)
            lines.append(
                f"| {name} | {words} {strength:g} | {rho:.3f} | {failed:.0%} |"
                f" {alarmed:.0%} | {by_gates} |".replace("%", " %")
            )
    return "\n".join([*lines, "", _END]) + "\n"


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="gauntlet.leak_power", description=__doc__)
    parser.add_argument("page", type=pathlib.Path)
    parser.add_argument("--folder", help="where the demonstration has already run")
    options = parser.parse_args(arguments)
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as folder:
        page = render(World(options.folder or demonstrated(folder)))
    with atomic_path(options.page) as temporary:
        temporary.write_text(page)


if __name__ == "__main__":
    main()
