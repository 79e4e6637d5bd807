"""What may be raised on purpose: a user's mistake, and what a service cannot give."""


class InputError(ValueError):
    """Something that the user gave is wrong.

    The message is one line: the file, the line or key, the offending value, and what
    would be right. A door prints it without a traceback and exits with status 1.
    """


class Unavailable(InputError):
    """A service that does not answer, and may do so later."""


class NotAnswered(Exception):
    """A question that a model cannot answer, however often it is asked."""
