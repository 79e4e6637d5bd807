"""Check that predicted tracks answer the question that was asked.

The tracks of a reply name their output, themselves and perhaps the interval; nothing in
them names the variant or tells REF from ALT. Where the score of the variant is known, they
must agree with it.
"""

import numpy as np

from endobench.core.errors import WrongAnswer
from endobench.design.scorers import CHIP_BIN_BP, is_by_gene, is_study
from endobench.loci.question import track_keys
from endobench.loci.tracks import ALLELES
from endobench.model.aggregation import aggregate
from endobench.model.expected import (
    about,
    check_identity,
    check_interval,
    check_outputs,
)
from endobench.model.ranges import as_floating, check_coverage
from endobench.model.scorer_names import parse_scorer

# Scores below this are not told from rounding, and of larger ones half is far.
_LEAST_SCORE = 0.1
_EXPRESSION = "RNA_SEQ"
# Of the scorer of expression, added to the mean coverage of both alleles.
_PSEUDOCOUNT = 0.001
_FAR = 0.5


def check_answer(answer, row, question, interval, listing):
    """Raise an error unless an answer has the tracks in question, of the whole window.

    Parameters
    ----------
    answer : alphagenome.models.v1.dna_output.VariantOutput
    row : named tuple
        Row of `columns.VARIANTS`.
    question : question.LocusQuestion
    interval : genome.Interval
        The window that was asked for.
    listing : listing.Listing

    Raises
    ------
    WrongAnswer
        If the answer is about another interval, or its tracks, their metadata, their
        length or their resolution are not those in question.
    InputError
        If it holds an output that nobody asked for.
    """
    output = question.output.name
    bin_bp = CHIP_BIN_BP if output.startswith("CHIP_") else 1
    pair = answer.reference, answer.alternate
    for allele, prediction in zip(ALLELES, pair, strict=True):
        check_outputs(row, prediction, {question.output}, allele)
    shapes = []
    for allele, data in zip(ALLELES, _data_of(answer, question), strict=True):
        check_coverage(row, output, as_floating(row, output, data.values))
        if data.interval is not None:
            check_interval(row, data.interval, interval.start, interval.end)
        shapes.append(data.values.shape)
        n_bins = interval.width // bin_bp
        if data.resolution != bin_bp or shapes[-1] != (n_bins, len(data.metadata)):
            raise WrongAnswer(
                f"{about(row)}, {allele}: asked for {n_bins} bins of {bin_bp} bp of"
                f" {output}; values of shape {' x '.join(map(str, shapes[-1]))} in bins of"
                f" {data.resolution} bp came"
            )
        _check_tracks(row, data.metadata, question, listing)
    if shapes[0] != shapes[1]:
        raise WrongAnswer(
            f"{about(row)}: asked for REF and ALT; {shapes[0][1]} tracks of REF and"
            f" {shapes[1][1]} of ALT came"
        )


def check_score(answer, row, question, window_start):
    """Raise `WrongAnswer` if the tracks of a substitution contradict its known score.

    A model that rounds its tracks gives another score than its own, by a little. Of
    several tracks, the reduction of their scores to one is not known here, so that only a
    sign which is opposite in all of them is a contradiction.

    Parameters
    ----------
    answer : alphagenome.models.v1.dna_output.VariantOutput
    row : named tuple
        Row of `columns.VARIANTS`, with ``score`` and its ``model``.
    question : question.LocusQuestion
    window_start : int
        First base of the window, 0-based.
    """
    score, ref, alt = row.score, *_data_of(answer, question)
    is_substitution = len(row.ref) == len(row.alt) == 1
    # Scores may be those of a table, or of another model.
    if row.model != question.model:
        return
    if is_study(question.scorer) or ref.resolution != 1:
        return
    if is_by_gene(question.scorer):
        _check_expression(ref, alt, row, question, window_start)
        return
    if not is_substitution or not np.isfinite(score):
        return
    scorer = parse_scorer(question.scorer)
    tracks = question.places_in(ref.metadata)
    width = scorer.width or 2 * len(ref.values)
    low = row.pos - 1 - window_start - width // 2
    inside = slice(max(low, 0), low + width)
    pair = (each.values[inside][:, tracks].astype(float) for each in (ref, alt))
    found = aggregate(*pair, scorer.aggregation_type.name)
    scale = max(abs(score), np.abs(found).max())
    is_known = np.isfinite(found).all() and scale > _LEAST_SCORE
    is_far = len(found) == 1 and abs(found[0] - score) > _FAR * scale
    if is_known and (is_far or (found * score < 0).all()):
        raise WrongAnswer(
            f"{about(row)}: asked for tracks of a variant whose {question.scorer} is"
            f" {score:.3g}; tracks whose score is {found.mean():.3g} came"
        )


