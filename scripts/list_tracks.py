"""Ask the model which tracks it offers, and check that those of the config exist."""

from endobench.columns import TRACKS
from endobench.logs import door
from endobench.service import connection, list_tracks
from endobench.tables import write_table
from endobench.tracks import select


def main(snakemake):
    params = snakemake.params
    with connection(
        params.service,
        params.address,
        params.tls,
        snakemake.input.genome[0] if snakemake.input.genome else None,
        model_version=params.model_version,
        **snakemake.config["prediction"],
    ) as (client, _):
        tracks = list_tracks(
            client, params.scorer.split("-")[0], params.service, params.model_version
        )
    select(tracks, params.curies, params.track_set)
    write_table(tracks, snakemake.output.tracks, TRACKS)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
