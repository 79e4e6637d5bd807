"""What an answer must look like to fit its question, and the check of that.

A reply of `ScoreVariant` names its variant and its tracks. It names neither the interval
nor the scorer, the organism or the model's version. A reply of the Atlas names the
variant, the interval and the scorers, but not the tracks. A reply with predicted tracks
names the output, the tracks and perhaps the interval, but never the sequence. What a reply
names is compared here; what none names, only a repeated question can tell (`canaries`).
"""

import contextlib
import functools

import grpc
import numpy as np

from endobench.core.errors import InputError, NotAnswered, WrongAnswer
from endobench.design.protocol import output_of
from endobench.model.alphagenome_client import dna_client, tensor_utils, track_data
from endobench.model.answer import Tracks

# What identifies a track. Statistics of its training data are compared between answers
# alone: a list may round them.
_IDENTITY = [
    "name",
    "strand",
    "Assay title",
    "ontology_curie",
    "biosample_name",
    "biosample_type",
    "transcription_factor",
    "histone_mark",
    "gtex_tissue",
    "data_source",
]
# The most layers of an answer: raw scores and quantiles.
_MAX_LAYERS = 2
# Of two sums of coverage, which do not reach 10 to the 19th.
_MAX_LOG2_RATIO = 64
_LOG2_RATIO = "-DIFF_LOG2_SUM"
# Coverage is never negative, but for rounding. Contact maps are no coverage.
_COVERAGE = (-1e-3, 1e9)
_NO_COVERAGE = ("CONTACT_MAPS",)


class Listing:
    """The tracks that a model lists for an organism; asked for once, when first needed.

    Parameters
    ----------
    client : alphagenome.models.v1.dna_model.DnaModel
    organism : dna_client.Organism
    """

    def __init__(self, client, organism):
        self._client = client
        self._organism = organism

    @functools.cached_property
    def _of_output(self):
        listed = self._client.output_metadata(self._organism)
        found = {each.name: listed.get(each) for each in dna_client.OutputType}
        return {name: tracks for name, tracks in found.items() if tracks is not None}

    def of(self, output):
        """Return the metadata of an output's tracks, or None if it is not listed."""
        return self._of_output.get(output)

    def output_with(self, names):
        """Return the output that has exactly the tracks of these names, or None."""
        for output, tracks in self._of_output.items():
            if tracks["name"].tolist() == names:
                return output
        return None


class Expected:
    """What the answer to the question of one scorer must look like.

    Parameters
    ----------
    scorer : str
    track_names : list of str
        In the order of the model's metadata.
    listing : Listing
    n_rows : int or None
        Rows of an answer: 1 for a scorer of variants; None for one that answers with a
        row for each gene that it names.
    """

    def __init__(self, scorer, track_names, listing, n_rows=1):
        self.scorer = scorer
        self.output = output_of(scorer)
        self._names = list(track_names)
        self._listing = listing
        self._n_rows = n_rows
        self._checked = None
        self._n_layers = 1

    def check_shape(self, row, shape, n_genes=0):
        """Raise `WrongAnswer` unless values have one row, all tracks and all layers.

        Quantiles are expected once an answer had them.

        Parameters
        ----------
        row : named tuple
            The question's row of `columns.SHARDS`.
        shape : sequence of int
            ``(n_layers, n_rows, n_tracks)``.
        n_genes : int
            Genes that the answer names.
        """
        n_rows = 1 if self._n_rows is None else self._n_rows
        if self._n_rows is None:
            n_rows = n_genes
        elif n_genes:
            raise self._wrong(row, "one row for the variant", f"{n_genes} genes")
        n_layers, *found = shape if len(shape) == 3 else (0, *shape)
        if not 1 <= n_layers <= _MAX_LAYERS or found != [n_rows, len(self._names)]:
            raise self._wrong(
                row,
                f"{n_rows} row{'s' * (n_rows != 1)} of {len(self._names)} tracks",
                f"values of shape {' x '.join(map(str, shape))}",
            )
        if n_layers < self._n_layers:
            raise self._wrong(row, "quantiles, as in earlier answers", "none")
        self._n_layers = n_layers

    def check_tracks(self, row, metadata):
        """Raise an error unless an answer's tracks are those that the model lists.

        Parameters
        ----------
        row : named tuple
        metadata : pandas.DataFrame
            Of the answer, in the columns of the client.

        Raises
        ------
        WrongAnswer
            If they differ in number, order or in what both say about a track.
        InputError
            If they are those of another output, which nobody asked for.
        """
        if metadata is self._checked:
            return
        found = metadata["name"].tolist()
        if found != self._names:
            other = self._listing.output_with(found)
            if other not in (None, self.output):
                raise unasked(row, [self.output], [other])
            if found and not {*found} & {*self._names}:
                came = f"{len(found)} other tracks, such as {found[0]!r}"
                raise unasked(row, [self.output], [came])
            raise self._wrong(
                row,
                f"the {len(self._names)} tracks of the model's metadata, in order",
                _first_difference(found, self._names),
            )
        listed = self._listing.of(self.output)
        if listed is not None and listed["name"].tolist() == self._names:
            check_identity(row, metadata, listed)
        self._checked = metadata

    def _wrong(self, row, asked, came):
        return WrongAnswer(
            f"{about(row)}, {self.scorer}: asked for {asked}; {came} came"
        )


