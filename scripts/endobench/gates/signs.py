"""Gates on signs: what share of them is opposite, at least?

Flipped rows, features or variants lower the agreement as a whole. Where effects and what
they are compared with are both large, nearly all signs agree unless some are flipped.
"""

import numpy as np
import pandas as pd
from scipy.special import betaincinv

from endobench.gates.verdicts import Measured, not_checked, too_few
from endobench.stats.mixture import FEWEST, LARGE, opposite_share

# Of a one-sided bound.
_LEVEL = 0.005
_NO_SIGNS = "effects or scores have no signs"
# The signs of effects nearer to the null than so many standard errors are due to chance.
_LEAST_Z = 3.0


def measure(pairs, replicates=None, *, is_signed=True, null=0.0):
    """Measure the gates on signs opposite to those of scores and of a replicate.

    Parameters
    ----------
    pairs : pandas.DataFrame
        In the columns of `columns.PAIRS`, of one benchmark.
    replicates : pandas.DataFrame, optional
        In the columns of `columns.REPLICATES`.
    is_signed : bool
        Whether effects and scores have signs.
    null : float
        Value of no effect.

    Returns
    -------
    dict of str to Measured
    """
    unsigned = not_checked(len(pairs), _NO_SIGNS)
    if not is_signed:
        return {"opposite_signs": unsigned, "replicate_signs": unsigned}
    return {
        "opposite_signs": opposite_signs(pairs, null),
        "replicate_signs": replicate_signs(
            _without_noise(replicates, pairs, null), null
        ),
    }


def _without_noise(replicates, pairs, null):
    """Leave out effects whose own standard errors do not tell them from the null.

    In a table of all pairs, or of an assay with few effects, the largest of both cohorts
    are mostly noise.
    """
    if replicates is None:
        return None
    keys = ["variant_id", "feature_id"]
    errors = pairs[[*keys, "effect_se"]].drop_duplicates(keys)
    errors = errors.astype(dict.fromkeys(keys, object))
    rows = replicates.astype(dict.fromkeys(keys, object))
    se = rows[keys].merge(errors, on=keys, how="left")["effect_se"].to_numpy(float)
    size = np.abs(rows["effect"].to_numpy(dtype=float) - null)
    # Without an error, nothing says that an effect is noise.
    return replicates[~(size < _LEAST_Z * se)]


def opposite_signs(pairs, null=0.0, against="scores"):
    """Measure the share of signs that are opposite, at least.

    See `endobench.stats.mixture`.

    Parameters
    ----------
    pairs : pandas.DataFrame or None
        In the columns of `columns.PAIRS`.
    null : float
        Value of no effect.
    against : {"scores", "control"}
        What effects are compared with.

    Returns
    -------
    Measured
        The lower one-sided 99.5 % bound of the share.
    """
    if pairs is None:
        return not_checked(0, "no positive control is declared")
    scored = pairs[np.isfinite(pairs["raw"].to_numpy(dtype=float))]
    effect = scored["effect"].to_numpy(dtype=float) - null
    found = opposite_share(effect, scored["raw"].to_numpy(dtype=float))
    if found is None:
        what = f"pairs in which effects and {against} are large"
        return not_checked(len(scored), f"fewer than {FEWEST} {what}")
    return Measured(
        found.low,
        found.n,
        f"{found.n_opposite:,} of {found.n:,} pairs with large effects and {against} have"
        f" opposite signs; an estimated {100 * found.share:.0f} % of all signs are"
        f" opposite, at least {100 * found.low:.1f} %",
    )


def control_signs(control, null=0.0, is_signed=True):
    """Measure `opposite_signs` of effects and the positive control."""
    if not is_signed:
        return not_checked(0 if control is None else len(control), _NO_SIGNS)
    return opposite_signs(control, null, "control")


def replicate_signs(replicates, null=0.0):
    """Measure the share of large effects whose sign is opposite in the replicate.

    Both cohorts measure the same effect, so that those that are large in both have one
    sign, except where alleles or rows were mixed up.

    Parameters
    ----------
    replicates : pandas.DataFrame or None
        In the columns of `columns.REPLICATES`.
    null : float
        Value of no effect.

    Returns
    -------
    Measured
        Lower one-sided 99.5 % bound (Clopper-Pearson) among the pairs with the largest
        40 % of the effects of both.
    """
    if replicates is None:
        return not_checked(0, "no replicate is declared")
    both = replicates[["effect", "replicate_effect"]].dropna().to_numpy(float) - null
    ranks = pd.DataFrame(np.abs(both)).rank(pct=True).to_numpy()
    large = both[(ranks > LARGE).all(axis=1)]
    n = len(large)
    if n < FEWEST:
        return too_few(n, "pairs with large effects in both cohorts", FEWEST)
    n_opposite = int((np.sign(large).prod(axis=1) < 0).sum())
    low = betaincinv(n_opposite, n - n_opposite + 1, _LEVEL) if n_opposite else 0.0
    return Measured(
        float(low),
        n,
        f"{n_opposite:,} of {n:,} pairs with large effects in both cohorts have opposite"
        f" signs, at least {100 * low:.1f} %",
    )
