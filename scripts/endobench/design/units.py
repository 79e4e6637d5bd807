"""Units of effects: null value, possible range and usual size."""

import math
from typing import NamedTuple


class Unit(NamedTuple):
    """Possible and usual values of effects in a unit.

    Attributes
    ----------
    null : float
        Value of no effect.
    low, high : float
        Range of possible values.
    usual_low, usual_high : float
        Usual range of the median distance from the null in a table of significant
        effects.
    """

    null: float
    low: float
    high: float
    usual_low: float
    usual_high: float


# What the published protocol uses as effects, which then have no unit of their own.
P_VALUE = "p_value"

# Units of slopes of a regression on genotypes, in which linked variants share effects.
OF_GENOTYPES = ("slope", "beta")

# Medians: GTEx v8 slopes, 0.23 in Whole Blood (670 donors) and 0.86 in Kidney Cortex
# (73 donors); dsQTL betas, 0.79 (Degner 2012); log2 aFC, 0.43 (Whole Blood).
UNITS = {
    "slope": Unit(0.0, -10.0, 10.0, 0.05, 2.0),
    "dsQTL beta": Unit(0.0, -20.0, 20.0, 0.1, 3.0),
    "beta": Unit(0.0, -20.0, 20.0, 0.01, 5.0),
    "log2FC": Unit(0.0, -20.0, 20.0, 0.02, 5.0),
    "log2_aFC": Unit(0.0, -20.0, 20.0, 0.02, 5.0),
    # A log ratio whose source does not state the base.
    "log ratio": Unit(0.0, -20.0, 20.0, 0.02, 5.0),
    "Pi": Unit(0.5, 0.0, 1.0, 0.02, 0.45),
    # The sign alone: 1 if the allele raises the measurement, 0 if it lowers it.
    "sign": Unit(0.5, 0.0, 1.0, 0.4, 0.5),
    "score": Unit(0.0, -math.inf, math.inf, 0.0, math.inf),
    # A class, not an effect: 1 for a causal variant, 0 for any other.
    "label": Unit(0.0, 0.0, 1.0, 0.0, 1.0),
}
