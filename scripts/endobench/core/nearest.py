"""The known words that resemble an unknown one."""

import difflib


def nearest(word, known, n=1, cutoff=0.6):
    """Return the known words most like a word, whatever their case; the closest first.

    Parameters
    ----------
    word : object
    known : iterable of object
        Both are compared as text.
    n : int
        The largest number of words to return.
    cutoff : float
        The smallest likeness, from 0 to 1.

    Returns
    -------
    list of str
    """
    names = {}
    for each in map(str, known):
        names.setdefault(each.casefold(), []).append(each)
    found = difflib.get_close_matches(str(word).casefold(), names, n, cutoff)
    return [each for form in found for each in names[form]][:n]
