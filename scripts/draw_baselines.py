"""Draw the model beside baselines, nulls, controls and the noise ceiling."""

from endobench.baselines_figure import baselines_figure
from endobench.canvas import save
from endobench.columns import METRICS, VERDICTS
from endobench.logs import door
from endobench.tables import read_tsv


def main(snakemake):
    metrics = read_tsv(snakemake.input.metrics, METRICS)
    verdict = read_tsv(snakemake.input.verdict, VERDICTS)
    name = f"{snakemake.wildcards.dataset}, {snakemake.wildcards.protocol} protocol"
    title = f"{name}: the model beside baselines, nulls and controls"
    figure = baselines_figure(metrics, title, verdict)
    for path in snakemake.output:
        save(figure, path)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
