"""Flip the effects of random rows or genes, and count how often it is seen.

As a program it prints the table of the statistics page:
``python -m gauntlet.mixtures FOLDER``, a folder in which the demonstration has run.
"""

import argparse
import pathlib

import numpy as np
import pandas as pd
from endobench.stats.mixture import opposite_share

SHARES = (0.03, 0.05, 0.07, 0.1, 0.2, 0.4)
N_DRAWS = 20
# The threshold of the gates opposite_signs and control_signs.
LEAST = 0.01


def power_of(pairs, share, by, n_draws=N_DRAWS):
    """Return the share of random draws in which flipped effects are seen.

    Parameters
    ----------
    pairs : pandas.DataFrame
        ``effect``, ``raw`` and the column `by`.
    share : float
        Of the values of `by` whose effects are flipped.
    by : str or None
        "feature_id" or "variant_id", or None for single rows.
    n_draws : int
    """
    names = pd.factorize(pairs[by])[0] if by else np.arange(len(pairs))
    effect, score = pairs["effect"].to_numpy(), pairs["raw"].to_numpy()
    n_seen = 0
    for seed in range(n_draws):
        is_flipped = np.random.default_rng(seed).random(names.max() + 1) < share
        found = opposite_share(np.where(is_flipped[names], -effect, effect), score)
        n_seen += found is not None and found.low > LEAST
    return n_seen / n_draws


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="gauntlet.mixtures", description=__doc__)
    parser.add_argument("folder", type=pathlib.Path)
    folder = parser.parse_args(arguments).folder / "results/demo/corrected"
    columns = ["variant_id", "feature_id", "effect", "raw"]
    print("flipped | " + " | ".join(f"{share:.0%}" for share in SHARES))
    for name in ("pairs", "control"):
        pairs = pd.read_parquet(folder / f"{name}.parquet", columns=columns)
        for by in (None, "variant_id", "feature_id"):
            found = [power_of(pairs, share, by) for share in SHARES]
            texts = " | ".join(f"{each:.0%}" for each in found)
            print(f"{name}, {by or 'rows'} | {texts}", flush=True)


if __name__ == "__main__":
    main()
