"""The words of a conclusion: what was found, and whether it may be reported."""

AGREEMENT, DISAGREEMENT = "agreement", "disagreement"
# Readers of tables (pandas, readr) take "null" and "NA" for a missing value.
NO_AGREEMENT = "no_agreement"
UNDEFINED = "undefined"
# Level of the tests.
SIGNIFICANT = 0.05
FINDINGS = (AGREEMENT, DISAGREEMENT, NO_AGREEMENT, UNDEFINED)

# Values of `is_reportable`, from best to worst. Exceptions are named in `why`.
YES, EXCEPTIONS, NO = "yes", "with exceptions", "no"
REPORTABLE = (YES, EXCEPTIONS, NO)
# Begins each exception in `why`.
EXCEPTION = "exception: "

# Words of earlier versions. Those did not check the controls of an agreement.
_OLD_FINDINGS = {"null": NO_AGREEMENT}
_OLD_REPORTABLE = {"true": EXCEPTIONS, "false": NO}
OLD_RULES = f"{EXCEPTION}drawn by an earlier version, which did not check all controls"


def current_finding(word):
    """Return a finding in the words of this version.

    Parameters
    ----------
    word : str
        Of this or an earlier version.

    Raises
    ------
    ValueError
        If no version has the word.
    """
    return _known(_OLD_FINDINGS.get(str(word), str(word)), FINDINGS, "finding")


def current_reportable(word):
    """Return a value of `is_reportable` in the words of this version.

    Parameters
    ----------
    word : str
        One of `REPORTABLE`, or a truth value, as earlier versions wrote it.

    Raises
    ------
    ValueError
        If no version has the word.
    """
    word = _OLD_REPORTABLE.get(str(word).lower(), str(word))
    return _known(word, REPORTABLE, "is_reportable")


def is_old_reportable(word):
    """Return whether a value of `is_reportable` is that of an earlier version."""
    return str(word).lower() in _OLD_REPORTABLE


def exceptions_of(why):
    """Return the exceptions that a conclusion names, as a list of text.

    Parameters
    ----------
    why : str
        See `columns.CONCLUSIONS`.
    """
    parts = str(why).split("; ")
    return [each[len(EXCEPTION) :] for each in parts if each.startswith(EXCEPTION)]


def _known(word, words, name):
    if word not in words:
        raise ValueError(f"{name} {word!r} is not one of {', '.join(words)}")
    return word
