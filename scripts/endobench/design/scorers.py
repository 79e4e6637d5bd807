"""The registry of scorers by gene: what each reads, and what its scores can answer.

Such a scorer gives a variant one score for each gene of its window, so the key of a score
is (variant, feature). All other scorers are centre masks, which are named by output, width
and aggregation, as in ``DNASE-501-DIFF_LOG2_SUM``, and give a variant one score.
"""

from typing import NamedTuple

from endobench.core.nearest import nearest

# Genes need their transcription start site in the window; in shorter ones, most are
# without a score.
LEAST_GENE_WINDOW_BP = 131_072
# Tracks of these outputs are of single bases, most of which are no splice site.
SITE_OUTPUTS = ("SPLICE_SITES", "SPLICE_SITE_USAGE")
# Ends the name of the list of tracks that scorers by gene have; see `GeneScorer.tracks`.
BY_GENE = ".genes"


class GeneScorer(NamedTuple):
    """A scorer that gives a variant one score for each gene.

    Attributes
    ----------
    name : str
        The client's name of the recommended scorer.
    output : str
        Output type that it reads.
    is_signed : bool
        Whether the score says in which direction the variant acts. Otherwise it answers
        questions about sizes and classes alone.
    has_rows_of_junctions : bool
        Whether a gene has a row for each splice junction; its score in a track is the
        largest of these.
    needs_body : bool
        Whether the variant must lie in the gene's body; otherwise a transcription start
        site in the window suffices.
    words : str
        What the score is, for readers.
    """

    name: str
    output: str
    is_signed: bool
    has_rows_of_junctions: bool
    needs_body: bool
    words: str

    @property
    def tracks(self):
        """Name of the list of tracks that an answer has (``output`` of `columns.TRACKS`).

        It differs from that of the output, since tracks of the two strands are merged.
        """
        return self.output + BY_GENE


GENE_SCORERS = {
    each.name: each
    for each in (
        GeneScorer(
            "RNA_SEQ",
            "RNA_SEQ",
            is_signed=True,
            has_rows_of_junctions=False,
            needs_body=False,
            words="log fold change of the gene's expression",
        ),
        GeneScorer(
            "RNA_SEQ_ACTIVE",
            "RNA_SEQ",
            is_signed=False,
            has_rows_of_junctions=False,
            needs_body=False,
            words="expression of the gene with the more active allele",
        ),
        GeneScorer(
            "SPLICE_SITES",
            "SPLICE_SITES",
            is_signed=False,
            has_rows_of_junctions=False,
            needs_body=True,
            words="largest change of a splice site's probability in the gene",
        ),
        GeneScorer(
            "SPLICE_SITE_USAGE",
            "SPLICE_SITE_USAGE",
            is_signed=False,
            has_rows_of_junctions=False,
            needs_body=True,
            words="largest change of a splice site's usage in the gene",
        ),
        GeneScorer(
            "SPLICE_JUNCTIONS",
            "SPLICE_JUNCTIONS",
            is_signed=False,
            has_rows_of_junctions=True,
            needs_body=True,
            words="largest log fold change of a splice junction in the gene",
        ),
        GeneScorer(
            "POLYADENYLATION",
            "RNA_SEQ",
            is_signed=False,
            has_rows_of_junctions=False,
            needs_body=True,
            words="largest log fold change between polyadenylation sites of the gene",
        ),
    )
}


# What the client's `CenterMaskScorer` takes.
MASK_OUTPUTS = (
    *("ATAC", "CAGE", "DNASE", "PROCAP", "RNA_SEQ", "CHIP_HISTONE", "CHIP_TF"),
    *SITE_OUTPUTS,
)
MASK_AGGREGATIONS = (
    *("DIFF_MEAN", "DIFF_SUM", "DIFF_SUM_LOG2", "DIFF_LOG2_SUM", "L2_DIFF"),
    *("L2_DIFF_LOG1P", "ACTIVE_MEAN", "ACTIVE_SUM"),
)


def why_no_mask(scorer):
    """Return why a scorer is no centre mask, although it has the form of one, or ""."""
    parts = scorer.split("-")
    if len(parts) != 3:
        return ""
    known = {"output": MASK_OUTPUTS, "aggregation": MASK_AGGREGATIONS}
    for (what, names), part in zip(known.items(), (parts[0], parts[2]), strict=True):
        if part not in names:
            names = nearest(part, names) or names
            return (
                f"{part!r} is no {what} of a centre mask; expected {', '.join(names)}"
            )
    return ""


def is_by_gene(scorer):
    """Return whether a scorer gives a variant one score for each gene."""
    return scorer in GENE_SCORERS


def why_no_gene(scorer):
    """Return why a score is none of a gene, although its output has such; else nothing.

    A centre mask over expression or splicing sums it around the variant.
    """
    output, *mask = str(scorer).split("-")
    by_gene = [each.name for each in GENE_SCORERS.values() if each.output == output]
    if not mask or not by_gene:
        return ""
    return (
        f"scorer {scorer} sums {output} around the variant: it is no gene's expression or"
        f" splicing, which the scorers by gene are for ({', '.join(by_gene)})"
    )


def is_along_genome(scorer):
    """Return whether the tracks that a scorer reads have a value for each base or bin."""
    # Junctions have one for each pair of splice sites.
    return scorer != "SPLICE_JUNCTIONS"


def is_signed(scorer):
    """Return whether a score says in which direction a variant acts."""
    return not is_by_gene(scorer) or GENE_SCORERS[scorer].is_signed


def is_whole_window(scorer):
    """Return whether a scorer averages its tracks over the whole window."""
    return scorer.split("-")[1:2] == ["all"]
