"""What an answer must look like to fit its question, and the check of that.

A reply of `ScoreVariant` names its variant and its tracks. It names neither the interval
nor the scorer, the organism or the model's version. A reply of the Atlas names the
variant, the interval and the scorers, but not the tracks. A reply with predicted tracks
names the output, the tracks and perhaps the interval, but never the sequence. What a reply
names is compared here; what none names, only a repeated question can tell (`canaries`).
"""

import contextlib
import logging

import grpc

from endobench.core.errors import InputError, NotAnswered, WrongAnswer
from endobench.design.scorers import is_by_gene, output_of
from endobench.model.alphagenome_client import dna_client, track_data
from endobench.model.answer import Tracks

log = logging.getLogger(__name__)

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


class Expected:
    """What the answer to the question of one scorer must look like.

    Parameters
    ----------
    scorer : str
    track_names : list of str
        In the order of the model's list: that of `scorers.tracks_of`.
    listing : listing.Listing
    n_rows : int or None, optional
        Rows of an answer: 1 for a scorer of variants; None for one that answers with a
        row for each gene that it names. By default, what the scorer's name says.
    """

    def __init__(self, scorer, track_names, listing, n_rows=...):
        self.scorer = scorer
        self.output = output_of(scorer)
        self._names = list(track_names)
        self._listing = listing
        if n_rows is ...:
            n_rows = None if is_by_gene(scorer) else 1
        self._n_rows = n_rows
        self._checked = None, None
        self._n_layers = 1
        self._has_said = False

    @property
    def is_by_gene(self):
        """Whether an answer has a row for each gene that it names."""
        return self._n_rows is None

    def check_shape(self, row, shape, n_genes=0, merging=None):
        """Raise `WrongAnswer` unless values have all rows, all tracks and all layers.

        Quantiles are expected once an answer had them, but for answers without rows.

        Parameters
        ----------
        row : named tuple
            The question's row of `columns.SHARDS`.
        shape : sequence of int
            ``(n_layers, n_rows, n_tracks)``.
        n_genes : int
            Rows that the answer names genes for.
        merging : strands.Merging, optional
            What `check_tracks` returned.
        """
        n_rows = n_genes if self.is_by_gene else self._n_rows
        if n_genes and not self.is_by_gene:
            raise self._wrong(row, "one row for the variant", f"{n_genes} genes")
        n_tracks = len(self._names)
        if merging is not None:
            n_tracks = len(self._listing.of(self.output))
        n_layers, *found = shape if len(shape) == 3 else (0, *shape)
        if not 1 <= n_layers <= _MAX_LAYERS or found != [n_rows, n_tracks]:
            asked = f"{n_rows} row{'s' * (n_rows != 1)} of {n_tracks} tracks"
            if self.is_by_gene:
                asked += ", one for each gene that the answer names"
            came = f"values of shape {' x '.join(map(str, shape))}"
            raise self._wrong(row, asked, came)
        if n_layers < self._n_layers and n_rows:
            raise self._wrong(row, "quantiles, as in earlier answers", "none")
        self._n_layers = max(self._n_layers, n_layers)

    def check_tracks(self, row, metadata):
        """Raise an error unless an answer's tracks are those that the model lists.

        Parameters
        ----------
        row : named tuple
        metadata : pandas.DataFrame
            Of the answer, in the columns of the client.

        Returns
        -------
        strands.Merging or None
            How the answer's tracks become those that were asked for, if it is by gene and
            the tracks of the two strands are not merged.

        Raises
        ------
        WrongAnswer
            If they differ in number, order or in what both say about a track.
        InputError
            If they are those of another output, which nobody asked for.
        """
        checked, merging = self._checked
        if metadata is checked:
            return merging
        found = metadata["name"].tolist()
        listed, merging = self._listing.of(self.output), None
        if self.is_by_gene and listed is not None:
            whole = self._listing.merging(self.output)
            if found != self._names and found == listed["name"].tolist():
                merging = whole
                self._say_unmerged(row)
            else:
                listed = whole.tracks
        names = self._names if merging is None else found
        if found != names:
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
        if merging is not None and merging.tracks["name"].tolist() != self._names:
            raise self._wrong(
                row,
                f"the {len(self._names)} tracks of the model's metadata, in order",
                f"{len(found)} tracks, which do not become these when merged,",
            )
        if listed is not None and listed["name"].tolist() == names:
            check_identity(row, metadata, listed)
        self._checked = metadata, merging
        return merging

    def _say_unmerged(self, row):
        """Log once that answers come with the tracks of both strands."""
        if not self._has_said and isinstance(
            self._listing.client, dna_client.DnaClient
        ):
            log.warning(
                "%s, %s: tracks of the two strands came, where merged ones were asked"
                " for; they are merged here, by each gene's strand",
                about(row),
                self.scorer,
            )
        self._has_said = True

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
    found = prediction
    if not isinstance(prediction, dict):
        found = {each: prediction.get(each) for each in dna_client.OutputType}
    came = {each: output for each, output in found.items() if output is not None}
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
    _check_columns(row, found, listed, _IDENTITY)


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
    _check_columns(row, found, listed, listed.columns)


def _check_columns(row, found, listed, names):
    for name in names:
        if name not in found or name not in listed:
            continue
        here, there = found[name], listed[name]
        # Nearly always; what follows takes ten times as long.
        if here.tolist() == there.tolist():
            continue
        here, there = (each.reset_index(drop=True) for each in (here, there))
        is_other = here.notna() & there.notna() & (here != there)
        if is_other.any():
            place = int(is_other.to_numpy().argmax())
            came, wanted = here.tolist()[place], there.tolist()[place]
            raise WrongAnswer(
                f"{about(row)}: the model lists track {found['name'].iloc[place]!r} with"
                f" {name} {wanted!r}; it came with {came!r}"
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
