"""Genes with their transcripts, from a GTF file.

Coordinates are 0-based half-open, and genes are kept in the file's order. As with
`gtf_lines`, pandas is not loaded.
"""

import dataclasses
import functools
from typing import NamedTuple

from endobench.genome.gtf_lines import attributes_of, chrom_of, lines_of, place_of

_EXON = "exon"
# Files that name no types hold protein-coding genes alone.
_DEFAULT_TYPE = "protein_coding"
_TYPES = ("gene_type", "gene_biotype")


class Transcript(NamedTuple):
    """A transcript.

    Attributes
    ----------
    exons : tuple of (int, int)
        In the order of the chromosome.
    tss : int
        Position of the transcription start site: the start of a transcript on the
        forward strand, and the end, which is not part of it, of one on the reverse
        strand, as in AlphaGenome.
    """

    exons: tuple
    tss: int


@dataclasses.dataclass(frozen=True, eq=False)
class Gene:
    """A gene, equal to itself alone.

    Attributes
    ----------
    gene_id, name, kind : str
        Id and type as in the file; the id replaces a missing name.
    chrom : str
    start, end : int
        Of all its exons.
    strand : {"+", "-"}
    transcripts : tuple of Transcript
    """

    gene_id: str
    name: str
    kind: str
    chrom: str
    start: int
    end: int
    strand: str
    transcripts: tuple

    @property
    def first_base(self):
        """The most upstream base of the gene."""
        return self.start if self.strand == "+" else self.end - 1

    @functools.cached_property
    def exons(self):
        """The union of the exons of all transcripts."""
        return union(each.exons for each in self.transcripts)

    def exons_from(self, start, end):
        """Return the union of the exons of the transcripts that start in a window.

        The exons are cut at the window's ends. Without such a transcript there are none.
        """
        is_whole = start <= self.start and self.end < end
        exons = (
            self.exons
            if is_whole
            else union(t.exons for t in self.transcripts if start <= t.tss < end)
        )
        return tuple(
            (max(low, start), min(high, end))
            for low, high in exons
            if low < end and high > start
        )


def union(groups):
    """Return the union of groups of intervals, as ordered intervals that are apart."""
    found = []
    for low, high in sorted(interval for group in groups for interval in group):
        if found and low <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], high)
        else:
            found.append((low, high))
    return tuple(found)


def read_genes(path):
    """Read the genes that have exons on either strand.

    Parameters
    ----------
    path : str or path-like
        GTF, plain or gzip. Exons without a transcript id form one transcript.

    Returns
    -------
    list of Gene
        Ids that lie on two chromosomes, as in pseudoautosomal regions, are two genes.

    Raises
    ------
    InputError
        As `gtf.gene_names`, or if a coordinate is not a whole number.
    """
    about, exons = {}, {}
    for line, fields in lines_of(path):
        if fields[2] != _EXON or fields[6] not in ("+", "-"):
            continue
        start, end = _place(path, line, fields)
        attributes = attributes_of(fields[8])
        # RefSeq leaves the value empty where a line has none.
        if not attributes.get("gene_id"):
            continue
        key = chrom_of(fields), fields[6], attributes["gene_id"]
        if key not in about:
            kinds = [attributes[each] for each in _TYPES if attributes.get(each)]
            name = attributes.get("gene_name") or attributes["gene_id"]
            about[key] = name, (kinds or [_DEFAULT_TYPE])[0]
        of_gene = exons.setdefault(key, {})
        of_gene.setdefault(attributes.get("transcript_id", ""), set()).add((start, end))
    return [_gene(key, *about[key], groups) for key, groups in exons.items()]


def _gene(key, name, kind, groups):
    chrom, strand, gene_id = key
    transcripts = []
    for group in groups.values():
        ordered = tuple(sorted(group))
        last = max(end for _, end in ordered)
        tss = ordered[0][0] if strand == "+" else last
        transcripts.append(Transcript(ordered, tss))
    start = min(each.exons[0][0] for each in transcripts)
    end = max(high for each in transcripts for _, high in each.exons)
    return Gene(gene_id, name, kind, chrom, start, end, strand, tuple(transcripts))


def _place(path, line, fields):
    """Return start and end; the common case needs no call per line."""
    if fields[3].isdecimal() and fields[4].isdecimal():
        start, end = int(fields[3]), int(fields[4])
        if 1 <= start <= end:
            return start - 1, end
    return place_of(path, line, fields)
