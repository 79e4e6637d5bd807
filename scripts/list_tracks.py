"""Ask the model which tracks it offers, and check the scorer while nothing is asked."""

from endobench.columns import TRACKS
from endobench.logs import door
from endobench.scorers import parse_scorer
from endobench.service import Service, connection, list_tracks
from endobench.tables import write_table


def main(snakemake):
    service = Service(*snakemake.params.service)
    output = parse_scorer(snakemake.params.scorer).requested_output.name
    calls = snakemake.config["prediction"]
    with connection(
        service,
        snakemake.input.genome[0] if snakemake.input.genome else None,
        deadline_s=calls["deadline_s"],
        connect_timeout_s=calls["connect_timeout_s"],
    ) as (client, _):
        tracks = list_tracks(client, output, service)
    write_table(tracks, snakemake.output.tracks, TRACKS)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
