"""The questions that a model is asked about a variant."""

import threading

import numpy as np
from alphagenome.data import genome
from alphagenome.models import dna_client, variant_scorers

from endobench.errors import InputError
from endobench.journal import Answer
from endobench.protocol import STUDY_WINDOW_BP
from endobench.study import study_sequences

# The client dropped windows of 2,048 bp in 0.5.0; within N they can still be asked for.
_STUDY_SENT_BP = dna_client.SEQUENCE_LENGTH_16KB


def parse_scorer(name):
    """Return the client's scorer for a name such as ``DNASE-501-DIFF_LOG2_SUM``.

    Parameters
    ----------
    name : str
        Output type, width of the mask in bp or ``all``, and aggregation.

    Returns
    -------
    alphagenome.models.variant_scorers.CenterMaskScorer

    Raises
    ------
    InputError
        If the client knows no such output, width or aggregation, or if its score has
        no sign, which no effect can agree with.
    """
    output, width, aggregation = name.split("-")
    for part, known in (
        (output, dna_client.OutputType.__members__),
        (aggregation, variant_scorers.AggregationType.__members__),
    ):
        if part not in known:
            raise InputError(
                f"key 'scorer': {name!r}: {part!r} is not one of {', '.join(known)}"
            )
    try:
        scorer = variant_scorers.CenterMaskScorer(
            requested_output=dna_client.OutputType[output],
            width=None if width == "all" else int(width),
            aggregation_type=variant_scorers.AggregationType[aggregation],
        )
    except ValueError as error:
        raise InputError(f"key 'scorer': {name!r}: {error}") from None
    if not scorer.is_signed:
        raise InputError(
            f"key 'scorer': {name!r} has no sign; an effect is compared with a score"
            " that is ALT minus REF, such as DIFF_LOG2_SUM"
        )
    return scorer


def score_variant_asker(client, scorer_name, track_names):
    """Return a function that asks `score_variant` about one row.

    Parameters
    ----------
    client : dna_client.DnaModel
    scorer_name : str
        See `parse_scorer`.
    track_names : list of str
        The tracks in the order of the model's metadata; an answer in another order is
        an error, since scores would be taken for those of another cell type.

    Returns
    -------
    callable
        From a row of `columns.SHARDS` to a `journal.Answer`, raw and quantile.
    """
    scorer = parse_scorer(scorer_name)

    def ask(row):
        scores = client.score_variant(
            genome.Interval(row.chrom, row.window_start, row.window_end),
            genome.Variant(row.chrom, row.pos, row.ref, row.alt),
            [scorer],
        )[0]
        _check_tracks(row, scores.var["name"], track_names)
        quantile = scores.layers.get("quantiles")
        return Answer(
            row.variant_id,
            row.window_start,
            raw=np.asarray(scores.X[0]),
            quantile=None if quantile is None else np.asarray(quantile[0]),
        )

    return ask


def _check_tracks(row, found, expected):
    if list(found) != expected:
        raise InputError(
            f"{row.variant_id}: {len(found)} tracks came back that are not the"
            f" {len(expected)} of the model's metadata, in order"
        )


def study_asker(client, fetch, track_names, output="DNASE"):
    """Return a function that asks for the mean of REF's and of ALT's whole window.

    Parameters
    ----------
    client : dna_client.DnaModel
    fetch : callable
        See `study_sequences`.
    track_names : list of str
        As for `score_variant_asker`.
    output : str
        Name of a `dna_client.OutputType`.

    Returns
    -------
    callable
        From a row of `columns.SHARDS` to a `journal.Answer`: ``ref_value`` and
        ``alt_value`` are the means over the window's bases for each track, ``raw``
        their difference.
    """
    lock = threading.Lock()
    pad = "N" * ((_STUDY_SENT_BP - STUDY_WINDOW_BP) // 2)
    window = slice(len(pad), len(pad) + STUDY_WINDOW_BP)

    def mean(row, sequence):
        prediction = client.predict_sequence(
            pad + sequence + pad,
            requested_outputs=[dna_client.OutputType[output]],
            ontology_terms=None,
        ).get(dna_client.OutputType[output])
        if prediction is None:
            raise ValueError(f"the answer holds no {output}")
        _check_tracks(row, prediction.metadata["name"], track_names)
        return prediction.values[window].mean(axis=0, dtype=np.float64)

    def ask(row):
        # One FASTA handle serves all threads.
        with lock:
            pair = study_sequences(fetch, row.chrom, row.pos, row.ref, row.alt)
        ref_value, alt_value = (mean(row, sequence) for sequence in pair)
        return Answer(
            row.variant_id,
            row.window_start,
            raw=alt_value - ref_value,
            ref_value=ref_value,
            alt_value=alt_value,
        )

    return ask
