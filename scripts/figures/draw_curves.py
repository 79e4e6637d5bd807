"""Draw sign agreement by effect size, and the calibration of the score."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from endobench.core.columns import CONCLUSIONS, CURVES
from endobench.core.logs import door
from endobench.core.tables import read_tsv
from endobench.figures.canvas import save
from endobench.figures.curves import calibration_figure, sign_agreement_figure


def main(snakemake):
    curves = read_tsv(snakemake.input.curves, CURVES)
    conclusion = read_tsv(snakemake.input.conclusion, CONCLUSIONS)
    name = f"{snakemake.wildcards.dataset}, {snakemake.wildcards.protocol} protocol"
    output = snakemake.output
    figure = sign_agreement_figure(
        curves, f"{name}: sign agreement by effect size", conclusion
    )
    save(figure, output.sign_agreement_png)
    save(figure, output.sign_agreement_pdf)
    figure = calibration_figure(curves, f"{name}: calibration of the score", conclusion)
    save(figure, output.calibration_png)
    save(figure, output.calibration_pdf)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