def about(row):
    """Return how messages name the variant of a question."""
    return f"{row.variant_id} ({row.chrom}:{row.pos} {row.ref}>{row.alt})"


def unasked(row, asked, came):
    """Return the error for outputs that nobody asked for, which no repetition mends."""
    return InputError(
        f"{about(row)}: asked for {', '.join(asked)}; the server answers with"
        f" {', '.join(came)}, which nobody asked for. The answer is discarded; check"
        " the server"
    )


def check_variant(row, chrom, position, ref, alt):
    """Raise `WrongAnswer` unless an answer says that it is about the variant of a row."""
    if (chrom, position, ref, alt) != (row.chrom, row.pos, row.ref, row.alt):
        came = (
            f"is about {chrom}:{position} {ref}>{alt}" if chrom else "names no variant"
        )
        raise WrongAnswer(f"asked about {about(row)}; the answer {came}")


def check_interval(row, found, start, end, tolerance_bp=0):
    """Raise `WrongAnswer` unless an answer's interval is the one in question.

    Parameters
    ----------
    row : named tuple
    found : object
        With ``chromosome``, ``start`` and ``end``, 0-based half-open.
    start, end : int
    tolerance_bp : int
        By how much it may be moved as a whole.
    """
    is_same = found.chromosome == row.chrom and found.end - found.start == end - start
    # A message of the protocol has numbers for strands, the client's interval has names.
    is_same &= not getattr(found, "negative_strand", False)
    if not is_same or abs(found.start - start) > tolerance_bp:
        raise WrongAnswer(
            f"{about(row)}: asked for {row.chrom}:{start}-{end} ({end - start} bp); the"
            f" answer is about {found.chromosome}:{found.start}-{found.end}"
            f" ({found.end - found.start} bp)"
        )


def check_outputs(row, prediction, asked, allele=None):
    """Raise an error unless a prediction has the requested outputs and no other.

    Parameters
    ----------
    row : named tuple
    prediction : dna_client.Output or dict of dna_client.OutputType to Tracks
    asked : set of dna_client.OutputType
    allele : str, optional
        Whose prediction it is.

    Raises
    ------
    InputError
        If it has outputs that nobody asked for.
    WrongAnswer
        If it lacks an output, or holds something else than tracks.
    """
    came = {
        each: prediction.get(each)
        for each in dna_client.OutputType
        if prediction.get(each) is not None
    }
    names = sorted(each.name for each in asked)
    if others := came.keys() - asked:
        raise unasked(row, names, sorted(each.name for each in others))
    for each in asked:
        if not isinstance(came.get(each), (track_data.TrackData, Tracks)):
            found = type(came[each]).__name__ if each in came else "nothing"
            what = f"{each.name} of {allele}" if allele else each.name
            raise WrongAnswer(f"{about(row)}: asked for {what}; {found} came")


