"""The table of an annotation's genes: transcription starts, and exons."""

import logging

import numpy as np
import pandas as pd

from endobench.core.columns import GENES
from endobench.core.errors import InputError
from endobench.core.logs import tell
from endobench.core.losses import N_EXAMPLES
from endobench.genome.gene_ids import without_versions
from endobench.genome.transcripts import read_genes

log = logging.getLogger(__name__)


def gene_table(path, chroms):
    """Read the genes of some chromosomes, with their transcription starts and exons.

    Parameters
    ----------
    path : str or path-like
        GTF, plain or gzip.
    chroms : iterable of str

    Returns
    -------
    pandas.DataFrame
        In the columns of `columns.GENES`, in the order of the file.

    Raises
    ------
    InputError
        As `transcripts.read_genes`, or if two ids of a chromosome differ in their version
        alone.
    """
    chroms = set(chroms)
    genes = [each for each in read_genes(path) if each.chrom in chroms]
    found = pd.DataFrame(
        {
            "gene_id": without_versions([each.gene_id for each in genes]),
            "gene_name": [each.name for each in genes],
            "chrom": [each.chrom for each in genes],
            "strand": [each.strand for each in genes],
            "start": [each.start for each in genes],
            "end": [each.end for each in genes],
            "tss": [sorted({each.tss for each in gene.transcripts}) for gene in genes],
            "exon_start": [[low for low, _ in gene.exons] for gene in genes],
            "exon_end": [[high for _, high in gene.exons] for gene in genes],
        },
        columns=GENES.names,
    )
    _check(found, genes, path)
    log.info("%d genes on %d chromosomes", len(found), found["chrom"].nunique())
    return found


def tell_of_gaps(path, genes, starts, chroms):
    """Warn if an annotation lacks the genes of a chromosome, or all of their exons.

    A file that was cut between two lines holds fewer genes, and nothing else shows it.

    Parameters
    ----------
    path : str or path-like
        For messages.
    genes : pandas.DataFrame
        From `gene_table`.
    starts : pandas.DataFrame
        From `gtf.gene_starts`.
    chroms : iterable of str
    """
    present = set(starts["chrom"])
    if absent := [each for each in chroms if each not in present]:
        tell(
            log,
            "%s: no gene lies on %s (found: %s); was the file cut?",
            path,
            _listed(absent),
            _listed(starts["chrom"].unique()),
        )
    elif genes.empty:
        tell(
            log,
            "%s: no gene has exons, by which the bodies of genes are known; it is unknown"
            " which variants lie in their gene",
            path,
        )


def _listed(names):
    shown = ", ".join(sorted(names)[:N_EXAMPLES])
    return f"{shown} and others" if len(names) > N_EXAMPLES else shown or "none"


def _check(found, genes, path):
    """Raise an error if a gene of a chromosome has two rows."""
    again = np.flatnonzero(found.duplicated(["chrom", "gene_id"]))
    if len(again):
        last = genes[again[0]]
        bare = found["gene_id"].iloc[again[0]]
        is_first = found["gene_id"].eq(bare) & found["chrom"].eq(last.chrom)
        first = genes[int(is_first.argmax())]
        what = "differ in their version alone"
        if first.gene_id == last.gene_id:
            what = f"lie on strands {first.strand} and {last.strand}"
        raise InputError(
            f"{path}: genes {first.gene_id} and {last.gene_id} of {last.chrom} {what};"
            " expected one annotation with each gene once"
        )
