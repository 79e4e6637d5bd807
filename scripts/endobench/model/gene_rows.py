"""The rows of an answer by gene: which gene each is for, and the `Answer` made of them.

A server names the genes of its rows. Whether they are the genes of the window, only an
annotation can tell, and whether two genes were exchanged, only a repeated question
(`canaries`).
"""

import functools
from typing import NamedTuple

import numpy as np

from endobench.core.errors import WrongAnswer
from endobench.design.scorers import GENE_SCORERS
from endobench.genome.gtf_lines import without_version
from endobench.model.alphagenome_client import dna_model_pb2
from endobench.model.answer import Answer
from endobench.model.expected import about
from endobench.model.ranges import check_values
from endobench.model.strands import MINUS, PLUS

_STRANDS = {
    dna_model_pb2.STRAND_POSITIVE: PLUS,
    dna_model_pb2.STRAND_NEGATIVE: MINUS,
    dna_model_pb2.STRAND_UNSTRANDED: ".",
}
# Windows of neighbouring variants have the same genes, or most of them.
_N_REMEMBERED = 512
_bare = functools.lru_cache(1 << 16)(without_version)


class Genes(NamedTuple):
    """The genes that an answer names, one for each of its rows.

    Attributes
    ----------
    ids : tuple of str
        As they came.
    strands : tuple of (str or None)
        None if the answer does not say it.
    """

    ids: tuple = ()
    strands: tuple = ()

    @classmethod
    def of_messages(cls, messages):
        """Read the ``GeneScorerMetadata`` of a response."""
        messages = list(messages)
        return cls(
            tuple(each.gene_id for each in messages),
            tuple(_STRANDS.get(each.strand) for each in messages),
        )

    @classmethod
    def of_table(cls, table):
        """Read the table of an answer's rows (``obs`` of the client's `AnnData`)."""
        if "gene_id" not in table:
            return cls()
        found = table.reindex(columns=["gene_id", "strand"]).astype(object)
        found = found.where(found.notna(), None)
        ids = tuple("" if each is None else str(each) for each in found["gene_id"])
        return cls(ids, tuple(found["strand"]))


class KnownGenes:
    """What the answers of a job say about genes, which cannot change from one to the next.

    A gene's strand decides which of two tracks its score is, and another version of its id
    is that of another annotation, with other exons.
    """

    def __init__(self):
        self._said = {}

    def check(self, row, scorer, genes):
        """Raise `WrongAnswer` if an answer contradicts an earlier one.

        Parameters
        ----------
        row : named tuple
        scorer : str
        genes : Genes
        """
        for each in zip(genes.ids, genes.strands, strict=True):
            bare = _bare(each[0])
            for place, now in enumerate(each):
                then = now and self._said.setdefault((bare, place), now)
                if then != now:
                    raise WrongAnswer(
                        f"{about(row)}, {scorer}: asked for the genes of one annotation;"
                        f" {bare} came as {then!r} before, and now as {now!r}"
                    )


class _Rows(NamedTuple):
    """Which rows belong to which gene.

    Attributes
    ----------
    feature_ids : numpy.ndarray of str, shape (n_genes,)
        Without version, in the order in which they came.
    order : numpy.ndarray of int, shape (n_rows,)
        Brings the rows of a gene together.
    starts : numpy.ndarray of int, shape (n_genes,)
        The first row of each gene then.
    """

    feature_ids: np.ndarray
    order: np.ndarray
    starts: np.ndarray


@functools.lru_cache(_N_REMEMBERED)
def _rows_of(ids):
    bare = [_bare(each) for each in ids]
    number = {each: place for place, each in enumerate(dict.fromkeys(bare))}
    feature_ids = np.array(list(number), dtype=str)
    # It is shared by all answers about the same genes.
    feature_ids.flags.writeable = False
    numbers = np.array([number[each] for each in bare], dtype=int)
    order = np.argsort(numbers, kind="stable")
    starts = np.searchsorted(numbers[order], np.arange(len(number)))
    return _Rows(feature_ids, order, starts)


def gene_answer(row, scorer, layers, genes, merging=None, *, names_strands=True):
    """Return the answer of a scorer by gene.

    Parameters
    ----------
    row : named tuple
        The question's row of `columns.SHARDS`.
    scorer : str
        Name in `scorers.GENE_SCORERS`.
    layers : sequence of numpy.ndarray of float, shape (n_rows, n_tracks) each
        Raw scores and perhaps quantiles.
    genes : Genes
    merging : strands.Merging, optional
        If the tracks of the two strands are not merged yet.
    names_strands : bool, default True
        Whether a server names each gene's strand. Otherwise it is asked for only where
        tracks are to be merged.

    Returns
    -------
    Answer
        With one row for each gene: of several junctions of a gene, the largest score in
        each track.

    Raises
    ------
    WrongAnswer
        If an id is no id, a gene comes twice or has no strand, or a number is not one
        that the scorer can give.
    """
    _check_ids(row, scorer, genes.ids)
    _check_strands(row, scorer, genes, names_strands or merging is not None)
    rows = _rows_of(genes.ids)
    n_genes = len(rows.feature_ids)
    if merging is not None:
        layers = [merging.merge(each, genes.strands) for each in layers]
    if GENE_SCORERS[scorer].has_rows_of_junctions and n_genes:
        layers = [
            np.maximum.reduceat(each[rows.order], rows.starts, axis=0)
            for each in layers
        ]
    elif n_genes < len(genes.ids):
        bare = [_bare(each) for each in genes.ids]
        twice = next(each for each in bare if bare.count(each) > 1)
        raise WrongAnswer(
            f"{about(row)}, {scorer}: asked for one row for each gene;"
            f" {bare.count(twice)} rows of {twice} came"
        )
    check_values(row, scorer, *layers)
    # What exceeds single precision has become infinite: no number.
    with np.errstate(over="ignore"):
        raw, *quantile = (np.ascontiguousarray(each, np.float32) for each in layers)
    return Answer(
        row.variant_id, row.window_start, raw, *quantile, feature_ids=rows.feature_ids
    )


def _check_ids(row, scorer, ids):
    for place, each in enumerate(ids):
        if not each or not each.isascii() or not each.isprintable() or " " in each:
            raise WrongAnswer(
                f"{about(row)}, {scorer}: asked for the id of each gene;"
                f" {each!r} came for row {place + 1} of {len(ids)}"
            )


def _check_strands(row, scorer, genes, is_needed):
    for gene, strand in zip(genes.ids, genes.strands, strict=True):
        if strand not in (PLUS, MINUS) and (is_needed or strand is not None):
            raise WrongAnswer(
                f"{about(row)}, {scorer}: asked for each gene's strand, + or -;"
                f" {'none' if strand is None else repr(strand)} came for {gene}"
            )
