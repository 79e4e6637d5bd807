"""The table of an annotation's genes: transcription starts, and exons.

Coordinates are 0-based half-open.
"""

import logging
import re

import pandas as pd

from endobench.core.columns import GENES
from endobench.core.errors import InputError
from endobench.genome.gtf import _chrom, _gene, _lines, _place, without_version

log = logging.getLogger(__name__)

_TRANSCRIPT = re.compile(r"""transcript_id +["']?([^"';]+)""")
_EXON = "exon"


def read_genes(path, chroms):
    """Read the genes of some chromosomes, with their transcription starts and exons.

    Parameters
    ----------
    path : str or path-like
        GTF, plain or gzip.
    chroms : iterable of str

    Returns
    -------
    pandas.DataFrame
        In the columns of `columns.GENES`, in the order of the file. A gene without
        transcripts starts at its own first base; one without exons has none.

    Raises
    ------
    InputError
        As `gtf.read_exons`, or if two ids of a chromosome differ in their version alone.
    """
    chroms, genes = set(chroms), {}
    for line, fields in _lines(path):
        if (chrom := _chrom(fields)) not in chroms:
            continue
        gene_id, name = _gene(fields[8])
        start, end = _place(path, line, fields)
        gene = genes.setdefault((chrom, gene_id), _Gene(fields[6]))
        gene.add(fields[2], start, end, name, _TRANSCRIPT.search(fields[8]))
    rows = [(chrom, gene_id, *gene.row()) for (chrom, gene_id), gene in genes.items()]
    found = pd.DataFrame(rows, columns=["chrom", "gene_id", *_Gene.ROW])
    bare = found["gene_id"].map(without_version)
    if (
        again := pd.DataFrame({"chrom": found["chrom"], "id": bare}).duplicated()
    ).any():
        gene_id = bare[again].iloc[0]
        ids = found.loc[bare == gene_id, "gene_id"]
        raise InputError(
            f"{path}: genes {ids.iloc[0]} and {ids.iloc[1]} differ in their version alone;"
            " expected one annotation with each gene once"
        )
    names = found["gene_name"].where(found["gene_name"] != "", found["gene_id"])
    log.info("%d genes on %d chromosomes", len(found), found["chrom"].nunique())
    return found.assign(gene_id=bare, gene_name=names)[GENES.names]


class _Gene:
    """A gene while its lines are read."""

    ROW = ("gene_name", "strand", "start", "end", "tss", "exon_start", "exon_end")

    def __init__(self, strand):
        self.strand, self.name = strand, ""
        self.span, self.transcripts, self.exons = None, {}, set()

    def add(self, kind, start, end, name, transcript):
        """Add one line of the gene."""
        self.name = self.name or name
        self.span = _joined(self.span, start, end)
        if transcript:
            of_transcript = self.transcripts.get(transcript[1])
            self.transcripts[transcript[1]] = _joined(of_transcript, start, end)
        if kind == _EXON:
            self.exons.add((start, end))

    def row(self):
        """Return the values of `ROW`."""
        spans = self.transcripts.values() or [self.span]
        starts = sorted({span[self.strand == "-"] for span in spans})
        merged = []
        for start, end in sorted(self.exons):
            if merged and start <= merged[-1][1]:
                merged[-1][1] = max(merged[-1][1], end)
            else:
                merged.append([start, end])
        exons = [[each[side] for each in merged] for side in (0, 1)]
        return self.name, self.strand, *self.span, starts, *exons


def _joined(span, start, end):
    """Return the span that holds another one and an interval."""
    return (start, end) if span is None else (min(span[0], start), max(span[1], end))
