"""Write the provenance of a run as an RO-Crate."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

import json
import pathlib
import shutil

from endobench.core.files import atomic_path
from endobench.core.logs import door
from endobench.export.ro_crate import run_crate, write_crate


def main(snakemake):
    source, output = snakemake.input, snakemake.output
    with atomic_path(output.workflow) as path:
        shutil.copyfile(source.workflow, path)
    crate = run_crate(
        pathlib.Path(output.crate).parent,
        [*source.results, *source.pages, source.manifest],
        output.workflow,
        json.loads(pathlib.Path(source.manifest).read_text()),
    )
    write_crate(crate, output.crate)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
