"""Answers that fit their questions one by one, but cannot all be a model's.

A server that is stuck gives every variant the same scores; one that averages gives every
track the same score. Each answer passes its checks, and canaries get it again.
"""

import collections

import numpy as np

# So many answers in a row do not agree by chance. Zeros may: where there is hardly any
# signal, both alleles can be equal to the last digit in every track.
_MOST, _MOST_OF_ZEROS = 50, 1_000
# Not a change but a level, which all variants share that change nothing.
_LEVELS = ("RNA_SEQ_ACTIVE",)


class Sameness:
    """Counts answers in a row that equal each other, or in which all tracks are equal."""

    def __init__(self):
        self._last = {}
        self._of_genes = collections.defaultdict(dict)
        self._n_same = collections.Counter()

    def add(self, scorer, answer):
        """Return why an answer and those before it cannot be a model's, or None.

        Parameters
        ----------
        scorer : str
        answer : Answer
            For another variant than before. Of answers by gene, those without a gene are
            not counted, nor are genes whose scores are all zero, as those of a silent
            gene are. Two of them are equal if all genes that both have are, or all
            their scores, whatever the genes.
        """
        raw, genes = answer.raw, answer.feature_ids
        if genes is not None:
            has_score = (np.isfinite(raw) & (raw != 0)).any(axis=1)
            raw, genes = raw[has_score], genes[has_score]
        if not raw.size:
            return None
        found = {
            "variants": self._is_as_before(scorer, raw, genes),
            "tracks": raw.shape[-1] > 1 and bool((raw == raw[..., :1]).all()),
        }
        most = _MOST if raw.any() else _MOST_OF_ZEROS
        for what, is_same in found.items():
            if is_same is None:
                continue
            count = scorer, what
            self._n_same[count] = self._n_same[count] + 1 if is_same else 0
            if self._n_same[count] >= most:
                return _in_words(self._n_same[count], what, scorer, raw, genes)
        return None

    def _is_as_before(self, scorer, raw, genes):
        """Return whether scores equal earlier ones, or None if they cannot be compared."""
        # Bytes are compared ten times as fast as numbers that may be missing.
        last = self._last.get(scorer)
        if genes is None:
            self._last[scorer] = raw.tobytes()
            return self._last[scorer] == last
        if scorer in _LEVELS:
            return None
        now = {
            gene: hash(row.tobytes())
            for gene, row in zip(genes.tolist(), raw, strict=True)
        }
        known, self._last[scorer] = self._of_genes[scorer], set(now.values())
        is_equal = [known[gene] == now[gene] for gene in now.keys() & known.keys()]
        known.update(now)
        if self._last[scorer] == last:
            return True
        return all(is_equal) if is_equal else None


def _in_words(n_same, what, scorer, raw, genes):
    of_gene = "" if genes is None else f" for {genes[0]}"
    value = f"such as {raw.flat[0]:.4g}{of_gene} in track 0"
    whose = f"gave {n_same:,} variants in a row"
    if what == "variants":
        return f"{whose} the same scores of {scorer}, {value}"
    return f"{whose} one score of {scorer} for all {raw.shape[-1]} tracks, {value}"
