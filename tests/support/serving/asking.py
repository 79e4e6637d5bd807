"""Runs of the engine and of loci, each on a journal, against a server or a function."""

import json
from typing import NamedTuple

import numpy as np
import pandas as pd
import tenacity
from endobench.core.columns import LOCI, LOCUS_TRACKS
from endobench.core.tables import as_table
from endobench.loci.predict import predict_chosen
from endobench.loci.question import LocusView
from endobench.model.answer import Answer
from endobench.model.wire import wire_asker
from endobench.predict.backlog import Backlog
from endobench.predict.call_budget import CallBudget
from endobench.predict.calls import Calls
from endobench.predict.canaries import kinds_of, sample_canaries
from endobench.predict.chromosome import Access
from endobench.predict.engine import Terms, ask_all
from endobench.predict.journal import Journal
from endobench.predict.progress import Progress
from endobench.predict.workers import Asker, Limits
from servers import client_of, service_at, substitutions, tracks_at

SCORER = "DNASE-501-DIFF_LOG2_SUM"
K562 = "EFO:0002067"


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
    canaries = sample_canaries(places, canary_fraction, kinds_of(rows))
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


def backlog_of(rows, folder, known, canaries=()):
    """Return a backlog with known answers, by scorer and position."""
    journals = {scorer: Journal(folder / scorer) for scorer in known}
    for scorer, positions in known.items():
        with journals[scorer] as journal:
            for row in rows.iloc[positions].itertuples():
                journal.append(Answer(row.variant_id, row.window_start, np.zeros(1)))
    places = {scorer: each.find(rows) for scorer, each in journals.items()}
    return Backlog(rows, places, journals, canaries)


class LociRun:
    """The loci of a run: its folder, and what it asks of a server."""

    def __init__(self, folder, genome, address):
        self.path, self.sequence = genome
        self.record = folder / "genome.json"
        self.record.write_text(json.dumps({"sha256": "0" * 64}))
        self.service = service_at(address)
        self.tracks = tracks_at(address)
        self.journal = folder / "journal"
        self.folder = folder

    def loci(self, positions, dataset="demo", **more):
        loci = substitutions(self.sequence, positions).assign(
            dataset=dataset, figure="x", model="m", **more
        )
        return loci.reindex(columns=LOCI.names)

    def predict(self, loci, tracks=None, attempts=2, limit=None, **options):
        if tracks is None:
            tracks = self.tracks[self.tracks["ontology_curie"] == K562]
        view = LocusView("K562", "DNASE-501-DIFF_LOG2_SUM", 16_384, 512)
        sets = tracks if isinstance(tracks, dict) else {"demo": tracks}
        loci, tracks = predict_chosen(
            loci,
            sets,
            dict.fromkeys(sets, view._replace(**options)),
            self.record,
            Access(
                self.service,
                self.path,
                Calls(1, attempts, 20, 10, self.journal),
                CallBudget(self.folder / f"call_budget {limit}", limit),
            ),
        )
        as_table(loci, LOCI)
        as_table(tracks, LOCUS_TRACKS)
        return loci, tracks
