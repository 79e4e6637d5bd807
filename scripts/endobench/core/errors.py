"""Errors raised on purpose: mistakes of the user and refusals of a service."""


class InputError(ValueError):
    """A mistake in what the user provided.

    The message is one line: the file, the line or key, the value found, and what would
    be right. A door prints it without a traceback and exits with status 1.
    """


class Unavailable(InputError):
    """A service that does not respond now, but may respond later."""


class NotAnswered(Exception):
    """A request that a model cannot answer, however often it is repeated."""
