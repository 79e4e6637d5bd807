"""Measure the coverage of 95 % intervals and the size of tests at 5 % under LD.

Datasets are simulated with a known agreement of scores and effects. Both are correlated
within LD blocks, and some variants have the effects of two genes. Effects of either sign
are equally likely, and are not divided into classes, unless a design says otherwise.
``make coverage`` writes the table.
"""

import argparse
import collections
import concurrent.futures
import dataclasses
import pathlib
import subprocess

import numpy as np
import pandas as pd
import scipy.stats
from endobench.stats.agreement import Signed, Unsigned
from endobench.stats.bootstrap import bootstrap
from endobench.stats.estimates import Estimates
from endobench.stats.nulls import permutation_test, sign_flip_test, strata_of

RHOS = (0.0, 0.1, 0.3)
# Of the designs with heavy tails, in which Pearson's interval is hard to get right.
HEAVY_RHOS = (0.0, 0.4)
# Of the designs with classes, one without and one with agreement.
CLASS_RHOS = (0.0, 0.3)
# Degrees of freedom of the effects: a variance, but no kurtosis.
HEAVY_DEGREES = 3
SEED = 20_240_229
LEVEL = 0.05


@dataclasses.dataclass(frozen=True)
class Design:
    """A design of the study.

    Attributes
    ----------
    name : str
    blocks_per_unit : tuple of int
        The number of LD blocks in each unit of resampling.
    rhos : tuple of float
        Correlations that are planted.
    is_heavy : bool
        Whether effects have heavy tails: their ranks are kept, and their values become
        those of Student's t.
    share_positive : float
        Share of effects and of scores above zero; the null is then that both are
        independent.
    share_in_class : float, optional
        Share of the pairs, those with the largest effects, that are the positives.
    """

    name: str
    blocks_per_unit: tuple
    rhos: tuple = RHOS
    is_heavy: bool = False
    share_positive: float = 0.5
    share_in_class: float | None = None

    @property
    def is_plain(self):
        """Whether effects are normal, of either sign equally often, and not classes."""
        return not (self.is_heavy or self.is_skewed or self.share_in_class)

    @property
    def has_own_chance(self):
        """Whether the chance of a metric depends on the pairs."""
        return self.is_skewed or self.share_in_class is not None

    @property
    def is_skewed(self):
        """Whether one sign is more frequent than the other."""
        return self.share_positive != 0.5


# The autosomes of GRCh38, which get one LD block per 25 Mb.
_AUTOSOMES_MB = [249, 242, 198, 190, 182, 171, 159, 145, 138, 134, 135]
_AUTOSOMES_MB += [133, 114, 107, 102, 90, 83, 80, 59, 64, 47, 51]
# Resampled units of one to some dozen LD blocks.
_UNEQUAL = np.exp(scipy.stats.norm.ppf((np.arange(300) + 0.5) / 300))
_UNEQUAL = np.maximum(1, np.round(_UNEQUAL)).astype(int)
DESIGNS = (
    Design("400 LD blocks", (1,) * 400),
    Design("50 LD blocks", (1,) * 50),
    Design("22 chromosomes", tuple(round(each / 25) for each in _AUTOSOMES_MB)),
    Design(
        "22 chromosomes, heavy tails",
        tuple(round(each / 9.6) for each in _AUTOSOMES_MB),
        HEAVY_RHOS,
        is_heavy=True,
    ),
    Design(
        "300 unequal blocks, heavy tails",
        tuple(_UNEQUAL.tolist()),
        HEAVY_RHOS,
        is_heavy=True,
    ),
    Design("50 LD blocks, 75 % positive", (1,) * 50, (0.0,), share_positive=0.75),
    Design("400 LD blocks, classes", (1,) * 400, CLASS_RHOS, share_in_class=0.1),
    Design("50 LD blocks, classes", (1,) * 50, CLASS_RHOS, share_in_class=0.1),
    Design(
        "22 chromosomes, classes",
        tuple(round(each / 25) for each in _AUTOSOMES_MB),
        CLASS_RHOS,
        share_in_class=0.1,
    ),
)


