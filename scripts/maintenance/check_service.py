"""Ask a service, in at most twenty calls, what the code takes for granted about it.

`make check-service` runs it with the user's key. It prints a table, and writes a record
without the key to attach to a report. The exit status is 1 if something differs.
"""

import argparse
import importlib.metadata
import pathlib
import sys

import yaml
from endobench.config.settings import check_config
from endobench.core.errors import InputError
from endobench.model.service import Service, connection
from endobench.predict.assumptions.check import (
    FAULTS,
    HEADER,
    check_all,
    row_of,
    total_of,
    write_record,
)
from endobench.predict.assumptions.probe import Probe

SCHEMAS = pathlib.Path(__file__).resolve().parents[2] / "config/schemas"
RECORD = pathlib.Path("results/check_service.json")
KINDS = ("alphagenome", "address")


def service_of(config, name):
    """Return the service of a config; only one that is asked over a network is checked."""
    if config["service"] not in KINDS:
        raise InputError(
            f"{name}: key 'service': {config['service']!r} is not asked over a network;"
            f" expected {' or '.join(KINDS)}"
        )
    keys = ("service", "address", "tls", "model_version", "model_name")
    return Service(*(config[key] for key in keys))


def main(arguments=None):
    summary = __doc__.splitlines()[0]
    parser = argparse.ArgumentParser(prog="check_service.py", description=summary)
    parser.add_argument("config", type=pathlib.Path, help="names the service")
    parser.add_argument("--record", type=pathlib.Path, default=RECORD)
    options = parser.parse_args(arguments)
    path = options.config
    try:
        config = yaml.safe_load(path.read_text())
        check_config(config, SCHEMAS / "config.schema.yaml", str(path))
        service, calls = service_of(config, str(path)), config["prediction"]
        with connection(
            service,
            None,
            deadline_s=calls["deadline_s"],
            connect_timeout_s=calls["connect_timeout_s"],
            tls_ca=config["tls_ca"],
        ) as made:
            probe, results = Probe(made), []
            # Each row is printed as soon as it is known.
            for result in check_all(probe, service.name):
                if not results:
                    print(HEADER)
                print(row_of(result), flush=True)
                results.append(result)
        print(f"\n{total_of(results, probe)}")
        about = {
            "service": service.name,
            "model_version": service.model_version or "default",
            "alphagenome": importlib.metadata.version("alphagenome"),
        }
        write_record(results, probe, about, options.record)
    except (InputError, OSError, yaml.YAMLError) as error:
        sys.exit(f"ERROR: {' '.join(str(error).split())}")
    print(f"\nTo attach to a report, without the key: {options.record}")
    sys.exit(any(each.outcome in FAULTS for each in results))


if __name__ == "__main__":
    main()
