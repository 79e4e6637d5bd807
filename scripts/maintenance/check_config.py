"""Check that configs are YAML which is read as it is written, and name the line if not.

`make check-config` runs it. Snakemake reads the files of ``--configfile`` before this
workflow does, and names neither the file nor the line.
"""

import argparse
import sys

from endobench.config.config_file import check_config_file
from endobench.core.errors import InputError


def main(arguments=None):
    summary = __doc__.splitlines()[0]
    parser = argparse.ArgumentParser(prog="check_config.py", description=summary)
    parser.add_argument("configs", nargs="+")
    for path in parser.parse_args(arguments).configs:
        try:
            check_config_file(path)
        except InputError as error:
            sys.exit(f"ERROR: {error}")


if __name__ == "__main__":
    main()
