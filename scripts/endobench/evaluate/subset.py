"""Some pairs of a benchmark, and what every task reads or counts of them."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from endobench.benchmark import baselines
from endobench.design.models import MODEL
from endobench.design.routes import ATLAS
from endobench.evaluate.options import estimate

# What the agreement of the model alone needs of the pairs.
_OF_MODEL = ["variant_id", "effect", "raw"]


class Subset(NamedTuple):
    """Some pairs of a benchmark, with all annotations, and those of each pair.

    `block` has the code of each pair's block, in the order of the blocks' names. Where
    the model is the only predictor, `known` is None.
    """

    pairs: pd.DataFrame
    annotations: pd.DataFrame
    known: pd.DataFrame
    block: np.ndarray

    def where(self, mask):
        """Return the pairs of a mask."""
        if mask.all():
            return self
        mask = np.asarray(mask)
        known = None if self.known is None else self.known[mask]
        return self._replace(
            pairs=self.pairs[mask], known=known, block=self.block[mask]
        )

    def of_model(self):
        """Return what the agreement of the model alone needs."""
        return self._replace(pairs=self.pairs[_OF_MODEL], known=None)

    def scores(self):
        """Return the predictors of the pairs; see `baselines.predictors_of`."""
        if self.known is None:
            return pd.DataFrame({MODEL: self.pairs["raw"].to_numpy(dtype=float)})
        return baselines.predictors_of(self.pairs, self.known)


def with_all_resamples(rows, statistics, options):
    """Replace the model's rows, from which a conclusion is drawn, by all resamples."""
    of_model = estimate({MODEL: statistics[MODEL]}, options).rows()
    others = rows[rows["predictor"] != MODEL]
    return pd.concat([of_model, others], ignore_index=True)


def variant_counts(pairs):
    """Return the numbers of variants with a moved window, and of Atlas scores."""
    is_counted = {
        "moved_windows": pairs["shift_bp"].fillna(0) != 0,
        "from_atlas": pairs["route"] == ATLAS,
    }
    return pd.DataFrame(
        {
            "predictor": MODEL,
            "metric": name,
            "value": float(pairs.loc[mask, "variant_id"].nunique()),
            "n": len(pairs),
        }
        for name, mask in is_counted.items()
    )
