"""Requests of a model for one variant, and the answers made from its responses."""

import threading

import numpy as np

from endobench.core.errors import InputError, WrongAnswer
from endobench.design.scorers import (
    LEAST_GENE_WINDOW_BP,
    LEAST_SENT_BP,
    STUDY_SCORER,
    is_answerable,
    is_by_gene,
    is_study,
    output_of,
    unstudied,
    why_not_answerable,
)
from endobench.genome.alleles import align_alternate, stretch, study_sequences
from endobench.model.aggregation import aggregate
from endobench.model.alphagenome_client import dna_client, genome
from endobench.model.answer import Answer
from endobench.model.expected import (
    Expected,
    about,
    check_interval,
    check_outputs,
    check_variant,
    reading,
    unasked,
)
from endobench.model.gene_rows import Genes, KnownGenes, gene_answer
from endobench.model.listing import Listing
from endobench.model.ranges import as_floating, check_coverage, check_values
from endobench.model.retries import without_retries
from endobench.model.scorer_names import HUMAN, parse_scorer
from endobench.model.strands import PADDING

# What the open model says if it finds junctions, and none of them within a gene.
_NO_JUNCTION = "junction_scores and mask_metadata must be non-empty"
_JUNCTIONS = "SPLICE_JUNCTIONS"


def model_asker(client, track_names, organism=HUMAN):
    """Return a function that requests the scores of one variant from any `DnaModel`.

    Parameters
    ----------
    client : alphagenome.models.v1.dna_model.DnaModel
    track_names : dict of str to list of str
        For each scorer (see `parse_scorer`) the tracks in the order of the model's
        list (`scorers.tracks_of`). Another order is an error, since scores would then
        be attributed to the wrong cell types.
    organism : dna_client.Organism

    Returns
    -------
    callable
        From a row of `columns.SHARDS` and a list of scorer names to a list of
        `Answer` with ``raw`` and ``quantile``.
    """
    parsed = {name: parse_scorer(name, organism) for name in track_names}
    score_variant = without_retries(client, "score_variant")
    known = KnownGenes()

    listing = Listing(client, organism)
    expected = {
        name: Expected(name, names, listing) for name, names in track_names.items()
    }

    def answer_of(row, name, scores):
        if scores is None:
            none = np.empty((0, len(track_names[name])), np.float32)
            return gene_answer(row, name, [none], Genes())
        variant, interval = (scores.uns.get(each) for each in ("variant", "interval"))
        if variant is not None:
            alleles = variant.reference_bases, variant.alternate_bases
            check_variant(row, variant.chromosome, variant.position, *alleles)
        if interval is not None:
            check_interval(row, interval, row.window_start, row.window_end)
        if scores.uns.get("variant_scorer", parsed[name]) != parsed[name]:
            came = scores.uns["variant_scorer"]
            raise WrongAnswer(f"{about(row)}: asked for {name}; {came} came")
        if is_by_gene(name):
            scores = _without_padding(scores)
        quantile = scores.layers.get("quantiles")
        layers = [scores.X] if quantile is None else [scores.X, quantile]
        genes = Genes.of_table(scores.obs)
        shape = len(layers), *scores.X.shape
        merging = expected[name].check_tracks(row, scores.var)
        expected[name].check_shape(row, shape, len(genes.ids), merging)
        layers = [as_floating(row, name, values) for values in layers]
        if is_by_gene(name):
            answer = gene_answer(row, name, layers, genes, merging)
            known.check(row, name, genes)
            return answer
        layers = [values[0] for values in layers]
        check_values(row, name, *layers)
        with np.errstate(over="ignore"):
            layers = [values.astype(np.float32) for values in layers]
        return Answer(row.variant_id, row.window_start, *layers)

    def scores_of(row, names):
        """Return the client's answers; None where no junction lies within a gene."""
        if not names:
            return []
        try:
            return score_variant(
                genome.Interval(row.chrom, row.window_start, row.window_end),
                genome.Variant(row.chrom, row.pos, row.ref, row.alt),
                [parsed[name] for name in names],
                organism=organism,
            )
        except ValueError as error:
            if _NO_JUNCTION not in str(error) or _JUNCTIONS not in names:
                raise
            # The open model fails there, which must not cost the other scores.
            place = names.index(_JUNCTIONS)
            found = scores_of(row, [name for name in names if name != _JUNCTIONS])
            return [*found[:place], None, *found[place:]]

    def ask(row, names):
        with reading(client, row):
            found = scores_of(row, names)
            if len(found) > len(names):
                raise unasked(row, names, [f"{len(found)} outputs, not {len(names)}"])
            if len(found) < len(names):
                came = f"{len(found)} answers"
                raise WrongAnswer(f"{about(row)}: asked for {len(names)}; {came} came")
            return [
                answer_of(row, name, scores)
                for name, scores in zip(names, found, strict=True)
            ]

    return ask


def _without_padding(scores):
    """Drop what a local model may have among its tracks, which belongs to no strand."""
    is_padding = scores.var["name"].str.lower() == PADDING
    return scores[:, ~is_padding.to_numpy()] if is_padding.any() else scores