def check_identity(row, found, listed):
    """Raise `WrongAnswer` if tracks contradict what the model lists to identify them.

    See `check_metadata`.
    """
    check_metadata(row, found, listed[listed.columns.intersection(_IDENTITY)])


def check_metadata(row, found, listed):
    """Raise `WrongAnswer` if tracks contradict what was said about them before.

    Parameters
    ----------
    row : named tuple
    found, listed : pandas.DataFrame
        The same tracks in the same order, of this answer and of the model's list or of an
        earlier answer. A column that one of them lacks, or a value
        that is missing, contradicts nothing.
    """
    for name in found.columns.intersection(listed.columns):
        here, there = (each[name].reset_index(drop=True) for each in (found, listed))
        is_other = here.notna() & there.notna() & (here != there)
        if is_other.any():
            place = int(is_other.to_numpy().argmax())
            came, wanted = here.tolist()[place], there.tolist()[place]
            raise WrongAnswer(
                f"{about(row)}: the model lists track {found['name'].iloc[place]!r} with"
                f" {name} {wanted!r}; it came with {came!r}"
            )


def as_floating(row, scorer, values):
    """Return values in single precision or more; raise `WrongAnswer` for other types."""
    values = tensor_utils.upcast_floating(np.asarray(values))
    if not np.issubdtype(values.dtype, np.floating):
        raise WrongAnswer(
            f"{about(row)}, {scorer}: asked for floating-point numbers; values of type"
            f" {values.dtype} came"
        )
    return values


def check_values(row, scorer, raw, quantiles=None):
    """Raise `WrongAnswer` if a number lies outside of what a score can be.

    Quantiles lie between -1 and 1. Values that are no numbers are left alone.
    """
    ranges = [("quantiles from -1 to 1", quantiles, 1)]
    if scorer.endswith(_LOG2_RATIO):
        ranges.append((f"log2 ratios, at most {_MAX_LOG2_RATIO}", raw, _MAX_LOG2_RATIO))
    for asked, values, most in ranges:
        if values is None or np.abs(values).max(initial=0) <= most:
            continue
        numbers = values[np.isfinite(values)]
        if (np.abs(numbers) > most).any():
            worst = numbers[np.abs(numbers).argmax()]
            raise WrongAnswer(
                f"{about(row)}, {scorer}: asked for {asked}; {worst:.4g} came"
            )


def check_coverage(row, output, values):
    """Raise `WrongAnswer` if predicted tracks hold numbers that are no coverage.

    Parameters
    ----------
    row : named tuple
    output : str
        Name of a `dna_client.OutputType`.
    values : numpy.ndarray
        Values that are no numbers are left alone.
    """
    least, most = _COVERAGE
    # Most often, the extremes tell it; they do not if a value is no number.
    extremes = values.min(initial=0), values.max(initial=0)
    if output in _NO_COVERAGE or (extremes[0] >= least and extremes[1] <= most):
        return
    is_outside = np.isfinite(values) & ((values < least) | (values > most))
    if is_outside.any():
        raise WrongAnswer(
            f"{about(row)}, {output}: asked for coverage, from 0 to {most:.0e};"
            f" {values[is_outside][0]:.4g} came"
        )


@contextlib.contextmanager
def reading(client, row):
    """Turn whatever a server's malformed answer raises into `WrongAnswer`.

    The errors of a model in this process are left as they are.
    """
    try:
        yield
    except (grpc.RpcError, InputError, NotAnswered, WrongAnswer):
        raise
    except Exception as error:
        if not isinstance(client, dna_client.DnaClient):
            raise
        why = " ".join(str(error).split()).rstrip(".")
        raise WrongAnswer(f"{about(row)}: the answer cannot be read: {why}") from error


def _first_difference(found, names):
    if len(found) != len(names):
        return f"{len(found)} tracks"
    pairs = zip(found, names, strict=True)
    place = next(at for at, (one, other) in enumerate(pairs) if one != other)
    return f"{found[place]!r} in place {place} instead of {names[place]!r}"
