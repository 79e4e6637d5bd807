"""The stand-in's model of expression: levels of genes, and coverage of their exons.

The level of a gene follows from the motif sites of a window (`genome.expression`), and the
coverage of an exon from the levels and from its bases (`coverage`), so that substitutions
and indels count outside of exons and in them. A stranded track counts the genes of its
strand, and an unstranded one all genes that share a base.
"""

import bisect
import functools
import hashlib
import pathlib
import threading
from typing import NamedTuple

import numpy as np

from endobench.core.errors import InputError
from endobench.genome import expression, gtf_lines, transcripts
from endobench.genome.expression import Regulation, levels, traits
from endobench.model.standin.coverage import Exons, touches
from endobench.model.standin.gene_tracks import SAMPLES, WEIGHTS
from endobench.model.standin.motif_model import BadRequest

# The modules that decide an answer.
_OWN = (
    "coverage",
    "gene_model",
    "gene_scores",
    "gene_tracks",
    "rna_tracks",
    "splice_tracks",
    "splicing",
)
_CODE = [
    *(module.__file__ for module in (expression, gtf_lines, transcripts)),
    *(pathlib.Path(__file__).with_name(f"{name}.py") for name in _OWN),
]


class GeneModel:
    """Expression of the genes of an annotation.

    Parameters
    ----------
    model : MotifModel
        Reads the genome.
    genes_path : path-like, optional
        GTF, read when genes are first asked for. Without it there are no genes.
    has_bare_ids : bool
        Whether gene ids are given without their version.
    is_blind : bool
        Whether expression carries nothing of the true sites; see
        `expression.Regulation`.

    Attributes
    ----------
    source : str
        Identifies the model's code, the genome and the annotation.
    """

    def __init__(self, model, genes_path=None, has_bare_ids=False, is_blind=False):
        self.model, self.has_bare_ids = model, has_bare_ids
        self._path, self._read, self._lock = genes_path, None, threading.Lock()
        digest = hashlib.sha256(model.source.encode())
        for path in _CODE:
            digest.update(pathlib.Path(path).read_bytes())
        if genes_path:
            digest.update(pathlib.Path(genes_path).read_bytes())
        digest.update(f"{has_bare_ids} {is_blind}".encode())
        self.source = f"standin {digest.hexdigest()[:12]}"
        self.regulation = Regulation(model.fetch, model.lengths, is_blind)
        self.exons = Exons(model.fetch)
        self.share = functools.lru_cache(maxsize=1 << 13)(self._share)

    def _genes(self):
        """Return genes by chromosome: ordered by start, their starts and the longest."""
        # Read once: a gene is equal to itself alone.
        with self._lock:
            if self._read is None:
                self._read = self._read_genes()
        return self._read

    def _read_genes(self):
        try:
            genes = transcripts.read_genes(self._path) if self._path else []
        except InputError as error:
            raise BadRequest(str(error)) from None
        found = {}
        for gene in sorted(genes, key=lambda gene: gene.start):
            found.setdefault(gene.chrom, []).append(gene)
        return {
            chrom: (of_chrom, [gene.start for gene in of_chrom], _longest(of_chrom))
            for chrom, of_chrom in found.items()
        }

    def genes_in(self, chrom, start, end):
        """Return the genes that overlap an interval or end at its start.

        Raises
        ------
        BadRequest
            If the annotation cannot be read.
        """
        genes, starts, longest = self._genes().get(chrom, ([], [], 0))
        low = bisect.bisect_left(starts, start - longest)
        high = bisect.bisect_left(starts, end)
        return [gene for gene in genes[low:high] if gene.end >= start]

    def id_of(self, gene):
        """Return the id that answers give a gene."""
        if self.has_bare_ids:
            return gtf_lines.without_version(gene.gene_id)
        return gene.gene_id

    def _share(self, gene, parts, mask):
        """Return the sum of the factors of parts of a gene's exons over a mask."""
        return sum(
            _sum_over(self.exons.factors(gene.chrom, gene.strand, *part), *part, mask)
            for part in parts
        )

    def levels(self, genes, start, end, changed=None):
        """Return the level of each gene in each sample, for the bases of a window.

        Parameters
        ----------
        genes : list of Gene
        start, end : int
        changed : expression.Sites, optional
            Of a variant.

        Returns
        -------
        numpy.ndarray of float64, shape (n_genes, n_samples)
        """
        sums = np.array([self.regulation.sums(gene, start, end) for gene in genes])
        if changed is not None:
            sums = sums + [
                self.regulation.change(gene, changed, start, end) for gene in genes
            ]
        return levels([gene.gene_id for gene in genes], sums, WEIGHTS)


def _longest(genes):
    return max(gene.end - gene.start for gene in genes)


def _sum_over(values, low, high, mask):
    """Return the sum of the values from one position to another over a mask."""
    return sum(
        values[max(low, start) - low : min(high, end) - low].sum()
        for start, end in mask
        if max(low, start) < min(high, end)
    )


class Means(NamedTuple):
    """Mean coverage of some bases, for REF and for ALT.

    Attributes
    ----------
    same, both : numpy.ndarray of float64, shape (2, n_samples)
        By genes of one strand, and by all.
    """

    same: np.ndarray
    both: np.ndarray


