"""Draw signs by the size of effects, and what is measured by the score."""

from endobench.canvas import save
from endobench.columns import CURVES, VERDICTS
from endobench.curves_figure import calibration_figure, sign_agreement_figure
from endobench.logs import door
from endobench.tables import read_tsv


def main(snakemake):
    curves = read_tsv(snakemake.input.curves, CURVES)
    verdict = read_tsv(snakemake.input.verdict, VERDICTS)
    name = f"{snakemake.wildcards.dataset}, {snakemake.wildcards.protocol} protocol"
    output = snakemake.output
    figure = sign_agreement_figure(
        curves, f"{name}: sign agreement by the size of the effect", verdict
    )
    save(figure, output.sign_agreement_png)
    save(figure, output.sign_agreement_pdf)
    figure = calibration_figure(
        curves, f"{name}: what is measured, by the score", verdict
    )
    save(figure, output.calibration_png)
    save(figure, output.calibration_pdf)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
