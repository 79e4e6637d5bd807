"""Request the tracks of a few variants from a model once, and remember them."""

import contextlib
import functools
import json
import logging
import pathlib

import grpc
import numpy as np
import pandas as pd

from endobench.core.columns import LOCUS_TRACKS, VARIANTS
from endobench.core.errors import InputError, NotAnswered, WrongAnswer
from endobench.design.scorers import tracks_of
from endobench.genome.fasta import open_genome
from endobench.genome.reference import centred_windows
from endobench.loci.answers import check_answer, check_score, lacking_tracks
from endobench.loci.choose import locus_names, with_answers
from endobench.loci.memory import LocusMemory
from endobench.loci.question import LocusQuestion, gene_of
from endobench.loci.tracks import drawn_tracks
from endobench.model.alphagenome_client import genome
from endobench.model.client import refusal
from endobench.model.expected import about, reading
from endobench.model.faults import fault_of
from endobench.model.listing import Listing
from endobench.model.retries import calling, is_refusal, opening, without_retries
from endobench.model.service import ORGANISMS, connection
from endobench.model.weights import isolating
from endobench.predict.chromosome import check_models
from endobench.predict.progress import Progress

log = logging.getLogger(__name__)

_TRIES_FOR_NUMBERS = 3


def predict_chosen(
    loci, sets, views, genome_record, access, terminal=None, *, genes=None
):
    """Predict the tracks of the chosen variants with a configured service.

    If all variants are remembered, nothing is requested and no server is started.

    Parameters
    ----------
    loci : pandas.DataFrame
        In the columns of `columns.LOCI`.
    sets : dict of str to pandas.DataFrame
        The tracks of each dataset's set, in the columns of `columns.TRACKS`. A locus has
        the tracks of its first row's dataset, or of the first dataset if none holds it.
    views : dict of str to question.LocusView
        By dataset.
    genome_record : path-like
        Written when the genome was fetched.
    access : chromosome.Access
        With the genome.
    terminal : file-like, optional
        Shows the progress.
    genes : pandas.DataFrame, optional
        The annotation, in the columns of `columns.GENES`, for loci with a gene.

    Returns
    -------
    loci : pandas.DataFrame
        With the reason of every failure.
    tracks : pandas.DataFrame
        In the columns of `columns.LOCUS_TRACKS`.

    Raises
    ------
    InputError
        See `predict_loci`.
    """
    service, calls = access.service, access.calls
    organism = ORGANISMS[service.organism]
    questions = {
        dataset: LocusQuestion(tracks, views[dataset], organism)
        for dataset, tracks in sets.items()
    }
    first, view = next(iter(questions.values())), next(iter(views.values()))
    variants = loci.assign(locus=locus_names(loci)).drop_duplicates("locus")
    question_of = {
        row.locus: questions.get(row.dataset, first).of_gene(gene_of(row, genes))
        for row in variants.itertuples()
    }
    models = {
        tracks_of(view.scorer): questions[dataset].model
        for dataset, view in views.items()
    }
    record = json.loads(pathlib.Path(genome_record).read_text())
    progress = Progress(len(variants), "loci", terminal)
    with contextlib.ExitStack() as stack:
        stack.callback(progress.close)
        progress.begin()

        @functools.cache
        def connect():
            made = stack.enter_context(
                connection(
                    service,
                    access.genome_path,
                    deadline_s=calls.deadline_s,
                    connect_timeout_s=calls.connect_timeout_s,
                    tls_ca=calls.tls_ca,
                    batch=1,
                    compiled=calls.compiled,
                )
            )
            check_models(made.client, models, service)
            return made

        tracks, failures = predict_loci(
            variants[["locus", *VARIANTS.names, "score", "model"]],
            question_of,
            stack.enter_context(open_genome(access.genome_path)),
            connect,
            memory=LocusMemory(calls.journal, record["sha256"]),
            access=access,
            progress=progress,
        )
    loci = with_answers(
        loci,
        failures,
        model=first.model,
        scorer=view.scorer,
        track_set=view.track_set,
        window_bp=view.window_bp,
    )
    return loci, tracks


