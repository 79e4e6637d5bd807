"""Draw the leaderboard, the comparison with other runs, and the cost of this run."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from endobench.core.columns import COST, LEADERBOARD, RUNS
from endobench.core.logs import door
from endobench.core.tables import read_tsv
from endobench.evaluate.runs import HERE
from endobench.figures.canvas import save
from endobench.figures.cost import cost_figure
from endobench.figures.leaderboard import leaderboard_figure
from endobench.figures.runs import runs_figure


def main(snakemake):
    board = read_tsv(snakemake.input.leaderboard, LEADERBOARD)
    runs = read_tsv(snakemake.input.runs, RUNS)
    cost, output = read_tsv(snakemake.input.cost, COST), snakemake.output
    is_alone = (runs["run"] == HERE).all()
    title = "All benchmarks of this run" if is_alone else "Comparison with other runs"
    figures = {
        "leaderboard": leaderboard_figure(board, "Leaderboard"),
        "runs": runs_figure(runs, title),
        "cost": cost_figure(cost, "Cost of this run"),
    }
    for name, figure in figures.items():
        save(figure, output[f"{name}_png"], output[f"{name}_pdf"])


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
