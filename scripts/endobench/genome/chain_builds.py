"""The builds that a chain file lifts from and to, by the lengths of their chromosomes."""

from endobench.core.errors import InputError
from endobench.core.files import DAMAGED, open_text
from endobench.design.assemblies import build_of_lengths


def check_chain(path, start, target, name=None):
    """Raise an error if a chain file lifts from or to another build than declared.

    A build is recognised by the lengths of its chromosomes in the headers of the chains.
    Files whose builds are not recognised pass.

    Parameters
    ----------
    path : str or path-like
        UCSC chain file, plain or gzip. That it is complete is checked where it is used.
    start, target : str
        The declared builds.
    name : str, optional
        The file in messages; by default its path.

    Raises
    ------
    InputError
    """
    try:
        with open_text(path) as file:
            headers = [text.split() for text in file if text.startswith("chain ")]
    except DAMAGED:
        return
    # Columns: "chain", score, then name, size, strand, start and end of either sequence.
    headers = [each for each in headers if len(each) >= 9]
    found = [
        build_of_lengths({each[at]: _number(each[at + 1]) for each in headers})
        for at in (2, 7)
    ]
    if any(
        each not in (None, build)
        for each, build in zip(found, (start, target), strict=True)
    ):
        there = [each or "an unknown build" for each in found]
        advice = f"name the chain from {start} to {target}"
        if found == [target, start]:
            advice = f"this is the opposite direction; {advice}"
        raise InputError(
            f"{name or path}: by its lengths of chromosomes, this chain lifts from"
            f" {there[0]} to {there[1]}, not from {start} to {target}; {advice} under"
            f" 'chains: {{{start}: ...}}'"
        )


def _number(text):
    return int(text) if text.isdecimal() else -1
