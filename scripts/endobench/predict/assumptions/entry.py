"""An assumption: what the code takes for granted, and the check of it."""

from collections.abc import Callable
from typing import NamedTuple


class Found(NamedTuple):
    """What a service does.

    Attributes
    ----------
    is_as_assumed : bool or None
        None if it was not asked.
    words : str
    """

    is_as_assumed: bool | None
    words: str


class Assumption(NamedTuple):
    """What the code takes for granted about a service.

    Attributes
    ----------
    name : str
        Unique.
    assumed : str
        In words, for the table.
    check : callable
        From a `probe.Probe` to a `Found`. Questions that several checks ask are sent
        once. Errors of calls are left to the caller.
    """

    name: str
    assumed: str
    check: Callable