@dataclasses.dataclass(frozen=True)
class Effort:
    """The size of the study.

    Attributes
    ----------
    n_intervals, n_tests : int
        Simulated datasets for the coverage of intervals, and for the size of tests.
    n_resamples, n_draws : int
        Resamples of each interval, and draws of each test.
    with_others : bool
        Whether percentile and BCa intervals are computed, too.
    """

    n_intervals: int = 1_000
    n_tests: int = 4_000
    n_resamples: int = 400
    n_draws: int = 199
    with_others: bool = True


def truth(rho, design=DESIGNS[0], share_in_class=None):
    """Return the true statistics of pairs whose normal scores have correlation `rho`.

    If one sign is more frequent, the share of equal signs has no truth but its chance.
    Average precision depends on the share of positives, that of a dataset if given.
    """
    if design.share_in_class:
        return _of_classes(rho, design.share_in_class, share_in_class)
    known = {
        "spearman": 6 / np.pi * np.arcsin(rho / 2),
        "pearson": _heavy_pearson(rho) if design.is_heavy else rho,
        "sign_agreement": 0.5 + np.arcsin(rho) / np.pi,
        "sign_auroc": 0.5 + 2 * np.arcsin(rho / np.sqrt(2)) / np.pi,
    }
    if design.is_skewed:
        del known["sign_agreement"]
    return known


def _of_classes(rho, share, own_share):
    """Return the areas for positives whose effects are the largest, of a given share.

    A score s belongs to a positive with the probability that the effect, with mean
    rho s and variance 1 - rho², is above its quantile.
    """
    score, step = np.linspace(-8, 8, 8001, retstep=True)
    above = scipy.stats.norm.isf(share)
    is_positive = scipy.stats.norm.sf((above - rho * score) / np.sqrt(1 - rho**2))
    positives = is_positive * scipy.stats.norm.pdf(score) * step / share
    negatives = (1 - is_positive) * scipy.stats.norm.pdf(score) * step / (1 - share)
    found, wrong = (each[::-1].cumsum()[::-1] for each in (positives, negatives))
    own_share = share if own_share is None else own_share
    precision = own_share * found / (own_share * found + (1 - own_share) * wrong)
    return {
        "auroc": (positives * (1 - wrong + negatives / 2)).sum(),
        "auprc": (positives * precision).sum(),
    }


def _heavy(values):
    """Return values of Student's t with the ranks of normal ones."""
    tail = scipy.special.stdtrit(HEAVY_DEGREES, scipy.stats.norm.cdf(-np.abs(values)))
    return -np.sign(values) * tail


def _heavy_pearson(rho):
    """Return Pearson's correlation of normal scores with effects of heavy tails.

    The score's mean is linear in the effect's normal score z, so that it is rho times
    the mean of z times the effect, over the effect's standard deviation.
    """
    z, step = np.linspace(-8, 8, 4001, retstep=True)
    covariance = (z * _heavy(z) * scipy.stats.norm.pdf(z)).sum() * step
    return rho * covariance / np.sqrt(HEAVY_DEGREES / (HEAVY_DEGREES - 2))


def _autoregressive(generator, step, within):
    """Draw standard normal values, each correlated with the previous one in its block."""
    values = generator.standard_normal(len(within))
    for position in range(1, within.max() + 1):
        here = np.flatnonzero(within == position)
        values[here] = step * values[here - 1] + np.sqrt(1 - step**2) * values[here]
    return values


