"""Why a row of a source has no score: every reason that a table of dropped rows names."""

from typing import NamedTuple

_GENES = "gene scores"


class Reason(NamedTuple):
    """Why rows are dropped.

    Attributes
    ----------
    stage : str
        Where it occurs, in words; the tables name the stage of the workflow.
    meaning : str
        What is true of such a row, and what its ``value`` holds where that helps.
    words : str
        The name in figures, if it is not the reason with spaces for underscores.
    """

    stage: str
    meaning: str
    words: str = ""


# In the order of the stages.
REASONS = {
    "filtered": Reason(
        "reading", "it does not meet a condition of 'keep'; 'value' says which"
    ),
    "chromosome_missing": Reason("reading", "it names no chromosome"),
    "chromosome_not_requested": Reason(
        "reading",
        "its chromosome, perhaps after lifting over, is not among 'chromosomes'",
    ),
    "position_missing": Reason("reading", "it names no position"),
    "position_below_1": Reason("reading", "its 1-based position is 0 or negative"),
    "no_variant_id": Reason(
        "reading", "its id does not hold a chromosome, a position, REF and ALT"
    ),
    "allele_not_ACGT": Reason(
        "reading", "an allele is missing or has other letters than A, C, G and T"
    ),
    "alleles_equal": Reason("reading", "REF and ALT are the same"),
    "several_alleles": Reason(
        "reading",
        "its position or rsID has several ALT; the effect is of an unknown one",
    ),
    "rsid_unknown": Reason("reading", "the VCF of alleles lacks its rsID"),
    "position_unknown": Reason("reading", "the VCF of alleles lacks its position"),
    "not_in_effects_from": Reason(
        "reading", "the table of 'effects_from' lacks its variant and feature"
    ),
    "feature_missing": Reason("reading", "it names no gene or other feature"),
    "effect_missing": Reason("reading", "its effect is missing"),
    "effect_infinite": Reason(
        "reading", "its effect is infinite, such as the logarithm of 0"
    ),
    "effect_out_of_range": Reason(
        "reading", "its effect cannot occur in the declared unit, as a share of 1.2"
    ),
    "activity_not_positive": Reason(
        "reading",
        "REF or ALT has an activity of 0 or less, whose logarithm is undefined",
    ),
    "standard_error_not_positive": Reason(
        "reading", "its standard error is 0 or negative"
    ),
    "q_value_over_limit": Reason(
        "reading", "its q value is missing or above 'max_q_value'"
    ),
    "duplicate": Reason("reading", "an earlier row says the same"),
    "conflicting_duplicate": Reason(
        "reading",
        "another row has the same variant and feature but other numbers; none is kept",
    ),
    "in_several_credible_sets": Reason(
        "reading", "the same pair is kept once, with its largest PIP"
    ),
    "several_scores": Reason(
        "reading scores", "the table has several scores of the variant; none is kept"
    ),
    "exchanged_duplicate": Reason(
        "reading scores",
        "the table also has the variant with REF and ALT in the genome’s order",
    ),
    "unmapped": Reason("liftover", "the chain has no place for it on the other build"),
    "ambiguous": Reason("liftover", "the chain has several places for it"),
    "indel_on_other_strand": Reason(
        "liftover", "it is an insertion or deletion that lands on the other strand"
    ),
    "split": Reason("liftover", "its bases land in different places"),
    "several_to_one": Reason("liftover", "another variant lands on the same place"),
    "neither_allele_is_reference": Reason(
        "alleles", "neither allele is that of the genome; 'value' has both"
    ),
    "either_allele_is_reference": Reason(
        "alleles", "both alleles are those of the genome, as A and AG before a G"
    ),
    "chromosome_not_in_genome": Reason("alleles", "the genome lacks its chromosome"),
    "no_base_before": Reason(
        "alleles", "a deletion written with '-' has no known base before it"
    ),
    "length_changed": Reason(
        "intervals", "lifting over changes the interval’s length by over 5 %"
    ),
    "overlaps_when_lifted": Reason(
        "intervals", "the LD block overlaps with an earlier one once it is lifted"
    ),
    "outside_peaks": Reason("peaks", "it lies in no peak"),
    "blacklisted": Reason("peaks", "it lies in the blacklist"),
    "outside_pilot": Reason("sequences", "the pilot does not ask about it"),
    "ref_mismatch": Reason(
        "sequences", "its REF is not that of the genome, which 'value' holds"
    ),
    "too_many_N": Reason(
        "sequences", "too much of its window is unknown; 'value' is the share of N"
    ),
    "chromosome_shorter_than_window": Reason(
        "sequences", "its chromosome is shorter than the window"
    ),
    "prediction_failed": Reason(
        "predictions", "the model gave no answer; 'value' is its last error"
    ),
    "not_in_atlas": Reason(
        "predictions", "the Atlas does not hold it, and the config asks nobody else"
    ),
    "not_in_table": Reason("predictions", "the table of scores does not hold it"),
    "feature_is_no_gene": Reason(
        _GENES, "its feature is no gene, so no score of a gene belongs to it"
    ),
    "gene_id_retired": Reason(
        _GENES,
        "the annotation lacks its gene, whose id may have been retired",
        "gene id not in the annotation (retired)",
    ),
    "gene_not_in_window": Reason(
        _GENES,
        "its gene starts outside of the window that the model reads",
        "gene starts outside of the window",
    ),
    "variant_outside_gene": Reason(
        _GENES,
        "the scorer asks about variants within the gene, and it is not",
        "variant outside of the gene",
    ),
    "gene_not_annotated": Reason(
        _GENES,
        "its gene is within reach, but no answer of the model names it",
        "gene unknown to the model",
    ),
    "gene_not_in_answer": Reason(
        _GENES,
        "no answer names its gene, and no annotation or distance says why",
        "gene in no answer",
    ),
    "gene_not_in_table": Reason(
        _GENES,
        "the table of scores has none for its gene, or several",
        "no single score of the gene in the table",
    ),
    "score_not_a_number": Reason(_GENES, "the gene’s score is not a number"),
    "duplicate_after_alignment": Reason(
        "joining", "once indels are left-aligned, an earlier row says the same"
    ),
    "conflict_after_alignment": Reason(
        "joining",
        "once indels are left-aligned, another row has other numbers; none is kept",
    ),
    "opposite_sign_after_alignment": Reason(
        "joining",
        "once indels are left-aligned, another row has the opposite sign; none is kept",
    ),
    "left_out": Reason("joining", "it is in a part of 'leave_out'; 'value' says which"),
}


def reason_words(reason):
    """Return why rows were dropped, in words."""
    known = REASONS.get(reason)
    return (known and known.words) or str(reason).replace("_", " ")


def meaning_of(reason):
    """Return what a reason means; empty if it is none, as of the rows that are kept."""
    return REASONS[reason].meaning if reason in REASONS else ""
