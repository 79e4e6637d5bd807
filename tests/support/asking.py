"""Runs of the engine on a journal, against a server or a function."""

from typing import NamedTuple

import pandas as pd
import tenacity
from endobench.model.wire import wire_asker
from endobench.predict.backlog import Backlog
from endobench.predict.call_budget import CallBudget
from endobench.predict.canaries import sample_canaries
from endobench.predict.engine import Terms, ask_all
from endobench.predict.journal import Journal
from endobench.predict.progress import Progress
from endobench.predict.workers import Asker, Limits
from servers import client_of

SCORER = "DNASE-501-DIFF_LOG2_SUM"


class Outcome(NamedTuple):
    n_answered: int
    failures: pd.DataFrame
    answers: dict


def ask(
    rows,
    folder,
    open_asker,
    *,
    scorers=(SCORER,),
    canary_fraction=0,
    call_budget=None,
    wait=None,
    rechecked=(),
    **limits,
):
    """Request all rows that the journals in a folder do not hold."""
    journals = {scorer: Journal(folder / scorer) for scorer in scorers}
    places = {scorer: each.find(rows) for scorer, each in journals.items()}
    limits = {"concurrency": 4, "attempts": 6, "max_failures": 0} | limits
    terms = Terms(
        Limits(**limits, n_variants=len(rows)),
        call_budget or CallBudget(folder, None),
        Progress(len(rows), "test"),
        "here",
        wait or tenacity.wait_none(),
        canary_fraction,
    )
    canaries = sample_canaries(places, canary_fraction)
    try:
        n_answered, failures = ask_all(
            Backlog(rows, places, journals, canaries, rechecked), open_asker, terms
        )
        return Outcome(n_answered, failures, remembered(rows, folder, scorers))
    finally:
        for each in journals.values():
            each.__exit__()


def remembered(rows, folder, scorers=(SCORER,)):
    """Return the journals' answers, by scorer and variant."""
    found = {}
    for scorer in scorers:
        with Journal(folder / scorer) as journal:
            for place in journal.find(rows):
                if place["file"] >= 0:
                    answer = journal.read(place)
                    found[scorer, answer.variant_id] = answer
    return found


def run(rows, address, folder, *, key="", scorers=(SCORER,), deadline_s=30, **options):
    """Request all rows from a server in the client's protocol."""
    with client_of(address, key, deadline_s=deadline_s) as made:

        def open_asker():
            names = made.client.output_metadata().dnase["name"].tolist()
            asker = wire_asker(made, dict.fromkeys(scorers, names))
            return Asker(asker, made.hang_up)

        return ask(rows, folder, open_asker, scorers=scorers, **options)
