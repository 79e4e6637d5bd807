"""Words that a report's tables show for the names in their columns."""

from endobench.design.metrics import METRICS
from endobench.design.reasons import reason_words
from endobench.figures.labels import (
    predictor_words,
    readable,
    stratum_words,
)

_METRICS = {
    each.name: words for each in METRICS for words in reversed(each.words.values())
}


def _metric_words(name):
    return _METRICS.get(name) or readable(name)


# By column: returns the words that are shown for a name in a table.
WORDS = {
    "stratum": stratum_words,
    "reason": reason_words,
    "metric": _metric_words,
    "y": _metric_words,
    **dict.fromkeys(("predictor", "a", "b"), predictor_words),
    **dict.fromkeys(
        ("stage", "gate", "control", "verdict", "state", "finding", "comparison"),
        readable,
    ),
}