def _check_expression(ref, alt, row, question, window_start):
    """Raise `WrongAnswer` if the coverage of a gene's exons changes the other way.

    Which transcripts the model counts is known to its own annotation, so that sizes may
    differ, and genes that the window cuts are not compared.
    """
    gene, score = question.gene, row.score
    window = window_start, window_start + len(ref.values)
    is_whole = gene is not None and gene.exons and gene.start >= window[0]
    if question.scorer != _EXPRESSION or not is_whole or gene.end > window[1]:
        return
    is_exon = np.zeros(len(ref.values), dtype=bool)
    for start, end in gene.exons:
        is_exon[start - window_start : end - window_start] = True
    tracks = question.places_in(ref.metadata)
    means = [
        np.log(each.values[is_exon][:, tracks].mean(axis=0, dtype=float) + _PSEUDOCOUNT)
        for each in (ref, alt)
    ]
    found = means[1] - means[0]
    is_known = np.isfinite(found).all() and abs(score) > _LEAST_SCORE
    if is_known and (np.sign(score) * found < -_LEAST_SCORE).all():
        raise WrongAnswer(
            f"{about(row)}: asked for tracks of a variant whose {question.scorer} of"
            f" {gene.gene_id} is {score:.3g}; tracks whose log fold change is"
            f" {found.mean():.3g} came"
        )


def lacking_tracks(answer, question):
    """Return the names of the tracks in question that have a value that is no number."""
    names = question.tracks["track"].tolist()
    is_lacking = np.zeros(len(names), dtype=bool)
    for data in _data_of(answer, question):
        values = data.values[:, question.places_in(data.metadata)]
        is_lacking |= ~np.isfinite(values).all(axis=0)
    return [name for name, lacks in zip(names, is_lacking, strict=True) if lacks]


def _data_of(answer, question):
    return [
        prediction.get(question.output)
        for prediction in (answer.reference, answer.alternate)
    ]


def _check_tracks(row, metadata, question, listing):
    """Raise `WrongAnswer` unless tracks have those in question, as they are listed."""
    names, found = question.tracks["track"].tolist(), question.places_in(metadata)
    if missing := [name for name, at in zip(names, found, strict=True) if at < 0]:
        raise WrongAnswer(
            f"{about(row)}: asked for {len(names)} tracks; {len(missing)} are missing,"
            f" such as {missing[0]!r}"
        )
    listed = listing.of(question.output.name)
    if listed is not None:
        there = track_keys(metadata)
        # The tracks of the two strands share a name.
        place_of = {key: place for place, key in enumerate(track_keys(listed))}
        places = [place_of[key] for key in there if key in place_of]
        if places != sorted(places):
            raise WrongAnswer(
                f"{about(row)}: asked for tracks in the order of the model's metadata;"
                f" {there[0][0]!r} and the others came in another"
            )
        keys = [there[place] for place in found]
        if all(key in place_of for key in keys):
            expected = listed.iloc[[place_of[key] for key in keys]]
            check_identity(row, metadata.iloc[found], expected)
