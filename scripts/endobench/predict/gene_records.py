"""What the journal keeps of an answer for each gene of a window, and in which form.

Raw scores of all tracks are kept, so that another tissue needs no call, and by default
those of all genes of the window, so that another gene needs none either. Quantiles are
kept for the tracks that are read by themselves alone, since they are not averaged:
otherwise they would double the size. A gene of 371 tracks takes 1.5 kB, and 0.2 kB more
for the quantiles of GTEx's 54 tissues.

The head of a record says how many genes the model answered for (``of_genes``) and how many
of them have values (``n_genes``). The ids of all of them follow as numbers of four bytes,
those with values first, and then the values. If genes are left out, a record thus says
which, and the variant is asked about again once one of them is needed.
"""

import re
from typing import NamedTuple

import numpy as np

from endobench.model.answer import ARRAYS

# GENCODE's ids without version, whose number fits into four bytes.
_NUMBERED = re.compile(r"ENSG(\d{11})", re.ASCII)
_MOST = np.iinfo("<u4").max
# Stands for an id of another form, which the head spells out. No gene has it.
_SPELT = 0


class Kept(NamedTuple):
    """What is kept of an answer for each gene.

    Attributes
    ----------
    genes : frozenset of str or None
        Ids without version of the genes whose values are kept; None for all.
    quantiles : tuple of int
        Positions of the tracks whose quantiles are kept, ascending.
    """

    genes: frozenset | None = None
    quantiles: tuple = ()


ALL_GENES = Kept()


def holds_genes(head):
    """Return whether a record is that of a scorer by gene, given its head."""
    return "n_genes" in head


def encode(answer, keep):
    """Return the part of a record that only scorers by gene have.

    Parameters
    ----------
    answer : Answer
        With `feature_ids`; see `Answer.of_genes`.
    keep : Kept

    Returns
    -------
    head : dict
        Further entries of the head.
    arrays : list of numpy.ndarray
        Written one after the other.
    """
    left_out = [] if answer.left_out is None else answer.left_out.tolist()
    ids = [*answer.feature_ids.tolist(), *left_out]
    numbers = np.array([_number(each) for each in ids], dtype="<u4")
    head = {"n_genes": len(answer.feature_ids), "of_genes": len(ids)}
    is_spelt = numbers == _SPELT
    if is_spelt.any():
        head["ids"] = [ids[place] for place in np.flatnonzero(is_spelt)]
    arrays = [numbers]
    for name in ARRAYS:
        if (values := getattr(answer, name)) is None:
            continue
        values = np.asarray(values, dtype="<f4")
        head[name] = values.shape[1]
        if name == "quantile":
            head["quantile_at"] = list(keep.quantiles)
            values = values[:, head["quantile_at"]]
        arrays.append(np.ascontiguousarray(values))
    return head, arrays


def decode(head, values):
    """Return the arrays of an `Answer` from a record's head and its values.

    Quantiles that were not kept are NaN.
    """
    ids = _ids(head, values)
    n_genes, offset = head["n_genes"], 4 * head["of_genes"]
    arrays = {"feature_ids": ids[:n_genes]}
    if len(ids) > n_genes:
        arrays["left_out"] = ids[n_genes:]
    for name in ARRAYS:
        if name not in head:
            continue
        places = head["quantile_at"] if name == "quantile" else None
        n_columns = head[name] if places is None else len(places)
        found = np.frombuffer(values, "<f4", n_genes * n_columns, offset)
        offset += found.nbytes
        found = found.reshape(n_genes, n_columns)
        if places is not None:
            kept, found = found, np.full((n_genes, head[name]), np.nan, dtype="<f4")
            found[:, places] = kept
        arrays[name] = found
    return arrays


def has_all(head, values, genes):
    """Return whether a record has values of all genes of its window that are needed.

    Parameters
    ----------
    head : dict
    values : bytes-like
        What follows the head. Only ids are read, and only where genes are left out.
    genes : set of str or None
        Ids without version; None for all genes.
    """
    n_genes = head.get("n_genes", 0)
    if n_genes == head.get("of_genes", 0):
        return True
    return genes is not None and genes.isdisjoint(_ids(head, values)[n_genes:].tolist())


def _number(gene):
    found = _NUMBERED.fullmatch(gene)
    number = int(found[1]) if found else _SPELT
    return number if number <= _MOST else _SPELT


def _ids(head, values):
    numbers = np.frombuffer(values, "<u4", head["of_genes"])
    spelt = iter(head.get("ids", ()))
    ids = [
        next(spelt) if number == _SPELT else f"ENSG{number:011d}"
        for number in numbers.tolist()
    ]
    return np.array(ids, dtype=str)
