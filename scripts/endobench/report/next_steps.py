"""What a reader can do next, with the commands that do it."""

from typing import NamedTuple

from endobench.design.conclusions import NO
from endobench.design.explanations import NOT_TESTED
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
    names, lines = _left_out(explained)
    if lines:
        words = (
            f"Make the tests that this run left out for {explained[0].dataset}"
            f" ({', '.join(names)}): put these lines into the config, in place of those"
            " with the same keys, and run again."
        )
        if any(each.startswith("datasets:") for each in lines):
            words += " What stands under 'datasets' is added to the entry of that name."
        steps.append(Step(words, lines, is_config=True))
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


def _left_out(explained):
    """Return the explanations that a run tests in no dataset, and lines that test them.

    The lines are those for the first dataset. An explanation whose lines contradict those
    of another waits for the next run, because a config has each key once.
    """
    made = {
        answer.name
        for each in explained
        for answer in each.answers
        if answer.is_by_primary and answer.verdict != NOT_TESTED
    }
    names, lines = [], {}
    for answer in explained[0].answers if explained else ():
        wanted = {each.partition(":")[0]: each for each in answer.config}
        if not wanted or answer.name in made:
            continue
        if all(lines.get(key, line) == line for key, line in wanted.items()):
            names.append(answer.name)
            lines |= wanted
    return names, list(lines.values())