def predict_loci(variants, question_of, fasta, connect, *, memory, access, progress):
    """Predict the tracks of every locus that is not remembered.

    Parameters
    ----------
    variants : pandas.DataFrame
        In the columns of `columns.VARIANTS`, with a unique ``locus``, the known ``score``
        or NaN and the ``model`` that gave it.
    question_of : dict of str to question.LocusQuestion
        By locus.
    fasta : pysam.FastaFile
        The genome.
    connect : callable
        Returns the `client.Connection`; called only if something is to be requested.
    memory : memory.LocusMemory
    access : chromosome.Access
    progress : progress.Progress

    Returns
    -------
    tracks : pandas.DataFrame
        In the columns of `columns.LOCUS_TRACKS`; ALT in REF's coordinates.
    failures : dict of str to str
        Why a locus has no tracks, by locus.

    Raises
    ------
    InputError
        If the API key is refused, the call budget is spent, or the model's answers do
        not fit their questions.
    """
    attempts, call_budget = access.calls.attempts, access.call_budget
    retrying = calling(attempts)
    listing_of = functools.cache(
        lambda each: opening(attempts)(Listing(connect().client, each).look)
    )
    found, failures, n_remembered = [], {}, 0
    for row in variants.itertuples(index=False):
        question = question_of[row.locus]
        remembered = memory.read(question, row.variant_id)
        if remembered is not None:
            found.append(remembered)
            n_remembered += 1
            progress.advance()
            continue
        memory.try_writing(question)
        try:
            interval = _window(row, question.window_bp, fasta)
            listing = listing_of(question.organism)
            ask = _asker(connect(), interval, call_budget, attempts, listing)
            tracks = retrying(ask, row, question)
        except InputError:
            raise
        except WrongAnswer as error:
            name = question.model.split("/")[0]
            raise InputError(
                f"{name} gave a wrong answer in {attempts} attempts: {error}. It is"
                " discarded; earlier answers are kept"
            ) from error
        # Other errors do not come from the variant.
        except (grpc.RpcError, NotAnswered, ValueError, IndexError) as error:
            if is_refusal(error):
                raise refusal(error, question.model.split("/")[0]) from None
            failures[row.locus] = _why(error)
            log.warning("%s: %s", row.locus, failures[row.locus])
            progress.advance(has_failed=True)
            continue
        memory.write(tracks, question, row.variant_id)
        found.append(tracks)
        progress.advance()
    log.info(
        "%d variants: %d remembered, %d answered now, %d failed",
        len(variants),
        n_remembered,
        len(found) - n_remembered,
        len(failures),
    )
    tracks = pd.concat(found, ignore_index=True) if found else pd.DataFrame()
    return tracks.reindex(columns=LOCUS_TRACKS.names), failures


def _window(row, window_bp, fasta):
    """Return the window of a variant, after checking its REF against the genome."""
    first = row.pos - 1
    there = fasta.fetch(row.chrom, first, first + len(row.ref)).upper()
    if there != row.ref:
        raise NotAnswered(
            f"REF is {row.ref}, but the genome has {there or 'nothing'} there"
        )
    length = fasta.get_reference_length(row.chrom)
    if length < window_bp:
        raise NotAnswered(
            f"{row.chrom} has {length:,} bp, fewer than the window's {window_bp:,}"
        )
    [start], _ = centred_windows(
        np.array([row.pos]), np.array([len(row.ref)]), window_bp, length
    )
    return genome.Interval(row.chrom, int(start), int(start) + window_bp)


def _asker(made, interval, call_budget, attempts, listing):
    """Return a function that requests the tracks of one variant."""
    predict_variant = without_retries(made.client, "predict_variant")
    tries_left = min(_TRIES_FOR_NUMBERS, attempts)

    def ask(row, question):
        nonlocal tries_left
        call_budget.spend(1)
        with reading(made.client, row):
            answer = predict_variant(
                interval,
                genome.Variant(row.chrom, row.pos, row.ref, row.alt),
                organism=question.organism,
                requested_outputs=[question.output],
                ontology_terms=question.terms,
            )
            check_answer(answer, row, question, interval, listing)
            check_score(answer, row, question, interval.start)
        tries_left -= 1
        lacking = lacking_tracks(answer, question)
        if lacking and tries_left > 0:
            raise WrongAnswer(f"{about(row)}: {lacking[0]!r} came without a number")
        if 0 < len(lacking) < len(question.tracks):
            log.warning("%s: no value in %s", row.variant_id, ", ".join(lacking))
            question = question.without(lacking)
        return drawn_tracks(answer, row, question, interval.start)

    return isolating(ask) if made.channel is None else ask


def _why(error):
    """Say in one line why a variant has no tracks."""
    fault = fault_of(error)
    return fault.message if isinstance(error, NotAnswered) else str(fault)
