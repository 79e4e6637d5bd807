"""List the model's tracks, and check the scorers before any score is requested."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

import pandas as pd
from endobench.core.columns import TRACKS
from endobench.core.logs import door
from endobench.core.tables import write_table
from endobench.design.scorers import tracks_of
from endobench.model.scorer_names import parse_scorer
from endobench.model.service import (
    ORGANISMS,
    Service,
    checkpoint_of,
    list_tracks,
    listing,
)


def main(snakemake):
    service = Service(*snakemake.params.service)
    for name in snakemake.params.scorers:
        parse_scorer(name, ORGANISMS[service.organism])
    outputs = dict.fromkeys(map(tracks_of, snakemake.params.scorers))
    calls = snakemake.config["prediction"]
    with listing(
        service,
        snakemake.input.genome[0] if snakemake.input.genome else None,
        deadline_s=calls["deadline_s"],
        connect_timeout_s=calls["connect_timeout_s"],
        tls_ca=snakemake.config["tls_ca"],
    ) as client:
        checkpoint = checkpoint_of(service)
        tracks = [list_tracks(client, each, service, checkpoint) for each in outputs]
    write_table(pd.concat(tracks), snakemake.output.tracks, TRACKS)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
