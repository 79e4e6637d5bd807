"""What a reader can do next, with the commands that do it."""

from typing import NamedTuple

from endobench.design.conclusions import NO
from endobench.design.models import is_standin

_AGAIN = "snakemake --cores 4 --configfile THE_CONFIG"


class Step(NamedTuple):
    """Something to do next.

    Attributes
    ----------
    what : str
        A sentence.
    commands : list of str
        Lines for a shell, or of a config.
    is_config : bool
        Whether the lines belong in a config.
    """

    what: str
    commands: list
    is_config: bool = False


def next_steps(findings, explained, is_simulated):
    """Return what a reader can do next, the most useful step first.

    Parameters
    ----------
    findings : dict of (str, str) to findings.Finding
        By dataset and protocol, the main benchmark of each dataset first.
    explained : list of explained.Explained
    is_simulated : bool
        Whether any input is.

    Returns
    -------
    list of Step
    """
    steps = []
    (dataset, _), main = next(iter(findings.items()))
    if is_standin(main.model):
        steps.append(
            Step(
                "Score GTEx v8 Whole Blood with AlphaGenome itself. The second command"
                " makes at most 20 calls; the third continues where it was stopped.",
                [
                    "export ALPHAGENOME_API_KEY=...",
                    "make check-service",
                    "snakemake --cores 4 --configfile config/gtex_whole_blood.yaml",
                ],
            )
        )
    if main.is_reportable == NO:
        steps.append(
            Step(
                f"Look into what keeps {dataset} from being reportable ({main.why})."
                " After a correction, run again: only what depends on it is computed.",
                [_AGAIN],
            )
        )
    lines = {}
    for answer in explained[0].answers if explained else ():
        for line in answer.config:
            # A key may appear only once.
            lines.setdefault(line.partition(":")[0], line)
    if lines:
        steps.append(
            Step(
                f"Make the tests that this run left out for {explained[0].dataset}: put"
                " these lines into the config, in place of those with the same keys, and"
                " run again.",
                list(lines.values()),
                is_config=True,
            )
        )
    if is_simulated:
        steps.append(
            Step(
                "Use your own effects, peaks or scores: resources/docs/tutorial.md goes"
                " from a table to an answer. This shows what would run, and its cost.",
                [f"{_AGAIN} -n"],
            )
        )
    steps.append(
        Step(
            "Compare this run with another: name the other run under 'compare' in the"
            " config. The differences are paired, on shared pairs.",
            [_AGAIN],
        )
    )
    return steps