class Window:
    """The expression of both alleles of a variant in a window.

    Parameters
    ----------
    model : GeneModel
    interval : dna_model_pb2.Interval
        Bases outside are unknown.
    variant : dna_model_pb2.Variant
        In the interval.

    Attributes
    ----------
    genes : list of Gene
        All that overlap the window.
    levels : numpy.ndarray of float64, shape (2, n_genes, n_samples)
        Of REF and of ALT.
    """

    def __init__(self, model, interval, variant):
        self.model, self.variant = model, variant
        self.start, self.end = interval.start, interval.end
        self.genes = model.genes_in(interval.chromosome, self.start, self.end)
        self._rows = {gene: row for row, gene in enumerate(self.genes)}
        self._of_genome = model.levels(self.genes, self.start, self.end)
        # REF may be another base than the genome's, where alleles are exchanged.
        ref, alt = (
            self._levels(allele)
            for allele in (variant.reference_bases, variant.alternate_bases)
        )
        self.levels = np.stack([ref, alt])
        # Elsewhere, both alleles have the same coverage: a changed level is that of a
        # whole gene, and a changed signal that of the exon that has it.
        self._affected = [
            (self.genes[row].start, self.genes[row].end)
            for row in np.flatnonzero((ref != alt).any(axis=1))
        ] + [
            part
            for gene in self.genes
            if touches(variant, gene.start, gene.end)
            for part in self.parts(gene)
            if touches(variant, *part)
        ]

    def _levels(self, bases):
        """Return the level of each gene if an allele stands in the genome."""
        model, variant = self.model, self.variant
        levels = self._of_genome
        first = variant.position - 1
        after = first + len(variant.reference_bases)
        found = model.model.fetch(variant.chromosome, first, after)
        if bases == found:
            return levels
        changed = model.regulation.changes(
            variant.chromosome, variant.position, found, bases
        )
        rows = [row for row, gene in enumerate(self.genes) if _reaches(gene, changed)]
        if rows:
            near = [self.genes[row] for row in rows]
            levels = levels.copy()
            levels[rows] = model.levels(near, self.start, self.end, changed)
        return levels

    def parts(self, gene, more_bp=0):
        """Return the exons of a gene, cut at the ends of the window or some bp beyond."""
        end = self.end + more_bp
        return [
            (max(low, self.start), min(high, end))
            for low, high in gene.exons
            if low < end and high > self.start
        ]

    def counted(self):
        """Return the genes that start in the window, with the bases that count."""
        pairs = ((gene, gene.exons_from(self.start, self.end)) for gene in self.genes)
        return sorted(
            ((gene, mask) for gene, mask in pairs if mask),
            key=lambda pair: order(pair[0]),
        )

    def means(self, mask, strand):
        """Return the `Means` over a mask, a sequence of intervals.

        For ALT they are taken in the coordinates of REF.
        """
        n_bases = sum(high - low for low, high in mask)
        same, both = np.zeros((2, 2, len(SAMPLES)))
        for gene in self._sharing(mask):
            shares = np.array(self._shares(gene, mask))
            added = shares[:, None] * self.levels[:, self._rows[gene]]
            both += added
            if gene.strand == strand:
                same += added
        return Means(same / n_bases, both / n_bases)

    def is_affected(self, mask):
        """Return whether REF and ALT may differ over a mask."""
        first, last = mask[0][0], mask[-1][1]
        return any(low < last and high > first for low, high in self._affected)

    def _sharing(self, mask):
        """Return the genes of the window with exons in a mask's span."""
        first, last = mask[0][0], mask[-1][1]
        found = self.model.genes_in(self.variant.chromosome, first, last)
        return [gene for gene in found if gene in self._rows]

    def _shares(self, gene, mask):
        """Return the sum of a gene's factors over a mask, for REF and for ALT."""
        parts = tuple(self.parts(gene))
        ref = self.model.share(gene, parts, mask)
        if not any(touches(self.variant, *part) for part in parts):
            return ref, ref
        alt = sum(
            _sum_over(self.factors(gene, *part)[1], *part, mask) for part in parts
        )
        return ref, alt

    def factors(self, gene, low, high):
        """Return the factors of a part of an exon: for REF, and for ALT aligned to it."""
        exons, chrom = self.model.exons, self.variant.chromosome
        ref = exons.factors(chrom, gene.strand, low, high)
        if not touches(self.variant, low, high):
            return ref, ref
        return ref, exons.altered(self.variant, gene.strand, low, high)[0]


def order(gene):
    """Return the key by which rows are ordered; it says nothing of the gene."""
    return _digest(gene.gene_id)


@functools.lru_cache(maxsize=1 << 16)
def _digest(gene_id):
    return hashlib.sha256(f"row of {gene_id}".encode()).digest()


def _reaches(gene, changed):
    """Return whether any changed site may be within the reach of a gene."""
    if not len(changed.middle):
        return False
    near = traits(gene.gene_id).reach_bp
    low, high = changed.middle.min(), changed.middle.max()
    return low - near < gene.first_base < high + near