def simulate(generator, design, rho):
    """Draw one dataset: a frame of pairs, ``effect, score, unit, stratum, variant``.

    An LD block has 5 to 15 variants. Within a block, neighbouring scores correlate with
    0.5. The part of the effects that is independent of the scores correlates with 0.8
    between neighbours, and 0.7 of its variance is shared by genes. Which allele is ALT
    is random, unless one sign is more frequent than the other, or effects are classes:
    then ``effect`` is 1 for a positive, and 0 otherwise.
    """
    n_blocks = sum(design.blocks_per_unit)
    size = generator.integers(5, 16, n_blocks)
    block = np.repeat(np.arange(n_blocks), size)
    n_variants = len(block)
    within = np.arange(n_variants) - (np.cumsum(size) - size)[block]
    score = _autoregressive(generator, 0.5, within)
    shared = _autoregressive(generator, 0.8, within)
    stratum = strata_of(
        generator.standard_normal(n_variants), generator.uniform(0, 0.5, n_variants)
    )
    genes = [np.arange(n_variants), np.flatnonzero(generator.random(n_variants) < 0.3)]
    effects = []
    for variant in genes:
        own = _autoregressive(generator, 0.8, within)
        noise = (np.sqrt(0.7) * shared + np.sqrt(0.3) * own)[variant]
        effects.append(rho * score[variant] + np.sqrt(1 - rho**2) * noise)
    variant = np.concatenate(genes)
    allele = generator.choice([-1.0, 1.0], n_variants)
    effect = np.concatenate(effects) * allele[variant]
    score *= allele
    if design.is_heavy:
        effect = _heavy(effect)
    if design.is_skewed:
        shift = scipy.stats.norm.ppf(design.share_positive)
        effect, score = effect * allele[variant] + shift, score * allele + shift
    if design.share_in_class:
        above = scipy.stats.norm.isf(design.share_in_class)
        effect, score = effect * allele[variant] > above, score * allele
    unit = np.repeat(np.arange(len(design.blocks_per_unit)), design.blocks_per_unit)
    frame = pd.DataFrame({"variant": variant, "unit": unit[block][variant]})
    return frame.assign(
        effect=effect.astype(float),
        score=score[variant],
        stratum=stratum[variant],
    )


def _bca(replicates, value, left_out):
    """Return the bias-corrected and accelerated interval of Efron (1987)."""
    share = (np.mean(replicates < value) + np.mean(replicates <= value)) / 2
    bias = scipy.stats.norm.ppf(share)
    pull = left_out.mean() - left_out
    acceleration = (pull**3).sum() / (6 * (pull**2).sum() ** 1.5)
    z = bias + scipy.stats.norm.ppf([LEVEL / 2, 1 - LEVEL / 2])
    return np.quantile(
        replicates, scipy.stats.norm.cdf(bias + z / (1 - acceleration * z))
    )


def intervals(pairs, design, n_resamples, seed, with_others):
    """Yield metric, method, the two ends of its interval, and the p value of its test."""
    n_units = len(design.blocks_per_unit)
    kind = Unsigned if design.share_in_class else Signed
    statistic = kind(pairs["effect"], pairs["score"], pairs["unit"], n_units)
    made = Estimates({"model": statistic}, n_resamples=n_resamples, seed=seed)
    rows = made.rows().set_index("metric")
    if with_others:
        (values,), (replicates,) = bootstrap(
            [statistic], n_units, n_resamples=n_resamples, seed=seed
        )
        left_out = np.stack([statistic(each) for each in 1 - np.eye(n_units)])
    for column, metric in enumerate(statistic.NAMES):
        row = rows.loc[metric]
        yield metric, "block", row["ci_low"], row["ci_high"], row["p"]
        yield metric, "analytic", row["analytic_low"], row["analytic_high"], np.nan
        if with_others:
            value, drawn = values[column], replicates[:, column]
            ends = np.quantile(drawn, [LEVEL / 2, 1 - LEVEL / 2])
            yield metric, "percentile", *ends, np.nan
            yield metric, "BCa", *_bca(drawn, value, left_out[:, column]), np.nan


def rejections(pairs, n_draws, seed):
    """Yield the name of each test, and whether it rejects at `LEVEL`."""
    vectors = (pairs["effect"], pairs["score"], pairs["unit"])
    found = permutation_test(
        *vectors, pairs["stratum"], pairs["variant"], n_draws, seed
    )
    yield "permutation", found.p <= LEVEL
    is_within = found.null_low <= found.observed <= found.null_high
    yield "permutation, not studentised", not is_within
    yield "sign flip", sign_flip_test(*vectors, n_draws, seed).p <= LEVEL


