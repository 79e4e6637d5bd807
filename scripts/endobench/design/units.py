"""Units of effects: what no effect is, what is possible, and what is usual."""

import math
from typing import NamedTuple


class Unit(NamedTuple):
    """What values a unit allows, and what is usual.

    Attributes
    ----------
    null : float
        The value of no effect.
    low, high : float
        What is possible.
    usual_low, usual_high : float
        Where the median distance from the null lies in a table of significant effects.
    """

    null: float
    low: float
    high: float
    usual_low: float
    usual_high: float


# Usual slopes: GTEx v8 has a median of 0.23 in Whole Blood (670 donors) and of 0.86 in
# Kidney Cortex (73). dsQTL betas: 0.79 (Degner 2012); log2 aFC: 0.43 (Whole Blood).
UNITS = {
    "slope": Unit(0.0, -10.0, 10.0, 0.05, 2.0),
    "dsQTL beta": Unit(0.0, -20.0, 20.0, 0.1, 3.0),
    "beta": Unit(0.0, -20.0, 20.0, 0.01, 5.0),
    "log2FC": Unit(0.0, -20.0, 20.0, 0.02, 5.0),
    "log2_aFC": Unit(0.0, -20.0, 20.0, 0.02, 5.0),
    # A log ratio whose base its source does not say.
    "log ratio": Unit(0.0, -20.0, 20.0, 0.02, 5.0),
    "Pi": Unit(0.5, 0.0, 1.0, 0.02, 0.45),
    "score": Unit(0.0, -math.inf, math.inf, 0.0, math.inf),
    # No effect but a class: 1 of a causal variant, 0 of one that is not.
    "label": Unit(0.0, 0.0, 1.0, 0.0, 1.0),
}