def sequence_asker(client, fetch, track_names, window_bp, organism=HUMAN, predict=None):
    """Return a function that requests the tracks of both alleles' sequences.

    The study did this, and there is no other way to predict for windows that the client
    no longer supports.

    Parameters
    ----------
    client : alphagenome.models.v1.dna_model.DnaModel
    fetch : callable
        See `alleles.padded_fetch`.
    track_names : dict of str to list of str
        For each scorer the tracks in the order of the model's metadata. Either all
        scorers read the study's sequences (`scorers.is_study`) or none does; in the
        latter case both sequences cover the same stretch of the genome, and ALT's
        tracks are aligned to REF's.
    window_bp : int
        Length of the REF sequence; short ones are padded with N on both sides.
    organism : dna_client.Organism
    predict : callable, optional
        A faster form of the client's `predict_sequence`; see `wire.sequence_predictor`.

    Returns
    -------
    callable
        From a row of `columns.SHARDS` and a list of scorer names to a list of
        `Answer`; it makes two calls. With the study's own scorer, ``ref_value``
        and ``alt_value`` are each track's means over the window and ``raw`` is their
        difference; with a centre mask they are the sums within the mask. It raises
        `InputError` for an output in bins of several bases.

    Raises
    ------
    InputError
        If a scorer is by gene: a sequence has no annotation.
    """
    if by_gene := [name for name in track_names if is_by_gene(name)]:
        raise InputError(
            f"key 'window_bp': {by_gene[0]} scores genes, which are known in windows of"
            f" the genome alone, not in sequences; use {LEAST_GENE_WINDOW_BP} or more"
        )
    lock = threading.Lock()
    predict = predict or without_retries(client, "predict_sequence")
    n_before = max(LEAST_SENT_BP - window_bp, 0) // 2
    outputs = {name: dna_client.OutputType[output_of(name)] for name in track_names}
    is_studys = any(map(is_study, track_names))
    cut = study_sequences if is_studys else stretch

    listing = Listing(client, organism).look()
    expected = {
        name: Expected(name, names, listing) for name, names in track_names.items()
    }

    def signals(row, sequence):
        n_after = max(LEAST_SENT_BP - n_before - len(sequence), 0)
        sent = "N" * n_before + sequence + "N" * n_after
        with reading(client, row):
            prediction = predict(
                sent,
                organism=organism,
                requested_outputs=set(outputs.values()),
                ontology_terms=None,
            )
            check_outputs(row, prediction, set(outputs.values()))
            found = {}
            for name, output in outputs.items():
                data = prediction.get(output)
                check_resolution(row, name, window_bp, data.resolution)
                shape = data.values.shape
                if len(shape) != 2 or shape[0] != len(sent):
                    raise WrongAnswer(
                        f"{about(row)}, {output.name}: asked for {len(sent)} bases;"
                        f" values of shape {' x '.join(map(str, shape))} came"
                    )
                expected[name].check_shape(row, (1, 1, shape[1]))
                expected[name].check_tracks(row, data.metadata)
                values = as_floating(row, name, data.values)
                check_coverage(row, output.name, values)
                values = values[n_before : n_before + len(sequence)]
                found[name] = values.astype(np.float64)
            return found

    def ask(row, names):
        # The study's windows may extend beyond the start of the chromosome.
        start, end = row.window_start, row.window_end
        # All threads share one FASTA handle.
        with lock:
            pair = cut(fetch, row.chrom, start, end, row.pos, row.ref, row.alt)
        ref, alt = (signals(row, sequence) for sequence in pair)
        anchor = row.pos - 1 - start
        answers = []
        for name in names:
            changed = alt[name]
            if not is_studys:
                changed = align_alternate(changed, anchor, row.ref, row.alt)
            values = _reduced(name, ref[name], changed, anchor)
            answers.append(Answer(row.variant_id, start, **values))
        return answers

    return ask


def check_resolution(row, name, window_bp, bin_bp):
    """Raise an error for an output in bins where one value per base was asked for.

    Raises
    ------
    InputError
        If the output always comes in bins, so that the scorer has no answer.
    WrongAnswer
        If it never does.
    """
    if bin_bp == 1:
        return
    if is_answerable(name, window_bp):
        raise WrongAnswer(
            f"{about(row)}, {output_of(name)}: asked for values of single bases; bins of"
            f" {bin_bp} bp came"
        )
    raise InputError(why_not_answerable(name, window_bp, bin_bp))


def _reduced(name, ref, alt, anchor):
    """Return the arrays of an answer from the signals of both alleles' sequences."""
    # Infinite values give no number, which is told.
    with np.errstate(invalid="ignore"):
        return _reduced_arrays(name, ref, alt, anchor)


def _reduced_arrays(name, ref, alt, anchor):
    if name == STUDY_SCORER:
        means = ref.mean(axis=0), alt.mean(axis=0)
        return {
            "raw": means[1] - means[0],
            "ref_value": means[0],
            "alt_value": means[1],
        }
    scorer = parse_scorer(unstudied(name))
    # The mask around the variant, placed as the centre mask scorers place it.
    width = scorer.width or 2 * len(ref)
    low = anchor - width // 2
    inside = slice(max(low, 0), low + width)
    ref, alt = ref[inside], alt[inside]
    raw = aggregate(ref, alt, scorer.aggregation_type.name)
    return {"raw": raw, "ref_value": ref.sum(axis=0), "alt_value": alt.sum(axis=0)}
