"""Compute once what equal inputs lead to, however many defects ask for it."""

import collections
import hashlib
import pathlib
import pickle

# Results of altered data that are kept: a defect and its variants follow each other.
_MOST_KEPT = 64


class Once:
    """Results of functions, by their arguments.

    Most defects leave most inputs of most stages alone, and several leave the same ones.
    Arguments are equal if their contents are.
    """

    def __init__(self):
        self._digests, self._clean = {}, set()
        self._results, self._altered = {}, collections.OrderedDict()

    def __call__(self, function, *arguments):
        """Return what a function returns.

        What follows from objects that are known alone is kept; of anything else, the
        latest results are.
        """
        digests = [self._digest(each) for each in arguments]
        key = function, *digests
        is_clean = self._clean.issuperset(
            digest
            for digest, each in zip(digests, arguments, strict=True)
            if not _is_plain(each)
        )
        results = self._results if is_clean else self._altered
        if key not in results:
            results[key] = result = function(*arguments)
            if is_clean:
                self.know(result, *(result if isinstance(result, tuple) else ()))
            elif len(results) > _MOST_KEPT:
                results.popitem(last=False)
        return results[key]

    def know(self, *objects):
        """Take objects for inputs without a defect, or for what follows from them."""
        for each in objects:
            if not _is_plain(each):
                digest = _digest_of(each)
                # Objects that are kept do not share their ids with later ones.
                self._digests[id(each)] = each, digest
                self._clean.add(digest)

    def _digest(self, value):
        if _is_plain(value):
            return value
        if id(value) in self._digests:
            return self._digests[id(value)][1]
        return _digest_of(value)


def _is_plain(value):
    """Return whether a value is compared as such, or a tuple of such values."""
    if isinstance(value, tuple):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, (str, int, pathlib.Path))


def _digest_of(value):
    """Return a digest of a value's content.

    Equal values may have several, since pickle writes an object once for all its places.
    """
    return hashlib.blake2b(pickle.dumps(value, protocol=5)).digest()
