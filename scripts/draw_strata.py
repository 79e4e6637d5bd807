"""Draw the agreement in every stratum of a benchmark, beside the whole."""

from endobench.canvas import save
from endobench.columns import METRICS, VERDICTS
from endobench.logs import door
from endobench.strata_forest import strata_forest_figure
from endobench.tables import read_tsv


def main(snakemake):
    metrics = read_tsv(snakemake.input.metrics, METRICS)
    verdict = read_tsv(snakemake.input.verdict, VERDICTS)
    wildcards = snakemake.wildcards
    title = f"{wildcards.dataset}, {wildcards.protocol} protocol: every stratum"
    figure = strata_forest_figure(metrics, title, verdict)
    for path in snakemake.output:
        save(figure, path)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
