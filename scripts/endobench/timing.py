"""How long a variant took on average, kept beside the journals for the next budget."""

import pathlib

from endobench.files import atomic_path

# What is assumed before anything was asked.
ASSUMED_S = 1.0


def note(path, seconds):
    """Keep the seconds that a variant took, all calls in flight being used."""
    with atomic_path(path) as temporary:
        temporary.write_text(f"{seconds:.6f}\n")


def seconds_per_variant(path):
    """Return the seconds that a variant took last, or what is assumed before."""
    try:
        return float(pathlib.Path(path).read_text())
    except (FileNotFoundError, ValueError):
        return ASSUMED_S
