"""Pairs of features with linked variants, and scores of two kinds."""

import numpy as np
import pandas as pd
from endobench.core.columns import PAIRS

_SE = 0.05


def linked_pairs(n_features=400, n_each=6, r=0.6, seed=1, gap_bp=300):
    """Return pairs whose scores follow each variant's own effect, with noise.

    Parameters
    ----------
    n_features, n_each : int
        Features, and variants of each.
    r : float
        Correlation of the genotypes of neighbours, with random signs.
    seed, gap_bp : int
        Of the random numbers, and between neighbouring variants.

    Returns
    -------
    pandas.DataFrame
        In the columns of `columns.PAIRS`.
    """
    rng = np.random.default_rng(seed)
    order = np.arange(n_each)
    ld = r ** np.abs(order[:, None] - order)
    sign = rng.choice([-1, 1], (n_features, n_each))
    own = rng.standard_t(4, (n_features, n_each))
    effect = sign * ((sign * own) @ ld) + rng.normal(0, _SE, own.shape)
    score = own + rng.normal(0, 1, own.shape)
    pos = 10_000 + gap_bp * np.arange(own.size)
    frame = pd.DataFrame(
        {
            "variant_id": [f"chr1_{each}_A_G_b38" for each in pos],
            "feature_id": np.repeat([f"gene{i}" for i in range(n_features)], n_each),
            "effect": effect.ravel(),
            "effect_se": _SE * 10,
            "p_value": np.nan,
            "unit": "slope",
            "raw": score.ravel(),
            "route": "model",
            "shift_bp": 0,
        }
    )
    return frame.reindex(columns=PAIRS.names)


def leaked(pairs, share=1.0, noise=0.5, seed=2):
    """Return pairs with scores that were made from the effects, for a share of variants."""
    rng = np.random.default_rng(seed)
    known = 0.5 * pairs["effect"] + rng.normal(0, noise, len(pairs))
    is_known = rng.random(len(pairs)) < share
    return pairs.assign(raw=np.where(is_known, known, pairs["raw"]))
