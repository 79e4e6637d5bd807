"""The command of a script that writes a page of documents."""

import argparse
import pathlib

from endobench.core.files import atomic_path


def write_page(render, purpose, arguments=None):
    """Write a page to the path that a command names.

    Parameters
    ----------
    render : callable
        Returns the text of the page.
    purpose : str
        The docstring of the script, whose first line is the help of the command.
    arguments : list of str, optional
        By default those of the command line.
    """
    parser = argparse.ArgumentParser(description=purpose.splitlines()[0])
    parser.add_argument("page", type=pathlib.Path)
    with atomic_path(parser.parse_args(arguments).page) as temporary:
        temporary.write_text(render())
