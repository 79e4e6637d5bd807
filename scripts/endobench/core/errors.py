"""Errors raised on purpose: user mistakes and failures of a service."""


class InputError(ValueError):
    """A mistake in the user's input.

    The message is one line: the file, the line or key, the value found, and the value
    expected. `logs.door` prints it without a traceback and exits with status 1.
    """


class Unavailable(InputError):
    """A service that does not respond now, but may respond later."""


class NotAnswered(Exception):
    """A request that a model cannot answer, however often it is repeated."""


class WrongAnswer(ValueError):
    """An answer that does not fit its question: a fault of the server.

    It is a `ValueError`, as the client's own errors for unreadable answers are. The
    message says what was asked and what came.
    """
