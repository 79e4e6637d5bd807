"""Write the manifest of a run (versions, inputs, config, model, counts) and its card."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

import json

from endobench.core.columns import TRACKS, WATERFALL
from endobench.core.files import atomic_path
from endobench.core.logs import door
from endobench.core.tables import read_frame, read_tsv, read_tsvs
from endobench.evaluate.card import card
from endobench.evaluate.summary import SUMMARY
from endobench.export.manifest import manifest


def main(snakemake):
    tracks = None
    if snakemake.input.tracks:
        tracks = read_frame(snakemake.input.tracks, TRACKS)
    content = manifest(
        snakemake.params.config,
        snakemake.input.records,
        read_tsvs(snakemake.input.waterfall, WATERFALL),
        tracks,
    )
    with atomic_path(snakemake.output.manifest) as path:
        # Keep the order of the config, which matters when it is used again.
        path.write_text(json.dumps(content, indent=2) + "\n")
    found = card(content, read_tsv(snakemake.input.summary, SUMMARY))
    with atomic_path(snakemake.output.card) as path:
        path.write_text(json.dumps(found, indent=2, allow_nan=False) + "\n")


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