def count(design, rho, datasets, effort, seed=SEED):
    """Simulate datasets, and count intervals that cover and tests that reject.

    Parameters
    ----------
    design : Design
    rho : float
    datasets : iterable of int
        The numbers of the datasets, which seed them.
    effort : Effort
    seed : int

    Returns
    -------
    collections.Counter
        By ``(metric, method, quantity)``; with ``"n"`` in front, the number of datasets.
    """
    found = collections.Counter()
    # Others were compared with where the method was chosen.
    with_others = effort.with_others and design.is_plain
    place = [DESIGNS.index(design), design.rhos.index(rho)]
    for number in datasets:
        generator = np.random.default_rng([seed, *place, number])
        pairs = simulate(generator, design, rho)
        known = truth(rho, design, pairs["effect"].mean())
        is_test = rho == 0 and design.has_own_chance
        if number < effort.n_intervals or is_test:
            made = intervals(pairs, design, effort.n_resamples, number, with_others)
            for metric, method, low, high, p in made:
                if metric in known:
                    key = (metric, method, "coverage")
                    found["n", *key] += 1
                    found[key] += int(low <= known[metric] <= high)
                if is_test and method == "block":
                    key = (metric, method, "rejection")
                    found["n", *key] += 1
                    found[key] += int(p < LEVEL)
        if rho == 0 and number < effort.n_tests and design.is_plain:
            for method, is_rejected in rejections(pairs, effort.n_draws, number):
                key = ("spearman", method, "rejection")
                found["n", *key] += 1
                found[key] += int(is_rejected)
    return found


def tabulate(design, rho, counter):
    """Return one row per metric, method and quantity, with Wilson's 95 % interval."""
    rows = []
    for metric, method, quantity in (key[1:] for key in counter if key[0] == "n"):
        n = counter["n", metric, method, quantity]
        test = scipy.stats.binomtest(counter[metric, method, quantity], n)
        low, high = test.proportion_ci(method="wilson")
        rows.append((metric, method, quantity, n, test.statistic, low, high))
    columns = ["metric", "method", "quantity", "n_datasets", "value"]
    frame = pd.DataFrame(rows, columns=[*columns, "ci_low", "ci_high"])
    frame.insert(0, "design", design.name)
    frame.insert(1, "rho", rho)
    return frame.round({"value": 4, "ci_low": 4, "ci_high": 4})


def study(effort, seed, n_processes, chunk=100, designs=DESIGNS):
    """Simulate every design and rho in several processes; return the table."""
    cells = [(design, rho) for design in designs for rho in design.rhos]
    jobs = []
    with concurrent.futures.ProcessPoolExecutor(n_processes) as executor:
        for cell in cells:
            design, rho = cell
            n = effort.n_intervals
            if rho == 0 and not design.is_heavy:
                n = max(n, effort.n_tests)
            for first in range(0, n, chunk):
                numbers = range(first, min(first + chunk, n))
                jobs.append(
                    (cell, executor.submit(count, *cell, numbers, effort, seed))
                )
        counters = {cell: collections.Counter() for cell in cells}
        for cell, job in jobs:
            counters[cell].update(job.result())
    return pd.concat(
        [tabulate(*cell, counters[cell]) for cell in cells], ignore_index=True
    )


def main():
    """Write the table to a file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=pathlib.Path)
    parser.add_argument("--datasets", type=int, default=Effort.n_intervals)
    parser.add_argument("--datasets-of-tests", type=int, default=Effort.n_tests)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--revision", default=None)
    options = parser.parse_args()
    revision = (
        options.revision
        or subprocess.run(
            ["git", "describe", "--always", "--dirty"],
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()
    )
    effort = Effort(options.datasets, options.datasets_of_tests)
    frame = study(effort, options.seed, options.processes)
    frame = frame.assign(seed=options.seed, revision=revision)
    frame.to_csv(options.output, sep="\t", index=False)


if __name__ == "__main__":
    main()
