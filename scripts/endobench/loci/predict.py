"""Request the tracks of a few variants from a model once, and remember them."""

import contextlib
import functools
import json
import logging
import pathlib
from typing import NamedTuple

import grpc
import numpy as np
import pandas as pd

from endobench.core.columns import LOCUS_TRACKS, VARIANTS
from endobench.core.errors import InputError, NotAnswered, WrongAnswer
from endobench.core.tables import read_frame, write_table
from endobench.design.protocol import ALL
from endobench.design.scorers import tracks_of
from endobench.genome.fasta import open_genome
from endobench.genome.reference import centred_windows
from endobench.loci.answers import check_answer, check_score, lacking_tracks
from endobench.loci.choose import locus_names, with_answers
from endobench.loci.tracks import LocusGene, LocusQuestion, drawn_tracks
from endobench.model.alphagenome_client import genome
from endobench.model.client import refusal
from endobench.model.expected import about, reading
from endobench.model.faults import fault_of
from endobench.model.listing import Listing
from endobench.model.retries import calling, is_refusal, opening, without_retries
from endobench.model.service import ORGANISMS, connection
from endobench.model.weights import isolating
from endobench.predict.chromosome import check_models
from endobench.predict.journal import Journal
from endobench.predict.progress import Progress

log = logging.getLogger(__name__)

# Files in "loci" are of earlier versions, which did not check the answers.
_FOLDER = "checked-loci"
# A remembered file is of one locus, whose gene is known.
_REMEMBERED = LOCUS_TRACKS.remove(LOCUS_TRACKS.get_field_index("gene_id"))
_TRIES_FOR_NUMBERS = 3


class LocusView(NamedTuple):
    """What is requested and shown around each variant.

    Attributes
    ----------
    track_set : str
        Name of the track set.
    scorer : str
        The scorer whose output is drawn.
    window_bp, width_bp : int
        See `tracks.LocusQuestion`.
    """

    track_set: str
    scorer: str
    window_bp: int
    width_bp: int


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
    views : dict of str to LocusView
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
        dataset: LocusQuestion(
            tracks,
            tracks_of(views[dataset].scorer),
            views[dataset].window_bp,
            views[dataset].width_bp,
            organism,
            views[dataset].track_set == ALL,
            views[dataset].scorer,
        )
        for dataset, tracks in sets.items()
    }
    first, view = next(iter(questions.values())), next(iter(views.values()))
    variants = loci.assign(locus=locus_names(loci)).drop_duplicates("locus")
    question_of = {
        row.locus: questions.get(row.dataset, first).of_gene(_gene(row, genes))
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
    question_of : dict of str to tracks.LocusQuestion
        By locus.
    fasta : pysam.FastaFile
        The genome.
    connect : callable
        Returns the `client.Connection`; called only if something is to be requested.
    memory : LocusMemory
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
        path = memory.path(question, row.variant_id)
        if path.exists():
            gene_id = None if question.gene is None else question.gene.gene_id
            found.append(read_frame(path, _REMEMBERED).assign(gene_id=gene_id))
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
        write_table(tracks, path, _REMEMBERED)
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


def _gene(row, genes):
    """Return the `LocusGene` of a locus, or None without a gene."""
    if pd.isna(row.gene_id):
        return None
    if genes is None:
        return LocusGene(row.gene_id)
    is_gene = (genes["gene_id"].astype(object) == row.gene_id) & (
        genes["chrom"].astype(object) == row.chrom
    )
    for gene in genes[is_gene].itertuples():
        exons = zip(gene.exon_start, gene.exon_end, strict=True)
        place = int(gene.start), int(gene.end), tuple(exons)
        return LocusGene(row.gene_id, gene.strand, *place)
    return LocusGene(row.gene_id)


class LocusMemory:
    """Tracks that were requested before, in a file for each variant and question.

    Parameters
    ----------
    journal : path-like
        Folder of all journals.
    genome_digest : str
        SHA-256 of the genome, which a local model reads.
    """

    def __init__(self, journal, genome_digest):
        self._journal = pathlib.Path(journal)
        self._genome = genome_digest[:12]

    def path(self, question, variant_id):
        """Return the path of a variant's tracks, whether the file exists or not."""
        return self._folder(question) / f"{question.digest(variant_id)}.parquet"

    def try_writing(self, question):
        """Raise `InputError` unless tracks can be written; see `Journal.try_writing`."""
        Journal(self._folder(question)).try_writing()

    def _folder(self, question):
        # Addresses contain a colon.
        model = question.model.replace(":", "_")
        return self._journal / model / f"{_FOLDER}-{self._genome}"


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
