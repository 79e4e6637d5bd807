"""Scorers: what each reads, and at which windows its scores answer what.

A scorer by gene gives a variant one score for each gene of its window, so the key of a
score is (variant, feature). All other scorers are centre masks, which are named by output,
width and aggregation, as in ``DNASE-501-DIFF_LOG2_SUM``, and give a variant one score.
"""

from typing import NamedTuple

from endobench.core.nearest import nearest

# The one score of a table of published scores, and the study's own scorer.
TABLE_SCORER, STUDY_SCORER = "table", "study-mean"
STUDY_WINDOW_BP = 2048
# Shortest window that the client accepts; shorter ones are padded with N.
LEAST_SENT_BP = 16_384
WINDOWS_BP = (STUDY_WINDOW_BP, LEAST_SENT_BP, 131_072, 524_288, 1_048_576)
# Resolution of AlphaGenome's ChIP tracks.
CHIP_BIN_BP = 128
# Genes need their transcription start site in the window; in shorter ones, most are
# without a score.
LEAST_GENE_WINDOW_BP = 131_072
# Tracks of these outputs are of single bases, most of which are no splice site.
SITE_OUTPUTS = ("SPLICE_SITES", "SPLICE_SITE_USAGE")
# Ends the name of the list of tracks that scorers by gene have; see `GeneScorer.tracks`.
BY_GENE = ".genes"
_STUDY = "study-"


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


def is_study(scorer):
    """Return whether a scorer reads the predictions for the study's two sequences."""
    return scorer.startswith(_STUDY)


def studied(scorer):
    """Return the scorer that applies a centre mask to the study's sequences."""
    return _STUDY + scorer


def unstudied(scorer):
    """Return the centre-mask scorer that a scorer of the study's sequences applies."""
    return scorer.removeprefix(_STUDY)


def output_of(scorer):
    """Return the output type that a scorer reads, such as DNASE."""
    if scorer in GENE_SCORERS:
        return GENE_SCORERS[scorer].output
    return "DNASE" if scorer == STUDY_SCORER else unstudied(scorer).split("-")[0]


def tracks_of(scorer):
    """Return the name of the list of tracks that an answer has.

    It is the output type, but for scorers by gene (see `GeneScorer.tracks`).
    """
    if scorer in GENE_SCORERS:
        return GENE_SCORERS[scorer].tracks
    return output_of(scorer)


def sends_bases(scorer, window_bp):
    """Return whether a request contains both alleles' sequences, not an interval."""
    return is_study(scorer) or window_bp < LEAST_SENT_BP


def is_answerable(scorer, window_bp):
    """Return whether a scorer has an answer at a window.

    ChIP tracks come in bins. The client scores a variant in bins, but the predictions
    for two sequences cannot be aligned within them. Scorers by gene need long windows,
    and have no part in the study's sequences.
    """
    if is_by_gene(unstudied(scorer)):
        return not is_study(scorer) and window_bp >= LEAST_GENE_WINDOW_BP
    has_bins = output_of(scorer).startswith("CHIP_")
    return not (has_bins and sends_bases(scorer, window_bp))


def why_not_answerable(scorer, window_bp, bin_bp=CHIP_BIN_BP):
    """Return in one line why a scorer has no answer at a window."""
    if is_by_gene(unstudied(scorer)):
        return _why_not_by_gene(scorer, window_bp)
    reason = (
        f"windows of {window_bp} bp are sent as sequences, whose {output_of(scorer)}"
        f" tracks come in bins of {bin_bp} bp"
    )
    if is_study(scorer):
        return (
            f"key 'datasets.ladder': {reason}; its step 'mask' uses the first scorer,"
            " which must read DNASE or ATAC"
        )
    return f"key 'window_bp': {reason}; use {LEAST_SENT_BP} or more"


def _why_not_by_gene(scorer, window_bp):
    """Return in one line why a scorer by gene has no answer at a window."""
    if is_study(scorer):
        return (
            f"key 'datasets.ladder': {unstudied(scorer)} scores genes, which the study's"
            " sequences of one variant do not contain; list a DNASE scorer first"
        )
    return (
        f"key 'window_bp': {window_bp} bp for {scorer}, which scores the genes whose"
        f" transcription starts in the window; use {LEAST_GENE_WINDOW_BP} or more"
        f" ({WINDOWS_BP[-1]} holds the start of most genes)"
    )


def longest_window(lengths_bp):
    """Return the longest window that fits into every one of some chromosomes.

    Parameters
    ----------
    lengths_bp : iterable of int
        Lengths of chromosomes.

    Returns
    -------
    int
        In bp, and never too short for scorers by gene.
    """
    shortest = min(lengths_bp, default=WINDOWS_BP[-1])
    held = [each for each in WINDOWS_BP if each <= shortest]
    return max([LEAST_GENE_WINDOW_BP, *held])
