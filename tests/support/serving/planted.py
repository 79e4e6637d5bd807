"""Variants of a chromosome with planted motifs, and their scores by a server."""

from alphagenome.data import genome
from alphagenome.models.v1 import dna_client, variant_scorers

OutputType = dna_client.OutputType
DNASE = OutputType.DNASE
OUTPUTS = [OutputType.ATAC, OutputType.CHIP_TF, DNASE]
AGGREGATIONS = variant_scorers.AggregationType
CHROM_BP = 60_000
WINDOW_BP = 16_384
WINDOW = genome.Interval("chr1", 20_000, 20_000 + WINDOW_BP)
# 0-based starts of the planted motifs.
GATA_START, HNF4A_START = 28_000, 30_000
K562, HEPG2, GM12878 = "EFO:0002067", "EFO:0001187", "EFO:0002784"


def scorer(width=501, aggregation=AGGREGATIONS.DIFF_LOG2_SUM, output=DNASE):
    return variant_scorers.CenterMaskScorer(
        requested_output=output, width=width, aggregation_type=aggregation
    )


def variant(sequence, start, n_ref=1, alt=None):
    """Make a variant that begins at a 0-based position."""
    ref = sequence[start : start + n_ref]
    alt = alt or "ACGT"["ACGT".index(ref[0]) - 1]
    return genome.Variant("chr1", start + 1, ref, alt)


def swapped(one):
    return genome.Variant(
        one.chromosome, one.position, one.alternate_bases, one.reference_bases
    )


def score(client, one, window=WINDOW, **kinds):
    return client.score_variant(window, one, [scorer(**kinds)])[0]


def raw(client, one, window=WINDOW, **kinds):
    return score(client, one, window, **kinds).X[0]
