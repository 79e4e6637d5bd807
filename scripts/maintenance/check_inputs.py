"""Ask every address of the sheets for its size, and compare it with the sheet.

`make check-inputs` runs it. Nothing is downloaded. The exit status is 1 if a file is
missing, has another size than declared, needs a log-in or cannot be reached.
"""

import argparse
import pathlib
import sys

import yaml
from endobench.config.settings import check_config
from endobench.config.sheet import read_sheet
from endobench.core.errors import InputError
from endobench.sources.addresses import (
    FAULTS,
    addresses_of,
    ask_all,
    in_words,
    without_address,
)

SCHEMAS = pathlib.Path(__file__).resolve().parents[2] / "config/schemas"


def main(arguments=None):
    summary = __doc__.splitlines()[0]
    parser = argparse.ArgumentParser(prog="check_inputs.py", description=summary)
    parser.add_argument(
        "config", type=pathlib.Path, help="names the sheets, and tls_ca"
    )
    path = parser.parse_args(arguments).config
    try:
        config = yaml.safe_load(path.read_text())
        check_config(config, SCHEMAS / "config.schema.yaml", str(path))
        sheet = read_sheet(config["sheet"], SCHEMAS / "sheet.schema.yaml")
        findings = ask_all(addresses_of(sheet), config["tls_ca"])
    except (InputError, OSError, yaml.YAMLError) as error:
        sys.exit(f"ERROR: {' '.join(str(error).split())}")
    print(in_words(findings, without_address(sheet)))
    sys.exit(any(each.status in FAULTS for each in findings))


if __name__ == "__main__":
    main()
