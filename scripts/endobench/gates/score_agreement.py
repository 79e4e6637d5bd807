"""Gates on the agreement of scores with effects: is it too high, or reversed?"""

import numpy as np

from endobench.design.tasks import NO_ALLELE
from endobench.gates.alleles import NO_SIGN
from endobench.gates.verdicts import MIN_ROWS, Measured, not_checked, too_few
from endobench.stats.rank_correlation import spearman
from endobench.stats.reliability import reliability

# Of a two-sided 95 % interval.
_Z = 1.96


def above_ceiling(scored):
    """Measure the absolute Spearman correlation over its noise ceiling.

    The ceiling is the square root of the effects' `reliability`. Without standard errors
    there is none: two assays of the same variants may agree as well as a copy would.

    Parameters
    ----------
    scored : pandas.DataFrame
        ``effect``, ``effect_se``, ``unit`` and ``raw``.
    """
    rho, n = _spearman(scored)
    if np.isnan(rho):
        return _not_correlated(n, "scored pairs")
    found, _ = reliability(scored)
    if np.isnan(found):
        return not_checked(n, "no ceiling: the effects have no standard errors")
    if found <= 0:
        return not_checked(n, "effects vary less than their standard errors")
    return Measured(
        abs(rho) / np.sqrt(found),
        n,
        f"Spearman {rho:z.3f} of {n:,} pairs, reliability of effects {found:z.3f}",
    )


def orientation(scored, is_signed, has_signed_scores=True):
    """Measure the upper end of the 95 % interval of Spearman, one pair per feature.

    The interval is Bonett and Wright's (2000, doi:10.1007/BF02294183).

    Parameters
    ----------
    scored : pandas.DataFrame
        ``variant_id, feature_id, p_value, effect, raw``.
    is_signed, has_signed_scores : bool
        See `measure`.

    Returns
    -------
    Measured
        Clearly negative if effects or scores refer to the wrong allele.
    """
    if not is_signed:
        return not_checked(len(scored), NO_ALLELE)
    if not has_signed_scores:
        return not_checked(len(scored), NO_SIGN)
    # Pairs of a feature are in linkage and therefore not independent.
    order = scored.sort_values(["p_value", "variant_id"], na_position="last")
    if order["feature_id"].nunique() > 1:
        order = order.drop_duplicates("feature_id")
    rho, n = _spearman(order)
    if np.isnan(rho):
        return _not_correlated(n, "scored features")
    half = _Z * np.sqrt((1 + rho**2 / 2) / (n - 3))
    bound = np.clip(rho, -1 + 1e-12, 1 - 1e-12)
    low, high = np.tanh(np.arctanh(bound) + np.array([-half, half]))
    return Measured(
        high,
        n,
        f"Spearman {rho:z.3f} [{low:z.3f}, {high:z.3f}] of {n:,} lead variants",
    )


def _not_correlated(n, what):
    """Return the `Measured` of a gate whose rows have no correlation."""
    if n < MIN_ROWS:
        return too_few(n, what)
    return not_checked(n, f"effects or scores of {n:,} {what} do not vary")


def _spearman(rows):
    effect, raw = (rows[name].astype(float) for name in ("effect", "raw"))
    n = len(rows)
    if n < MIN_ROWS or np.ptp(effect) == 0 or np.ptp(raw) == 0:
        return np.nan, n
    return spearman(effect, raw), n
