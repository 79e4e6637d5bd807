"""A random chromosome with genes of all kinds, for tests of scores by gene."""

import numpy as np
import pysam
from alphagenome.protos.v1 import dna_model_pb2
from endobench.genome import motifs
from endobench.model.standin.gene_model import GeneModel
from endobench.model.standin.motif_model import MotifModel

WINDOW_BP = 131_072
LENGTH = 420_000
# Without genes, and so far from the others that a window there holds none.
EMPTY = 60_000
_COLUMNS = "chr1\tmade\t{kind}\t{start}\t{end}\t.\t{strand}\t.\t{text}\n"


def gene_lines(gene_id, strand, transcripts, kind="protein_coding"):
    """Return the GTF of a gene with transcripts, each a list of exons (1-based)."""
    ids = f'gene_id "{gene_id}"; gene_type "{kind}"; gene_name "N{gene_id[-4:]}";'
    start = min(exon[0] for exons in transcripts for exon in exons)
    end = max(exon[1] for exons in transcripts for exon in exons)
    rows = [("gene", start, end, ids)]
    for number, exons in enumerate(transcripts):
        text = f'{ids} transcript_id "{gene_id}.t{number}";'
        rows += [("exon", *exon, text) for exon in exons]
    return "".join(
        _COLUMNS.format(kind=kind, start=start, end=end, strand=strand, text=text)
        for kind, start, end, text in rows
    )


def annotation(rng):
    """Return the GTF of single and of overlapping genes between 200 and 400 kb."""
    text = ""
    places = np.sort(rng.choice(np.arange(200_000, 400_000, 2_500), 60, replace=False))
    for number, start in enumerate(places.tolist()):
        exons, at = [], start
        for _ in range(int(rng.integers(1, 5))):
            width = int(rng.integers(80, 300))
            exons.append((at, at + width))
            at += width + int(rng.integers(150, 900))
        transcripts = [exons] + ([exons[1:]] if number % 4 == 0 and exons[1:] else [])
        kind = "lncRNA" if number % 5 == 0 else "protein_coding"
        gene_id = f"ENSG{int(rng.integers(10**9)):011d}.{number % 6 + 1}"
        text += gene_lines(gene_id, "+-"[number % 2], transcripts, kind)
    # Antisense: both share bases of exons.
    text += gene_lines(
        "ENSG00000000001.3", "+", [[(300_000, 300_400), (301_000, 301_300)]]
    )
    text += gene_lines(
        "ENSG00000000002.4", "-", [[(300_200, 300_600), (301_100, 301_500)]]
    )
    return text


def write_annotated(folder, seed=4):
    """Write genome and annotation; return their paths and the sequence."""
    rng = np.random.default_rng(seed)
    bases = rng.choice(list("ACGT"), LENGTH)
    for start in range(190_000, 410_000, 700):
        site = motifs.sample_site(rng, list(motifs.MOTIFS)[int(rng.integers(8))])
        bases[start : start + len(site)] = list(site)
    bases[250_000:250_100] = "N"
    # A signal within the first exon of the gene on the forward strand.
    bases[300_099:300_105] = list("AATAAA")
    sequence = "".join(bases)
    genome, genes = folder / "genome.fa", folder / "genes.gtf"
    genome.write_text(f">chr1\n{sequence}\n")
    pysam.faidx(str(genome))
    genes.write_text(annotation(rng))
    return genome, genes, sequence


def gene_model(genome, genes, **options):
    """Return the stand-in's model of expression."""
    return GeneModel(MotifModel(genome), genes, **options)


def variant_at(sequence, position, n_ref=1, alt=None):
    """Return a variant at a 1-based position; by default a substitution."""
    ref = sequence[position - 1 : position - 1 + n_ref]
    alt = alt or "ACGT"["ACGT".index(ref[0]) - 1]
    return dna_model_pb2.Variant(
        chromosome="chr1", position=position, reference_bases=ref, alternate_bases=alt
    )


def window_at(position, shift=0):
    """Return the window around a position, as a message."""
    start = position - WINDOW_BP // 2 + shift
    return dna_model_pb2.Interval(chromosome="chr1", start=start, end=start + WINDOW_BP)


def kinds_at(sequence, position):
    """Return one variant of each kind at a position."""
    first = sequence[position - 1]
    return {
        "substitution": variant_at(sequence, position),
        "insertion": variant_at(sequence, position, alt=first + "AGATAAGAATAAA"),
        "deletion": variant_at(sequence, position, n_ref=9, alt=first),
        "many bases": variant_at(sequence, position, n_ref=3, alt="GATAA"),
    }
