"""Fetch an input of the sheet, and record where it came from."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

import json

from endobench.core.files import atomic_path
from endobench.core.logs import door
from endobench.genome.chain_builds import check_chain
from endobench.sources.download import PERSISTENT
from endobench.sources.fetch import fetch


def main(snakemake):
    params = snakemake.params
    record = fetch(
        snakemake.input.source or params.location,
        snakemake.output.file,
        member=params.member,
        is_own=params.is_own,
        policy=PERSISTENT._replace(tls_ca=snakemake.config["tls_ca"]),
        sha256=params.sha256,
        md5=params.md5,
        bytes=params.bytes,
    )
    if params.lifts_to:
        check_chain(
            snakemake.output.file, params.build, params.lifts_to, params.location
        )
    record |= {"build": params.build, "licence": params.licence}
    with atomic_path(snakemake.output.record) as path:
        path.write_text(json.dumps(record, indent=2) + "\n")


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
