"""Variants that the Atlas lists in one call, because they lie close to each other.

One function of the Atlas has the scores of a substitution, and another lists those of all
substitutions of an interval: three per base. Where at least a third of these are wanted, as
in saturation mutagenesis or at a site with several alleles, they are listed.
"""

import collections
import contextlib
import logging
import threading

import grpc
import numpy as np

from endobench.core.errors import WrongAnswer
from endobench.model.alphagenome_client import (
    atlas_service_pb2,
    dna_model_pb2,
    genome,
)
from endobench.model.faults import fault_of
from endobench.model.retries import has_status

log = logging.getLogger(__name__)

# The client lists as many bases in a call.
_LONGEST_BP = 32
_N_ALTERNATES = 3
# Statuses of an Atlas that does not list intervals.
NO_LISTS = (
    grpc.StatusCode.UNIMPLEMENTED,
    grpc.StatusCode.INVALID_ARGUMENT,
    grpc.StatusCode.NOT_FOUND,
)


def dense_intervals(rows):
    """Return the intervals that are worth listing, and where each variant is in them.

    Parameters
    ----------
    rows : pandas.DataFrame
        Substitutions with ``variant_id, chrom, pos``.

    Returns
    -------
    dict of str to tuple
        Chromosome, start and end (0-based half-open) by variant id, for variants that
        share their interval with another one.
    """
    found = {}
    chunk = (rows["pos"] - 1) // _LONGEST_BP
    for (chrom, _), group in rows.groupby(["chrom", chunk], observed=True, sort=False):
        if len(group) < 2:
            continue
        for part in _dense_parts(group["pos"].to_numpy()):
            pos = group["pos"].to_numpy()[part]
            interval = str(chrom), int(pos.min()) - 1, int(pos.max())
            found.update(dict.fromkeys(group["variant_id"].to_numpy()[part], interval))
    return found


def _dense_parts(pos):
    """Yield places of positions of which a third or more of the substitutions is wanted."""
    if len(pos) >= pos.max() - pos.min() + 1:
        yield np.arange(len(pos))
        return
    for each in np.unique(pos):
        places = np.flatnonzero(pos == each)
        if len(places) > 1:
            yield places


class Lists:
    """The scores of close variants, each listed once for all threads that ask for it.

    Parameters
    ----------
    stub : AtlasServiceStub
    metadata : list of (str, str)
        Sent with every call; the fields are added.
    fields : iterable of str
        Fields of the scores of a variant.
    intervals : dict of str to tuple
        See `dense_intervals`.
    """

    def __init__(self, stub, metadata, fields, intervals):
        self._stub = stub
        fields = ["next_page_token", *(f"variant_scores.{each}" for each in fields)]
        self._metadata = [*metadata, ("x-goog-fieldmask", ",".join(fields))]
        self._intervals = dict(intervals)
        self._n_left = collections.Counter(intervals.values())
        self._locks = {each: threading.Lock() for each in self._n_left}
        self._ahead = iter(self._locks)
        self._lock = threading.Lock()
        self._held = {}
        self._is_refused = False

    def pop(self, row, filter_text):
        """Return the scores of a variant, or None if they must be asked for alone.

        Another time, the variant is asked for alone, so that the Atlas answers anew.

        Parameters
        ----------
        row : named tuple
            Row of `columns.SHARDS`.
        filter_text : str
            Filter of the scorers.

        Raises
        ------
        grpc.RpcError
            If the list failed, which the next variant of the interval tries again.
        """
        interval = self._intervals.get(row.variant_id)
        if interval is None or self._is_refused:
            return None
        lock = self._locks[interval]
        # While another thread lists this interval, this one lists an interval ahead, so
        # that as many calls are in flight as there are threads.
        while not lock.acquire(blocking=False):
            if (ahead := self._next_ahead()) is None:
                lock.acquire()
                break
            # One that another thread has just begun is left to it.
            if self._locks[ahead].acquire(blocking=False):
                try:
                    with contextlib.suppress(grpc.RpcError, WrongAnswer):
                        self._list(ahead, filter_text)
                finally:
                    self._locks[ahead].release()
        try:
            if row.variant_id not in self._intervals:
                return None
            try:
                held = self._list(interval, filter_text)
            except (grpc.RpcError, WrongAnswer) as error:
                if isinstance(error, grpc.RpcError) and not has_status(
                    error, *NO_LISTS
                ):
                    raise
                if not self._is_refused:
                    log.warning(
                        "lists of the Atlas cannot be used (%s); each variant is asked for"
                        " alone",
                        fault_of(error),
                    )
                self._is_refused = True
                return None
            del self._intervals[row.variant_id]
            self._n_left[interval] -= 1
            if not self._n_left[interval]:
                del self._held[interval]
            return held.pop((row.pos, row.ref, row.alt), None)
        finally:
            lock.release()

    def _next_ahead(self):
        """Return the next interval that no thread has begun, or None."""
        with self._lock:
            return next((each for each in self._ahead if each not in self._held), None)

    def _list(self, interval, filter_text):
        """Return the scores of an interval, whose lock is held; ask once."""
        held = self._held.setdefault(interval, {})
        if filter_text not in held:
            held[filter_text] = self._listed(interval, filter_text)
        return held[filter_text]

    def n_held(self):
        """Return the number of listed scores that are kept for other variants."""
        return sum(
            len(found) for held in self._held.values() for found in held.values()
        )

    def _listed(self, interval, filter_text):
        """Return the scores of the substitutions of an interval, by place and alleles.

        Raises
        ------
        WrongAnswer
            If pages never end, or contradict each other.
        """
        request = atlas_service_pb2.ListDenseVariantScoresRequest(
            interval=genome.Interval(*interval).to_proto(),
            organism=dna_model_pb2.ORGANISM_HOMO_SAPIENS,
            filter=filter_text,
        )
        found, tokens = {}, []
        chrom, start, end = interval
        where, n_most = f"{chrom}:{start}-{end}", _N_ALTERNATES * (end - start)
        while True:
            page = self._stub.ListDenseVariantScores(request, metadata=self._metadata)
            for each in page.variant_scores:
                about = each.variant
                alleles = about.reference_bases, about.alternate_bases
                if found.setdefault((about.position, *alleles), each) != each:
                    raise WrongAnswer(
                        f"{where}: {about.position} {'>'.join(alleles)} is listed twice,"
                        " with different scores"
                    )
            if not page.next_page_token:
                return found
            tokens.append(page.next_page_token)
            if len(set(tokens)) < len(tokens) or len(tokens) > n_most:
                raise WrongAnswer(
                    f"{where}: {len(tokens)} pages with {len(found)} of at most {n_most}"
                    f" substitutions, and another page {tokens[-1]!r}"
                )
            request.page_token = page.next_page_token
