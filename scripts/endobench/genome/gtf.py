"""Genes of a GTF file: their names and the positions of their exons.

Genes are identified by their id; the name is for display. Coordinates are 0-based
half-open.
"""

import logging

import numpy as np
import pandas as pd

from endobench.core.errors import InputError
from endobench.core.logs import tell
from endobench.core.losses import N_EXAMPLES
from endobench.design.assemblies import is_beyond
from endobench.genome.gene_ids import genes_of, without_tissue, without_versions
from endobench.genome.gtf_lines import (
    chrom_of,
    gene_of,
    lines_of,
    place_of,
    without_version,
)

log = logging.getLogger(__name__)

_EXON = "exon"
_TRANSCRIBED = ("gene", "transcript")
FURTHEST_BP = 1_000_000
_COLUMNS = ["chrom", "start", "end", "strand", "gene_id", "gene_name"]


def gene_names(path):
    """Return the name of every gene of a GTF file.

    Parameters
    ----------
    path : str or path-like
        Plain or gzip.

    Returns
    -------
    pandas.Series of str
        Indexed by gene id, both as in the file and without its version
        (``ENSG00000102145.15`` and ``ENSG00000102145``). Genes without a name are left
        out; if an id has several names, the first is used.

    Raises
    ------
    InputError
        If a line does not have the columns of a GTF file, or no line has a gene id.
    """
    names = {}
    for _, fields in lines_of(path):
        gene_id, name = gene_of(fields[8])
        if name:
            names.setdefault(gene_id, name)
    bare = {without_version(gene_id): name for gene_id, name in names.items()}
    found = pd.Series(bare | names, dtype=object, name="gene_name")
    log.info("%d genes have a name", len(names))
    return found.rename_axis("gene_id")


def gene_starts(path, build=None):
    """Return the transcription start sites of every gene of a GTF file.

    Parameters
    ----------
    path : str or path-like
        Plain or gzip.
    build : str, optional
        The declared build.

    Returns
    -------
    pandas.DataFrame
        ``gene_id, chrom, start, strand``: one row for each start site of a gene or of its
        transcripts, 1-based, under the id as in the file and under that without its
        version. In a file without genes and transcripts, a gene starts where the first of
        its exons does.

    Raises
    ------
    InputError
        As `gene_names`, or if a coordinate is not a whole number, no gene has a strand, or
        the file is on another build than declared.
    """
    rows, spans, others = set(), {}, {}
    for line, fields in lines_of(path, build):
        kind, strand = fields[2], fields[6]
        if kind not in (*_TRANSCRIBED, _EXON):
            continue
        if strand not in ("+", "-"):
            others.setdefault(strand, line)
            continue
        start, end = place_of(path, line, fields)
        gene = gene_of(fields[8])[0], chrom_of(fields), strand
        if build and is_beyond(gene[1], end, build):
            raise InputError(
                f"{path}: line {line}: {gene[0]} ends at {end:,}, behind the end of"
                f" {gene[1]} of {build}, the declared build"
            )
        if kind == _EXON:
            low, high = spans.get(gene, (start, end))
            spans[gene] = min(low, start), max(high, end)
        else:
            rows.add((*gene, start + 1 if strand == "+" else end))
    if not rows:
        rows = {
            (*gene, low + 1 if gene[2] == "+" else high)
            for gene, (low, high) in spans.items()
        }
    if others and not rows:
        strand, line = next(iter(others.items()))
        raise InputError(
            f"{path}: no gene has a strand, + or -, which says where it starts (line"
            f" {line}: {strand!r})"
        )
    frame = pd.DataFrame(sorted(rows), columns=["gene_id", "chrom", "strand", "start"])
    bare = frame.assign(gene_id=frame["gene_id"].map(without_version))
    both = pd.concat([frame, bare], ignore_index=True).drop_duplicates()
    return both[["gene_id", "chrom", "start", "strand"]].reset_index(drop=True)


def strands_of(starts):
    """Return the strand of each gene of `gene_starts`, indexed by its id."""
    unique = starts.drop_duplicates("gene_id").set_index("gene_id")
    return unique["strand"]


def named(ids, names):
    """Look up gene names by id, first as given and then without tissue and version.

    Parameters
    ----------
    ids : array-like of str
        May contain missing values, which have no name.
    names : pandas.Series or None
        See `gene_names`. With None, no gene has a name.

    Returns
    -------
    numpy.ndarray of object
        The name of each id, or None if it is unknown.
    """
    known = {} if names is None else names.to_dict()
    codes, unique = pd.factorize(pd.Series(ids, dtype=object))
    bare = without_versions(without_tissue(unique))
    found = [
        known.get(*each) for each in zip(unique, map(known.get, bare), strict=True)
    ]
    # The code of a missing id is -1, which selects the last element.
    return np.array([*found, None], dtype=object)[codes]


def read_exons(path, regions, also=()):
    """Read the exons of all genes in some regions, or of the nearest gene.

    Parameters
    ----------
    path : str or path-like
        GTF, plain or gzip.
    regions : list of (str, int, int)
        Chromosome, start and end.
    also : iterable of str
        Features whose genes are read too, which may lie anywhere on the chromosomes of
        the regions; see `gene_ids.genes_of`.

    Returns
    -------
    pandas.DataFrame
        ``chrom, start, end, strand, gene_id, gene_name``, one row per unique exon. All
        exons of a gene are included. The id replaces a missing name. A region without
        genes takes the nearest one within `FURTHEST_BP`.

    Raises
    ------
    InputError
        As `gene_names`, or if a coordinate is not a whole number.
    """
    chroms = {chrom for chrom, _, _ in regions}
    spans, names = {}, {}
    for line, fields in lines_of(path):
        chrom = chrom_of(fields)
        names[chrom] = fields[0]
        if chrom in chroms:
            start, end = place_of(path, line, fields)
            gene = chrom, gene_of(fields[8])[0]
            low, high = spans.get(gene, (start, end))
            spans[gene] = min(low, start), max(high, end)
    if regions and not spans:
        ours, theirs = (
            ", ".join(map(repr, list(each)[:N_EXAMPLES]))
            for each in (sorted(chroms), names.values())
        )
        tell(log, "%s: no gene lies on %s (found: %s)", path, ours, theirs)
    wanted = {gene for region in regions for gene in _near(spans, *region)}
    bare = set(genes_of(without_tissue(list(also))))
    wanted |= {gene for gene in spans if without_version(gene[1]) in bare}
    rows = {}
    for line, fields in lines_of(path):
        if fields[2] != _EXON or chrom_of(fields) not in chroms:
            continue
        gene_id, name = gene_of(fields[8])
        gene = chrom_of(fields), gene_id
        if gene in wanted:
            place = place_of(path, line, fields)
            rows[gene[0], *place, fields[6], gene_id, name or gene_id] = None
    exons = pd.DataFrame(list(rows), columns=_COLUMNS)
    log.info("%d genes read for %d regions", exons["gene_id"].nunique(), len(regions))
    return exons


def _near(spans, chrom, start, end):
    """Return the genes that overlap a region, or else the nearest one."""
    distances = {
        # Adjacent intervals do not overlap.
        gene: max(low - end + 1, start - high + 1, 0)
        for gene, (low, high) in spans.items()
        if gene[0] == chrom
    }
    inside = [gene for gene, distance in distances.items() if distance == 0]
    if inside or not distances:
        return inside
    nearest = min(distances, key=lambda gene: (distances[gene], gene))
    return [nearest] if distances[nearest] <= FURTHEST_BP else []
