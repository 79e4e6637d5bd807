"""Draw all benchmarks of a dataset beside the first, and larger effects beside smaller."""

from endobench.canvas import save
from endobench.columns import SWEEP
from endobench.logs import door
from endobench.strata_figure import strata_figure
from endobench.sweep_figure import sweep_figure
from endobench.tables import read_tsv


def main(snakemake):
    sweep = read_tsv(snakemake.input.sweep, SWEEP)
    dataset, output = snakemake.wildcards.dataset, snakemake.output
    sweep = sweep[sweep["dataset"] == dataset]
    figure = sweep_figure(sweep, f"{dataset}: every benchmark beside the reference")
    save(figure, output.sweep_png)
    save(figure, output.sweep_pdf)
    figure = strata_figure(sweep, f"{dataset}: agreement by the size of the effect")
    save(figure, output.strata_png)
    save(figure, output.strata_pdf)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
