"""Judge all controls of a benchmark.

A control passes, fails, or cannot be judged. What follows from it depends on the finding;
see `conclusion.conclusions_of`.
"""

from endobench.design.tasks import UNSIGNED
from endobench.evaluate.conditions.negative import (
    by_chance,
    mismatched_tracks,
    mismatched_variant,
    sham,
)
from endobench.evaluate.conditions.outcome import FLIPPED, PERMUTED
from endobench.evaluate.conditions.positive import (
    control_sequence,
    positive_control,
    sequence,
    spike_in,
)
from endobench.evaluate.conditions.rows import ControlRows


def outcomes(metrics, differences, declared, stratum, task, finding):
    """Judge every control that applies to a finding.

    Parameters
    ----------
    metrics : pandas.DataFrame
        In the columns of `columns.METRICS`, of one benchmark.
    differences : pandas.DataFrame or None
        In the columns of `columns.DIFFERENCES`, of the same benchmark.
    declared : DeclaredControl
    stratum, task : str
        Of the conclusion.
    finding : str or None
        One of `conclusions.FINDINGS`; None without an interval.

    Returns
    -------
    list of Outcome
    """
    found = ControlRows(metrics, differences, stratum, task)
    judged = [
        *positive_control(found, declared),
        *sequence(found),
        *control_sequence(found),
    ]
    if task != UNSIGNED:
        judged += [*sham(found), *spike_in(found, finding)]
        for name in (PERMUTED, FLIPPED):
            judged += by_chance(found, name, finding)
        judged += mismatched_variant(found, finding)
    return [*judged, *mismatched_tracks(found, finding)]
