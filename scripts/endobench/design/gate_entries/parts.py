"""The gates on parts of a benchmark, on signs and on LD blocks, of the stage scores."""

from endobench.design.gate_entries.gate import (
    BLOCKS,
    CORRELATION,
    P_VALUE,
    RATIO,
    SHARE,
    Gate,
)

ENTRIES = (
    Gate(
        name="part_agreement",
        stage="scores",
        summary="adjusted p value of the part that disagrees most",
        description=(
            "Smallest adjusted p value of a part of the pairs in which agreement falls "
            "short of that in the rest: by chromosome, region, kind of variant, "
            "alleles, frequency, strand of the gene, distance and more. The table "
            "parts.tsv lists all parts."
        ),
        diagnosis="a part of the benchmark disagrees with the rest",
        remedy="correct this part, or leave it out (key `leave_out` of the dataset)",
        scale=P_VALUE,
        warn=0.01,
        fail=0.001,
        is_low_bad=True,
        ends_run=False,
    ),
    Gate(
        name="control_parts",
        stage="scores",
        summary="adjusted p value of the part that disagrees most in the control",
        description="As part_agreement, for effects joined with the positive control.",
        diagnosis=(
            "a part of the effects disagrees with the rest in the positive control"
        ),
        remedy="correct this part, or leave it out (key `leave_out` of the dataset)",
        scale=P_VALUE,
        warn=0.01,
        fail=0.001,
        is_low_bad=True,
        ends_run=False,
    ),
    Gate(
        name="opposite_signs",
        stage="scores",
        summary="share of signs that are opposite, at least",
        description=(
            "Lower one-sided 99.5 % bound of the share of pairs in which effect and score"
            " have opposite signs beyond what weak agreement explains, from the largest"
            " 40 % of both. Not checked with fewer than 100 such pairs."
        ),
        diagnosis="a share of the pairs has effects or scores of the wrong sign",
        remedy=(
            "check the alleles and the effects of single rows, features and variants"
        ),
        scale=SHARE,
        warn=0.005,
        fail=0.01,
        ends_run=False,
    ),
    Gate(
        name="control_signs",
        stage="scores",
        summary="share of signs that are opposite to the positive control, at least",
        description="As opposite_signs, for effects joined with the positive control.",
        diagnosis="a share of the effects has the wrong sign in the positive control",
        remedy=(
            "check the alleles and the effects of single rows, features and variants"
        ),
        scale=SHARE,
        warn=0.005,
        fail=0.01,
        ends_run=False,
    ),
    Gate(
        name="ld_block_count",
        stage="scores",
        summary="number of LD blocks with pairs per chromosome",
        description=(
            "Number of LD blocks with pairs, divided by the number of chromosomes with "
            "pairs; about 77 in the whole human genome. With few blocks, intervals are "
            "unreliable."
        ),
        diagnosis="there are too few LD blocks",
        remedy="check the file of LD blocks, and the names of its chromosomes",
        scale=BLOCKS,
        warn=5,
        fail=2,
        is_low_bad=True,
        ends_run=False,
    ),
    Gate(
        name="ld_block_length",
        stage="scores",
        summary="share of neighbouring variants that borders of LD blocks separate",
        description=(
            "Share of neighbouring variants of one feature that borders of LD blocks "
            "separate. Not checked if effects show too little LD."
        ),
        diagnosis="LD blocks are too short, so that intervals are too narrow",
        remedy="use LD blocks of about 1 Mb",
        scale=SHARE,
        warn=0.1,
        fail=0.15,
        ends_run=False,
    ),
    Gate(
        name="ld_block_borders",
        stage="scores",
        summary="neighbours that borders separate, relative to shifted borders",
        description=(
            "Lower end of the 95 % interval of the number of neighbouring variants of "
            "one feature that borders of LD blocks separate, relative to shifted "
            "borders; about 1 if the builds differ. Not checked if effects show too "
            "little LD."
        ),
        diagnosis="LD blocks look like those of another build",
        remedy="check the build of the LD blocks in the sheet",
        scale=RATIO,
        warn=0.6,
        fail=0.8,
        ends_run=False,
    ),
    Gate(
        name="aligned_duplicates",
        stage="scores",
        summary="share of pairs that conflict after left-alignment",
        description=(
            "Share of pairs that were dropped because left-alignment gives them the "
            "variant of another pair of the same feature, with other effects."
        ),
        diagnosis=(
            "different rows are the same variant after left-alignment, and conflict"
        ),
        remedy="check how the table writes insertions and deletions",
        scale=SHARE,
        warn=0.001,
        fail=0.01,
    ),
    Gate(
        name="control_scores",
        stage="scores",
        summary="agreement of the positive control with the scores",
        description=(
            "Absolute Spearman correlation of the values of the positive control with the"
            " scores. A control that holds the scores says nothing about the effects."
        ),
        diagnosis="the positive control repeats the scores",
        remedy="name a control that another assay measured independently",
        scale=CORRELATION,
        warn=0.93,
        fail=0.97,
        ends_run=False,
    ),
)
