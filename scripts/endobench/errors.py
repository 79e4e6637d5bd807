"""The one exception that a user's mistake may raise."""


class InputError(ValueError):
    """Something that the user gave is wrong.

    The message is one line: the file, the line or key, the offending value, and what
    would be right. A door prints it without a traceback and exits with status 1.
    """


class NotAnswered(Exception):
    """A question that a model cannot answer, however often it is asked."""
