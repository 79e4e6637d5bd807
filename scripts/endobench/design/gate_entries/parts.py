"""The gates on parts of a benchmark, on signs and on LD blocks, of the stage scores."""

from endobench.design.gate_entries.gate import (
    BLOCKS,
    CORRELATION,
    FOLD,
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
        name="sequence_parts",
        stage="scores",
        summary="adjusted p value of the part whose scores follow the sequence least",
        description=(
            "As part_agreement, for the scores of unique variants with the change of motif"
            " sites, by chromosome, region, lines of the table, order of the alleles,"
            " strand, lead variants, route and window. Not checked without a genome."
        ),
        diagnosis="the scores of a part do not follow the sequence as those of the rest do",
        remedy="check that scores belong to their variants and are predictions",
        scale=P_VALUE,
        warn=0.01,
        fail=0.001,
        is_low_bad=True,
        ends_run=False,
    ),
    Gate(
        name="run_agreement",
        stage="scores",
        summary="difference in agreement between runs of neighbouring pairs, at least",
        description=(
            "Lower bound of the standard deviation of agreement between runs of"
            " neighbouring pairs, relative to its root mean square, in order of positions"
            " and of lines and for runs of any length: 0 if all runs agree alike, 0.7 if"
            " half of them do not agree. Scores are compared with effects and, where they"
            " follow it, with the sequence. Not checked for fewer than 64 LD blocks."
        ),
        diagnosis="scores agree in some runs of neighbouring pairs and not in others",
        remedy="check that scores and effects belong to their rows",
        scale=SHARE,
        warn=0.25,
        fail=0.35,
        ends_run=False,
    ),
    Gate(
        name="control_runs",
        stage="scores",
        summary="difference in agreement with the control between runs, at least",
        description="As run_agreement, for effects joined with the positive control.",
        diagnosis="effects agree with the control in some runs of pairs and not in others",
        remedy="check that effects belong to their rows",
        scale=SHARE,
        warn=0.25,
        fail=0.35,
        ends_run=False,
    ),
    Gate(
        name="part_scales",
        stage="scores",
        summary="fold by which effects or errors of a part differ in scale, at least",
        description=(
            "Lower bound of the fold between the median size of effects, or of standard"
            " errors, of a part and of all other pairs, for the part where it is largest."
            " Standard errors of slopes are compared at one allele frequency. Those of"
            " chrX in GTEx are 1.3 times smaller, since men have one copy."
        ),
        diagnosis="effects of a part have another unit than those of the rest",
        remedy="check the unit of effects and standard errors in this part",
        scale=FOLD,
        warn=1.25,
        fail=1.5,
        ends_run=False,
    ),
    Gate(
        name="score_scales",
        stage="scores",
        summary="fold by which scores of a part differ in size, at least",
        description=(
            "As part_scales, for the largest absolute score of each feature, by"
            " chromosome, lines of the table, strand and route."
        ),
        diagnosis="scores of a part have another unit than those of the rest",
        remedy="check that all scores are of one scorer and one unit",
        scale=FOLD,
        warn=1.25,
        fail=1.5,
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
        name="replicate_signs",
        stage="scores",
        summary="share of signs that are opposite to the replicate, at least",
        description=(
            "Lower one-sided 99.5 % bound of the share of opposite signs, among pairs with"
            " the largest 40 % of the effects of both cohorts (key `replicate` of the"
            " dataset), without effects of less than three of their own standard errors."
            " Not checked with fewer than 100 such pairs."
        ),
        diagnosis="a share of the effects has the opposite sign in the replicate",
        remedy=(
            "check the alleles and the effects of single rows, features and variants"
        ),
        scale=SHARE,
        warn=0.01,
        fail=0.02,
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
        is_exception=False,
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
        name="one_sign",
        stage="scores",
        summary="share of scores with the only sign of the effects",
        description=(
            "Lower 99.5 % bound of the share of large scores whose sign is that of the"
            " effects, if hardly any effect has the other one. Scores follow effects that"
            " were chosen by their sign, but not absolute values. 1 if effects have both"
            " signs."
        ),
        diagnosis="effects look like absolute values",
        remedy="check which column the sheet reads as the effect",
        scale=SHARE,
        warn=0.55,
        fail=0.5,
        is_low_bad=True,
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
        is_exception=False,
    ),
    Gate(
        name="allele_copies",
        stage="scores",
        summary="share of pairs with the statistics of another ALT",
        description=(
            "Share of pairs whose effect, standard error and p value are those of another "
            "alternate allele of the same feature at the same place."
        ),
        diagnosis="rows of sites with several alternate alleles repeat one of them",
        remedy=(
            "use a table that names the tested alleles, or leave out sites with several"
        ),
        scale=SHARE,
        warn=0.01,
        fail=0.05,
        ends_run=False,
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
    Gate(
        name="missing_scores",
        stage="scores",
        summary="share of pairs without a score",
        description=(
            "Share of the pairs of requested variants that have no score. If the variants"
            " or genes of a table were chosen by their effects, the rest agrees better than"
            " all would. Pairs that the Atlas lacks are left out, and so are those of genes"
            " that a model does not score. Not checked for scores of an assay."
        ),
        diagnosis=(
            "many pairs have no score, and a choice of variants by their effects is not"
            " excluded"
        ),
        remedy="give scores of all variants of the dataset",
        scale=SHARE,
        warn=0.05,
        fail=1,
    ),
)
