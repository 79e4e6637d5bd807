"""Answers that fit their questions one by one, but cannot all be a model's.

A server that is stuck gives every variant the same scores; one that averages gives every
track the same score. Each answer passes its checks, and canaries get it again.
"""

import collections

# So many answers in a row do not agree by chance. Zeros may: where there is hardly any
# signal, both alleles can be equal to the last digit in every track.
_MOST, _MOST_OF_ZEROS = 50, 1_000


class Sameness:
    """Counts answers in a row that equal each other, or in which all tracks are equal."""

    def __init__(self):
        self._last = {}
        self._n_same = collections.Counter()

    def add(self, scorer, answer):
        """Return why an answer and those before it cannot be a model's, or None.

        Parameters
        ----------
        scorer : str
        answer : Answer
            For another variant than before. Answers by gene are not counted: many
            variants lie in no gene, and then have no score.
        """
        raw = answer.raw
        if answer.feature_ids is not None or not raw.size:
            return None
        # Bytes are compared ten times as fast as numbers that may be missing.
        last, self._last[scorer] = self._last.get(scorer), raw.tobytes()
        found = {
            "variants": self._last[scorer] == last,
            "tracks": len(raw) > 1 and bool((raw == raw[0]).all()),
        }
        most = _MOST if raw.any() else _MOST_OF_ZEROS
        for what, is_same in found.items():
            count = scorer, what
            self._n_same[count] = self._n_same[count] + 1 if is_same else 0
            if self._n_same[count] >= most:
                return _in_words(self._n_same[count], what, scorer, raw)
        return None


def _in_words(n_same, what, scorer, raw):
    value = f"such as {raw[0]:.4g} in track 0"
    whose = f"gave {n_same:,} variants in a row"
    if what == "variants":
        return f"{whose} the same scores of {scorer}, {value}"
    return f"{whose} one score of {scorer} for all {len(raw)} tracks, {value}"
